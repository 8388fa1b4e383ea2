//! The imports between the files of a crate.

use std::collections::{BTreeMap, BTreeSet};

use super::circles::Graph;
use super::paths::paths;
use crate::source::{Crate, Module, ModulePath, Resolved, resolve};

/// The names that each file imports from each other file.
pub(super) type Edges = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The paths that count as imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// All paths, including calls through an imported module, such as `journal::post()`, and the code in the crate's root.
    All,
    /// Only `use` declarations, and paths that start at `crate`, `super` or `self`. The crate's root does not count.
    Absolute,
}

/// Returns the imports between the files of a crate.
///
/// The root of a crate hands names on, so its re-exports do not count as imports. A module inline in the root is a node
/// of its own for the same reason; any other inline module is part of its file.
pub(super) fn edges(krate: &Crate, counted: Counted) -> Edges {
    let mut edges = Edges::new();
    for (path, module) in &krate.modules {
        let from = node(krate, path);
        for used in counted_paths(module, path.is_empty(), counted) {
            let (target, name) = match resolve(krate, path, &used) {
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

fn counted_paths(module: &Module, is_root: bool, counted: Counted) -> Vec<Vec<String>> {
    let mut paths = paths(&module.items);
    if is_root {
        paths.reexports.clear();
    }
    if counted == Counted::Absolute {
        let absolute = |path: &Vec<String>| ["crate", "$crate", "super", "self"].contains(&path[0].as_str());
        paths.mentions.retain(absolute);
        if is_root {
            return Vec::new();
        }
    }
    [paths.imports, paths.mentions, paths.reexports].concat()
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
