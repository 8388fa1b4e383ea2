//! Compares the sandbox overlays of two revisions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, to_value};

use crate::change::Occurrence;
use crate::finding::{At, Finding};
use crate::revision::Revision;
use crate::site::Site;

/// The steps to a value in the overlay: `["operations", "invoices.void", "effect"]`.
type Steps = Vec<String>;

/// Reports each difference between the sandbox overlays. A revision that comes without one, such as a single file, says
/// nothing about the sandbox, so there is nothing to compare.
pub(crate) fn compare(old: &Revision, new: &Revision) -> Vec<(Occurrence, Finding)> {
    let (before, after) = (values(old), values(new));
    if before.is_empty() || after.is_empty() {
        return Vec::new();
    }
    let names = [operation_names(new.root()), operation_names(old.root())];
    let all: BTreeSet<&Steps> = before.keys().chain(after.keys()).collect();
    all.into_iter()
        .filter(|steps| before.get(*steps) != after.get(*steps))
        .map(|steps| {
            let value = |values: &BTreeMap<Steps, Value>| values.get(steps).cloned().unwrap_or_default();
            let (at, subject) = place(&names, steps);
            let revision = if after.contains_key(steps) { new } else { old };
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            let location = At::Location(revision.description.overlay.locate(&steps));
            (at, Finding::new("sandbox.changed", subject, location).values(value(&before), value(&after)))
        })
        .collect()
}

/// Returns the values in an overlay, except defaults.
fn values(revision: &Revision) -> BTreeMap<Steps, Value> {
    let overlay = &revision.description.overlay;
    let mut values = BTreeMap::new();
    let mut add = |steps: &[&str], present: bool, value: serde_json::Result<Value>| {
        if let Ok(value) = value
            && present
        {
            values.insert(steps.iter().map(|step| (*step).to_owned()).collect(), value);
        }
    };
    for (id, operation) in &overlay.operations {
        let (effect, approval) = (&operation.effect, &operation.approval);
        add(&["operations", id, "effect"], *effect != Default::default(), to_value(effect));
        add(&["operations", id, "approval"], *approval != Default::default(), to_value(approval));
    }
    for (name, schema) in &overlay.schemas {
        add(&["schemas", name, "document"], schema.document.is_some(), to_value(schema.document));
        for (property, rule) in &schema.properties {
            let mut add = |key, present, value| add(&["schemas", name, "properties", property, key], present, value);
            add("collects", rule.collects.is_some(), to_value(&rule.collects));
            add("where", !rule.filter.is_empty(), to_value(&rule.filter));
            add("derived", rule.derived.is_some(), to_value(&rule.derived));
            add("sum", !rule.sum.is_empty(), to_value(&rule.sum));
        }
    }
    values
}

/// Returns where a value shows, and its subject.
fn place(names: &[BTreeMap<&str, String>; 2], steps: &Steps) -> (Occurrence, String) {
    match steps.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["operations", id, ..] => {
            let name = names.iter().find_map(|names| names.get(id)).map_or(*id, String::as_str);
            (Occurrence::new(name, ""), name.to_owned())
        }
        ["schemas", name, "properties", property, ..] => {
            (Occurrence::new("", ""), format!("components.schemas.{name}.{property}"))
        }
        ["schemas", name, ..] => (Occurrence::new("", ""), format!("components.schemas.{name}")),
        steps => (Occurrence::new("", ""), steps.join(".")),
    }
}

/// Returns the names of operations, such as `GET /a`, by operation id.
fn operation_names(root: &Value) -> BTreeMap<&str, String> {
    let paths = Site::at(root, "/paths").entries();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.entries().into_iter().map(move |(method, site)| (site.text("operationId"), method, *path))
    });
    operations.map(|(id, method, path)| (id, format!("{} {path}", method.to_uppercase()))).collect()
}

#[cfg(test)]
mod tests {
    use crate::change::Change;
    use crate::compare::compare;
    use crate::revision::Revision;

    const DOCUMENT: &str = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {/a: {post: {operationId: a.create, responses: \
                            {'204': {description: x}}}}}\ncomponents: {schemas: {A: {type: object, properties: {total: {type: integer}}}}}";

    fn revision(overlay: &str) -> Revision {
        let revision = Revision::merge([("openapi.yaml", DOCUMENT)]).unwrap();
        revision.with_overlay([("sandbox/a.yaml", overlay)]).unwrap()
    }

    fn changes(old: &str, new: &str) -> Vec<Change> {
        compare(&revision(old), &revision(new)).changes
    }

    #[test]
    fn changes_to_the_overlay_are_changes_to_the_sandbox() {
        let old = "operations:\n  a.create:\n    effect: {copy: true}\nschemas: {A: {properties: {total: {sum: [lines.amount]}}}}";
        let new = "operations:\n  a.create:\n    effect: {delete: true}\nschemas: {A: {properties: {total: {sum: [lines.tax]}}}}";
        let found = changes(old, new);
        let subjects: Vec<(&str, &str)> = found.iter().map(|change| (change.id, change.subject.as_str())).collect();
        assert_eq!(subjects, [("sandbox.changed", "POST /a"), ("sandbox.changed", "components.schemas.A.total")]);
        assert_eq!(found[0].location.to_string(), "sandbox/a.yaml:3");
        assert_eq!(found[1].new.to_string(), "[\"lines.tax\"]");
        assert!(changes(old, old).is_empty());
    }

    #[test]
    fn revisions_without_an_overlay_are_compared_without_it() {
        let old = "operations: {a.create: {effect: {copy: true}}}";
        assert!(changes(old, "operations: {}").is_empty());
        assert!(changes("schemas: {}", old).is_empty());
    }
}
