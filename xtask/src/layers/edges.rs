//! The imports between the files of a crate.

use std::collections::{BTreeMap, BTreeSet};

use super::circles::Graph;
use super::paths::paths;
use crate::source::{Crate, ModulePath, Resolved, resolve};

/// The names that each file imports from each other file.
pub(super) type Edges = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Returns the imports between the files of a crate.
///
/// The root of a crate hands names on, so its re-exports do not count as imports. A module inline in the root is a node
/// of its own for the same reason; any other inline module is part of its file.
pub(super) fn edges(krate: &Crate) -> Edges {
    let mut edges = Edges::new();
    for (path, module) in &krate.modules {
        let from = node(krate, path);
        let paths = paths(&module.items);
        let reexports = if path.is_empty() { Vec::new() } else { paths.reexports };
        for used in paths.uses.iter().chain(&reexports) {
            let (target, name) = match resolve(krate, path, used) {
                Resolved::Item(target, name) => (target, name),
                Resolved::Module(target) if used.last().is_some_and(|name| name == "*") => (target, "*".to_owned()),
                Resolved::Module(_) | Resolved::Other(_) => continue,
            };
            let to = node(krate, &target);
            if from != to {
                edges.entry(from.clone()).or_default().entry(to).or_default().insert(name);
            }
        }
    }
    edges
}

/// Returns the edges as a graph.
pub(super) fn graph(edges: &Edges) -> Graph<String> {
    edges.iter().map(|(from, targets)| (from.clone(), targets.keys().cloned().collect())).collect()
}

/// Names the node of a module.
fn node(krate: &Crate, path: &ModulePath) -> String {
    let Some(module) = krate.modules.get(path) else { return path.join("::") };
    let file = module.file.display().to_string();
    let inline_in_root = path.len() == 1 && krate.modules.get(&Vec::new()).is_some_and(|root| root.file == module.file);
    if inline_in_root { format!("{file}::{}", path[0]) } else { file }
}
