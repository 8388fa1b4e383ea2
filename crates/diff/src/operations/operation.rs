//! The operations of one revision.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::site::Site;

/// The methods of OpenAPI 3.0.
pub(super) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// An operation of one revision.
#[derive(Clone, Debug)]
pub(super) struct Operation<'a> {
    /// `GET /a/{id}`
    pub(super) name: String,
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) site: Site<'a>,
    /// Parameters by key: `query:limit`. Path parameters are keyed by position, `path:#0`, since their names are free.
    pub(super) parameters: BTreeMap<String, Site<'a>>,
}

/// Where operations are from, which decides what they are called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Group<'n> {
    Paths,
    Webhooks,
    /// The operation that leads to the callback, and the name of the callback.
    Callback(&'n str, &'n str),
}

impl Group<'_> {
    fn name(self, method: &str, path: &str) -> String {
        let method = method.to_uppercase();
        match self {
            Self::Paths => format!("{method} {path}"),
            Self::Webhooks => format!("{method} webhook:{path}"),
            Self::Callback(operation, name) => format!("{operation} callback:{name} {method} {path}"),
        }
    }

    /// Returns the first word of the checks for operations that were added or removed.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Paths => "operation",
            Self::Webhooks => "webhook",
            Self::Callback(..) => "callback",
        }
    }
}

/// Returns the operations of an object that holds them by path.
pub(super) fn operations<'a>(root: &'a Value, paths: &Site<'a>, group: Group<'_>) -> Vec<Operation<'a>> {
    let mut operations = Vec::new();
    for (path, item) in paths.entries() {
        let target = item.clone().follow(root);
        for method in METHODS {
            // A path may add operations to those that it refers to.
            let Some(site) = item.child(method).or_else(|| target.child(method)) else { continue };
            let name = group.name(method, path);
            let parameters = parameters(root, path, [&target, &item, &site]);
            operations.push(Operation { name, method, path, site, parameters });
        }
    }
    operations
}

/// Operations that exist in both revisions, in the old one only, and in the new one only.
pub(super) struct Matches<'a> {
    pub(super) pairs: Vec<(Operation<'a>, Operation<'a>)>,
    pub(super) removed: Vec<Operation<'a>>,
    pub(super) added: Vec<Operation<'a>>,
}

/// Matches operations by method and path, then by the path without the names of its placeholders.
pub(super) fn matches<'a>(olds: Vec<Operation<'a>>, mut news: Vec<Operation<'a>>) -> Matches<'a> {
    let mut pairs = Vec::new();
    let mut removed = olds;
    for key in [(|operation| operation.name.clone()) as fn(&Operation<'_>) -> String, template] {
        let mut waiting: BTreeMap<String, Vec<Operation<'a>>> = BTreeMap::new();
        for new in news {
            waiting.entry(key(&new)).or_default().push(new);
        }
        let mut rest = Vec::new();
        for old in removed {
            match waiting.get_mut(&key(&old)).filter(|found| !found.is_empty()) {
                Some(found) => pairs.push((old, found.remove(0))),
                None => rest.push(old),
            }
        }
        removed = rest;
        news = waiting.into_values().flatten().collect();
    }
    Matches { pairs, removed, added: news }
}

/// Returns the names of a path's placeholders.
pub(super) fn placeholders(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

/// Returns the method and the path with unnamed placeholders.
fn template(operation: &Operation<'_>) -> String {
    let mut template = operation.path.to_owned();
    for placeholder in placeholders(operation.path) {
        template = template.replacen(&format!("{{{placeholder}}}"), "{}", 1);
    }
    format!("{} {template}", operation.method)
}

fn parameters<'a>(root: &'a Value, path: &str, holders: [&Site<'a>; 3]) -> BTreeMap<String, Site<'a>> {
    let lists = holders.into_iter().filter_map(|holder| holder.child("parameters"));
    lists
        .flat_map(|list| list.items())
        .map(|parameter| {
            let target = parameter.clone().follow(root);
            let (location, name) = (target.text("in"), target.text("name"));
            let position = placeholders(path).iter().position(|placeholder| *placeholder == name);
            let key = match (location, position) {
                ("path", Some(position)) => format!("path:#{position}"),
                // Names of headers have no case.
                ("header", _) => format!("header:{}", name.to_lowercase()),
                _ => format!("{location}:{name}"),
            };
            (key, parameter)
        })
        .collect()
}
