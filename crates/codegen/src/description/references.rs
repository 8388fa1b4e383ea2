//! Finds references, and those that do not resolve.

use std::cmp::Reverse;

use serde_json::Value;

use crate::description::yaml::push_pointer;

/// A reference that does not resolve.
pub(crate) struct Dangling {
    /// The pointer to the reference.
    pub(crate) pointer: String,
    /// The target as written.
    pub(crate) target: String,
    /// A schema with a similar name.
    pub(crate) similar: Option<String>,
}

/// Calls `found` with the pointer and the target of every `$ref` below a value.
pub fn references(value: &Value, pointer: &mut String, found: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let parent = pointer.len();
                push_pointer(pointer, key);
                match member {
                    Value::String(target) if key == "$ref" => found(pointer, target),
                    _ => references(member, pointer, found),
                }
                pointer.truncate(parent);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let parent = pointer.len();
                push_pointer(pointer, &index.to_string());
                references(item, pointer, found);
                pointer.truncate(parent);
            }
        }
        _ => {}
    }
}

/// Returns the references of a document that do not resolve.
pub(crate) fn dangling(root: &Value) -> Vec<Dangling> {
    let mut dangling = Vec::new();
    references(root, &mut String::new(), &mut |pointer, target| {
        if target.strip_prefix('#').is_none_or(|target| root.pointer(target).is_none()) {
            let similar = target.rsplit('/').next().and_then(|name| similar(root, name)).map(str::to_owned);
            dangling.push(Dangling { pointer: pointer.to_owned(), target: target.to_owned(), similar });
        }
    });
    dangling
}

/// Returns the schema whose name shares the longest prefix with `name`, if that is at least two thirds of it.
fn similar<'a>(root: &'a Value, name: &str) -> Option<&'a str> {
    let name = name.to_lowercase();
    let alike = |other: &str| other.to_lowercase().chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
    let schemas = root.pointer("/components/schemas")?.as_object()?;
    let best = schemas.keys().max_by_key(|other| (alike(other), Reverse(other.len())))?;
    (alike(best) * 3 >= name.len().max(best.len()) * 2).then_some(best)
}
