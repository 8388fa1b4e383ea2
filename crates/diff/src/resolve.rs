//! Values with their references followed, for parts of a document that are compared as a whole.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::site::{Site, canonical, sorted};

/// Maximum number of nodes in a value whose references are followed. Beyond it, references stay as they are.
const MAX_NODES: usize = 100_000;

/// Returns a value in normal form, with its references followed.
pub(crate) fn resolved(root: &Value, value: &Value) -> Value {
    Expansion { root, bare: false, open: Vec::new(), nodes: 0 }.value(value, false)
}

/// Returns the value of a key in comparable form: references are followed, `false` equals absence, and lists have no
/// order.
pub(crate) fn comparable(root: &Value, site: &Site<'_>, key: &str) -> Value {
    match site.value.get(key).map(|value| resolved(root, value)) {
        None | Some(Value::Bool(false)) => Value::Null,
        Some(value) => unordered(value),
    }
}

/// Returns a schema in normal form, with its references followed and without its documentation.
pub(crate) fn meaning(root: &Value, schema: &Value) -> Value {
    Expansion { root, bare: true, open: Vec::new(), nodes: 0 }.value(schema, false)
}

struct Expansion<'a> {
    root: &'a Value,
    /// True to leave out documentation.
    bare: bool,
    /// The references that are being followed.
    open: Vec<&'a str>,
    nodes: usize,
}

impl<'a> Expansion<'a> {
    /// `named` is true for an object whose keys are names, not keywords.
    fn value(&mut self, value: &'a Value, named: bool) -> Value {
        self.nodes += 1;
        match value {
            Value::Object(_) if !named && value.get("$ref").is_some_and(Value::is_string) => self.reference(value),
            Value::Object(entries) => {
                let mut expanded = BTreeMap::new();
                let bare = self.bare;
                for (key, value) in entries.iter().filter(|(key, _)| named || !bare || !is_prose(key)) {
                    let is_list = bare && !named && matches!(key.as_str(), "required" | "enum" | "type");
                    let names = bare && !named && is_map_of_schemas(key);
                    let value = self.value(value, names);
                    expanded.insert(key.clone(), if is_list { unordered(value) } else { value });
                }
                Value::Object(expanded.into_iter().collect())
            }
            Value::Array(items) => items.iter().map(|item| self.value(item, false)).collect(),
            other => canonical(other),
        }
    }

    fn reference(&mut self, value: &'a Value) -> Value {
        let target = value.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let root = self.root;
        let found = root.pointer(target.trim_start_matches('#'));
        match found {
            Some(found) if !self.open.contains(&target) && self.nodes < MAX_NODES => {
                self.open.push(target);
                let expanded = self.value(found, false);
                self.open.pop();
                expanded
            }
            _ => json!({ "$ref": target }),
        }
    }
}

fn unordered(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(sorted(items)),
        other => other,
    }
}

/// Returns true for a keyword that documents a schema without restricting it.
fn is_prose(key: &str) -> bool {
    ["description", "title", "summary", "example", "examples", "externalDocs", "default"].contains(&key)
        || key.starts_with("x-")
}

fn is_map_of_schemas(key: &str) -> bool {
    ["properties", "patternProperties", "dependentSchemas", "$defs"].contains(&key)
}
