//! Matches the operations of both revisions and compares each pair.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::comparison::{Comparison, Found};
use super::operation::{Operation, operations, placeholders};
use super::{content, document, parameters};
use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::finding::{At, Finding};
use crate::schemas::Schemas;
use crate::site::{Entry, Site, canonical, join, sorted};
use crate::verdict::Wire;

/// Compares all operations, and the settings of the document as a whole.
pub(crate) fn compare<'a>(old: &'a Value, new: &'a Value, schemas: &mut Schemas<'a>) -> Vec<(Occurrence, Found)> {
    let mut comparison = Comparison { old, new, schemas, found: Vec::new() };
    let before = operations(old);
    let after = operations(new);
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(before), Some(after)) => pair(&mut comparison, before, after),
            (Some(gone), None) => {
                let finding = Finding::new("operation.removed", gone.name.clone(), At::Old(gone.site.pointer.clone()));
                comparison.report(&whole(gone), finding.removed(gone.site.text("operationId")));
            }
            (None, Some(added)) => {
                let finding = Finding::new("operation.added", added.name.clone(), At::New(added.site.pointer.clone()));
                comparison.report(&whole(added), finding.added(added.site.text("operationId")));
            }
            (None, None) => {}
        }
    }
    document::compare(&mut comparison);
    comparison.found
}

fn whole(operation: &Operation<'_>) -> Occurrence {
    Occurrence::new(&operation.name, "")
}

fn pair<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    placeholder_names(comparison, old, new);
    let skip = ["parameters", "requestBody", "responses", "security"];
    comparison.entries(&whole(new), (&old.site, &new.site), &skip, check);
    security(comparison, old, new);
    parameters::compare(comparison, old, new);
    content::request(comparison, old, new);
    content::responses(comparison, old, new);
}

fn placeholder_names<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    for (before, after) in placeholders(old.path).into_iter().zip(placeholders(new.path)) {
        if before != after {
            let subject = format!("{} path:{before}", old.name);
            let finding = Finding::new("parameter.renamed", subject, At::New(new.site.pointer.clone()));
            let at = Occurrence::new(&new.name, &format!("path:{after}"));
            comparison.report(&at, finding.values(before, after));
        }
    }
}

/// Names the check for a key of an operation.
fn check(entry: &Entry<'_>) -> &'static str {
    match entry.key {
        "operationId" => "operation.renamed",
        "summary" | "description" => "operation.description.changed",
        "externalDocs" => "operation.reference.changed",
        "tags" => "operation.tags.changed",
        "deprecated" if entry.new == json!(true) => "operation.deprecated",
        "deprecated" => "operation.undeprecated",
        "x-retry" => "operation.retry.changed",
        "x-pagination" => "operation.pagination.changed",
        "x-order" => "operation.order.changed",
        "x-read-back" => "operation.read_back.changed",
        "x-deviation" => "deviation.changed",
        // Revisions from before the sandbox overlay.
        "x-effect" | "x-approval" => "sandbox.changed",
        _ => UNCLASSIFIED,
    }
}

fn security<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    let before = requirements(&old.site, comparison.old);
    let after = requirements(&new.site, comparison.new);
    if before == after {
        return;
    }
    // An operation without requirements of its own follows those of the document.
    let inherited = old.site.child("security").is_none() && new.site.child("security").is_none();
    let (subject, pointer) = if inherited {
        ("security".to_owned(), "/security".to_owned())
    } else {
        (old.name.clone(), join(&new.site.pointer, "security"))
    };
    let open = after.is_empty() || after.contains(&json!({}));
    let finding = Finding::new("operation.security.changed", subject, At::New(pointer)).values(before, after);
    comparison.report(&whole(new), finding.wire_if(open, Wire::Compatible));
}

/// Returns the security requirements that apply to an operation, in normal form.
fn requirements<'a>(operation: &Site<'a>, root: &'a Value) -> Vec<Value> {
    let requirements = operation.value.get("security").or(root.get("security")).and_then(Value::as_array);
    let mut requirements = sorted(requirements.into_iter().flatten().map(canonical).collect());
    requirements.dedup();
    requirements
}
