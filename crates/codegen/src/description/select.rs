//! Picks areas out of a description.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::description::extension;
use crate::description::load::Description;
use crate::description::references::references;

impl Description {
    /// Returns the description with only the operations of these areas, and without components that they do not use.
    #[must_use]
    pub fn select(&self, areas: &BTreeSet<String>) -> Self {
        let mut selected = self.clone();
        if let Some(Value::Object(paths)) = selected.root.get_mut("paths") {
            paths.retain(|path, _| self.area_of(path).is_some_and(|area| areas.contains(area)));
        }
        selected.areas.retain(|_, area| areas.contains(area));
        prune(&mut selected.root);
        selected
    }
}

/// Removes components that no operation reaches.
fn prune(root: &mut Value) {
    let reached = reached(root);
    let Some(Value::Object(components)) = root.get_mut("components") else { return };
    for (kind, entries) in components {
        if kind != "securitySchemes"
            && let Value::Object(entries) = entries
        {
            // Handwritten types exist whether or not an operation uses them.
            entries.retain(|name, schema| {
                reached.contains(&format!("#/components/{kind}/{name}")) || schema.get(extension::SCALAR).is_some()
            });
        }
    }
}

/// Returns the targets of all references that operations lead to, directly or not.
fn reached(root: &Value) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut queue = Vec::new();
    let paths = root.get("paths").unwrap_or(&Value::Null);
    references(paths, &mut String::new(), &mut |_, target| queue.push(target.to_owned()));
    while let Some(reference) = queue.pop() {
        let Some(target) = root.pointer(reference.trim_start_matches('#')) else { continue };
        if !reached.insert(reference) {
            continue;
        }
        references(target, &mut String::new(), &mut |_, target| queue.push(target.to_owned()));
        // Pages name the schema of their records without a `$ref`.
        if let Some(records) = target.get(extension::PAGE_OF).and_then(Value::as_str) {
            queue.push(format!("#/components/schemas/{records}"));
        }
    }
    reached
}
