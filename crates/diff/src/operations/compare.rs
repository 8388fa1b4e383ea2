//! Matches the operations of both revisions and compares each pair.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::comparison::{Comparison, Found};
use super::operation::{Group, METHODS, Matches, Operation, matches, operations, placeholders};
use super::{content, document, parameters, responses, security};
use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::finding::{At, Finding};
use crate::schemas::Schemas;
use crate::site::{Entry, Site};

/// What comparing the operations found.
pub(crate) struct Operations {
    pub(crate) found: Vec<(Occurrence, Found)>,
    /// Pointers to the parts of both documents that were compared with each other, except schemas.
    pub(crate) pairs: Vec<(String, String)>,
}

/// Compares all operations, and the settings of the document as a whole.
pub(crate) fn compare<'a>(old: &'a Value, new: &'a Value, schemas: &mut Schemas<'a>) -> Operations {
    let mut comparison = Comparison { old, new, schemas, found: Vec::new(), pairs: Vec::new(), reversed: false };
    group(&mut comparison, (&Site::at(old, "/paths"), &Site::at(new, "/paths")), Group::Paths);
    comparison.reversed = true;
    let webhooks = (&Site::at(old, "/webhooks"), &Site::at(new, "/webhooks"));
    group(&mut comparison, webhooks, Group::Webhooks);
    comparison.reversed = false;
    document::compare(&mut comparison);
    let Comparison { found, pairs, .. } = comparison;
    Operations { found, pairs }
}

/// Compares operations that both documents hold by path.
fn group<'a>(comparison: &mut Comparison<'a, '_>, (old, new): (&Site<'a>, &Site<'a>), group: Group<'_>) {
    let (before, after) = (operations(comparison.old, old, group), operations(comparison.new, new, group));
    let check = group.word();
    let Matches { pairs, removed, added } = matches(before, after);
    let mut items = BTreeSet::new();
    for (before, after) in &pairs {
        if items.insert((before.path, after.path)) {
            path_items(comparison, (old, new), before.path, after.path);
        }
        pair(comparison, before, after);
    }
    for gone in removed {
        let at = At::Old(gone.site.pointer.clone());
        let finding = Finding::new(format!("{check}.removed"), gone.name.clone(), at);
        comparison.report(&whole(&gone), finding.removed(gone.site.text("operationId")));
    }
    for fresh in added {
        let at = At::New(fresh.site.pointer.clone());
        let finding = Finding::new(format!("{check}.added"), fresh.name.clone(), at);
        comparison.report(&whole(&fresh), finding.added(fresh.site.text("operationId")));
    }
}

fn whole(operation: &Operation<'_>) -> Occurrence {
    Occurrence::new(&operation.name, "")
}

/// Compares what two paths state for all of their operations.
fn path_items<'a>(comparison: &mut Comparison<'a, '_>, groups: (&Site<'a>, &Site<'a>), old: &str, new: &str) {
    let (Some(before), Some(after)) = (groups.0.child(old), groups.1.child(new)) else { return };
    let (before, after) = (before.follow(comparison.old), after.follow(comparison.new));
    let skip = [METHODS.as_slice(), &["parameters", "$ref"]].concat();
    comparison.entries(&Occurrence::new(new, ""), (&before, &after), &skip, check);
}

fn pair<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    placeholder_names(comparison, old, new);
    let skip = ["parameters", "requestBody", "responses", "security", "callbacks"];
    comparison.entries(&whole(new), (&old.site, &new.site), &skip, check);
    security::compare(comparison, old, new);
    parameters::compare(comparison, old, new);
    content::request(comparison, old, new);
    responses::compare(comparison, old, new);
    callbacks(comparison, old, new);
}

fn placeholder_names<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    for (before, after) in placeholders(old.path).into_iter().zip(placeholders(new.path)) {
        if before != after {
            let subject = format!("{} path:{before}", old.name);
            let at = At::Both(old.site.pointer.clone(), new.site.pointer.clone());
            let finding = Finding::new("parameter.renamed", subject, at);
            let at = Occurrence::new(&new.name, &format!("path:{after}"));
            comparison.report(&at, finding.values(before, after));
        }
    }
}

/// Compares the requests that the server sends during an operation.
fn callbacks<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    let resolved = |operation: &Operation<'a>, root: &'a Value| {
        let callbacks = operation.site.child("callbacks").map(|site| site.entries()).unwrap_or_default();
        callbacks.into_iter().map(|(name, site)| (name, site.follow(root))).collect::<Vec<_>>()
    };
    let (before, after) = (resolved(old, comparison.old), resolved(new, comparison.new));
    let names: BTreeSet<&str> = before.iter().chain(&after).map(|(name, _)| *name).collect();
    let find = |callbacks: &[(&str, Site<'a>)], name: &str| {
        let found = callbacks.iter().find(|(known, _)| *known == name);
        found.map_or_else(|| Site::at(&Value::Null, ""), |(_, site)| site.clone())
    };
    let outside = comparison.reversed;
    comparison.reversed = !outside;
    for name in names {
        group(comparison, (&find(&before, name), &find(&after, name)), Group::Callback(&new.name, name));
    }
    comparison.reversed = outside;
}

/// Names the check for a key of an operation or a path.
fn check(entry: &Entry<'_>) -> &'static str {
    match entry.key {
        "operationId" => "operation.renamed",
        "summary" | "description" | "x-aliases" => "operation.description.changed",
        "externalDocs" => "operation.reference.changed",
        "tags" => "operation.tags.changed",
        "servers" => "operation.servers.changed",
        "deprecated" if entry.new == json!(true) => "operation.deprecated",
        "deprecated" => "operation.undeprecated",
        "x-retry" | "x-retry-if" => "operation.retry.changed",
        "x-pagination" => "operation.pagination.changed",
        "x-order" => "operation.order.changed",
        "x-read-back" => "operation.read_back.changed",
        "x-client-key" => "operation.client_key.changed",
        "x-money" => "operation.money.changed",
        "x-deviation" => "deviation.changed",
        "x-sunset" => "sunset.changed",
        // Revisions from before the sandbox overlay.
        "x-effect" | "x-approval" => "sandbox.changed",
        _ => UNCLASSIFIED,
    }
}
