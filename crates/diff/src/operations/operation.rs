//! The operations of one revision.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::site::Site;

/// The methods of OpenAPI 3.0.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

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

/// Returns all operations, keyed by method and path with unnamed placeholders.
pub(super) fn operations(root: &Value) -> BTreeMap<String, Operation<'_>> {
    let mut operations = BTreeMap::new();
    for (path, item) in Site::at(root, "/paths").entries() {
        for method in METHODS {
            let Some(site) = item.child(method) else { continue };
            let name = format!("{} {path}", method.to_uppercase());
            let parameters = parameters(root, path, [&item, &site]);
            operations.insert(key(method, path), Operation { name, method, path, site, parameters });
        }
    }
    operations
}

/// Returns the names of a path's placeholders.
pub(super) fn placeholders(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

fn key(method: &str, path: &str) -> String {
    let mut template = path.to_owned();
    for placeholder in placeholders(path) {
        template = template.replacen(&format!("{{{placeholder}}}"), "{}", 1);
    }
    format!("{method} {template}")
}

fn parameters<'a>(root: &'a Value, path: &str, holders: [&Site<'a>; 2]) -> BTreeMap<String, Site<'a>> {
    let lists = holders.into_iter().filter_map(|holder| holder.child("parameters"));
    lists
        .flat_map(|list| list.items())
        .map(|parameter| {
            let target = parameter.clone().follow(root);
            let (location, name) = (target.text("in"), target.text("name"));
            let position = placeholders(path).iter().position(|placeholder| *placeholder == name);
            let key = match position {
                Some(position) if location == "path" => format!("path:#{position}"),
                _ => format!("{location}:{name}"),
            };
            (key, parameter)
        })
        .collect()
}
