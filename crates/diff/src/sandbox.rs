//! Compares the sandbox overlays of two revisions.
//!
//! Only what both revisions describe is compared: an operation or a schema that is new or gone is a change of its own,
//! and a bundle or a vendor's document has no overlay.

use std::collections::BTreeMap;

use campfire_codegen::description::node;
use campfire_codegen::description::overlay::Overlay;
use serde_json::{Value, json};

use crate::change::Occurrence;
use crate::finding::{At, Finding};
use crate::revision::Revision;

const ID: &str = "sandbox.changed";

/// Reports each operation, schema, and property that behaves differently.
pub(crate) fn compare(old: &Revision, new: &Revision) -> Vec<(Occurrence, Finding)> {
    let (before, after) = (&old.description.overlay, &new.description.overlay);
    if before.is_empty() || after.is_empty() {
        return Vec::new();
    }
    let mut found = operations(old, new);
    for (name, schema) in node::schemas(new.root()) {
        if !node::schemas(old.root()).any(|(known, _)| known == name) {
            continue;
        }
        let subject = format!("components.schemas.{name}");
        let here = Occurrence::new("", "");
        let (was, is) = (document(before, name), document(after, name));
        found.extend(finding(subject.clone(), &schema.pointer, was, is).map(|finding| (here.clone(), finding)));
        for (property, node) in schema.members("properties") {
            let (was, is) = (source(before, name, property), source(after, name, property));
            let finding = finding(format!("{subject}.{property}"), &node.pointer, was, is);
            found.extend(finding.map(|finding| (here.clone(), finding)));
        }
    }
    found
}

fn operations(old: &Revision, new: &Revision) -> Vec<(Occurrence, Finding)> {
    let behavior = |revision: &Revision| -> BTreeMap<String, Value> {
        let operations = node::operations(revision.root()).filter_map(|operation| operation.node.word("operationId"));
        operations.map(|id| (id.to_owned(), json!(revision.description.overlay.operations.get(id)))).collect()
    };
    let before = behavior(old);
    let after = behavior(new);
    let mut found = Vec::new();
    for operation in node::operations(new.root()) {
        let Some(id) = operation.node.word("operationId") else { continue };
        let (Some(was), Some(is)) = (before.get(id), after.get(id)) else { continue };
        let name = format!("{} {}", operation.method.to_uppercase(), operation.path);
        let finding = finding(name.clone(), &operation.node.pointer, was.clone(), is.clone());
        found.extend(finding.map(|finding| (Occurrence::new(&name, ""), finding)));
    }
    found
}

fn document(overlay: &Overlay, schema: &str) -> Value {
    json!(overlay.schemas.get(schema).and_then(|schema| schema.document))
}

fn source(overlay: &Overlay, schema: &str, property: &str) -> Value {
    json!(overlay.schemas.get(schema).and_then(|schema| schema.properties.get(property)))
}

fn finding(subject: String, pointer: &str, was: Value, is: Value) -> Option<Finding> {
    (was != is).then(|| Finding::new(ID, subject, At::New(pointer.to_owned())).values(was, is))
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "\
openapi: 3.0.3
paths:
  /a: {get: {operationId: a.list, responses: {'204': {description: x}}}}
components:
  schemas:
    A: {type: object, properties: {name: {type: string}}}
";

    fn revision(overlay: &str) -> Revision {
        Revision::merge([("openapi.yaml", API)]).unwrap().with_overlay([("sandbox/a.yaml", overlay)]).unwrap()
    }

    #[test]
    fn each_difference_has_its_subject() {
        let old = revision("operations: {a.list: {approval: none}}\n");
        let new = revision(
            "operations: {a.list: {approval: draft}}\nschemas: {A: {document: bill, properties: {name: {derived: b.c}}}}\n",
        );
        let found: Vec<(String, Value, Value)> =
            compare(&old, &new).into_iter().map(|(_, finding)| (finding.subject, finding.old, finding.new)).collect();
        assert_eq!(
            found,
            [
                (
                    "GET /a".into(),
                    json!({"effect": {}, "approval": "none"}),
                    json!({"effect": {}, "approval": "draft"})
                ),
                ("components.schemas.A".into(), Value::Null, json!("bill")),
                ("components.schemas.A.name".into(), Value::Null, json!({"derived": "b.c"})),
            ]
        );
        assert!(compare(&new, &new).is_empty());
        assert!(compare(&Revision::parse("bundle.yaml", API).unwrap(), &new).is_empty());
        assert_eq!(crate::compare(&old, &new).changes.len(), 3);
    }
}
