//! Compares the parameters of an operation.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::comparison::Comparison;
use super::content;
use super::operation::Operation;
use crate::change::Occurrence;
use crate::checks::UNCLASSIFIED;
use crate::finding::{At, Finding};
use crate::resolve::comparable;
use crate::schemas::Direction;
use crate::site::{Entry, Site, differing};

/// Compares the parameters of two matching operations.
pub(super) fn compare<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    let keys: BTreeSet<&String> = old.parameters.keys().chain(new.parameters.keys()).collect();
    for key in keys {
        match (old.parameters.get(key), new.parameters.get(key)) {
            (Some(before), Some(after)) => {
                let (before, after) = (before.clone().follow(comparison.old), after.clone().follow(comparison.new));
                let at = Occurrence::new(&new.name, &place(&after));
                pair(comparison, &at, &before, &after);
            }
            (Some(gone), None) => removed(comparison, old, gone),
            (None, Some(added)) => self::added(comparison, new, added),
            (None, None) => {}
        }
    }
}

/// `query:limit`
fn place(parameter: &Site<'_>) -> String {
    format!("{}:{}", parameter.text("in"), parameter.text("name"))
}

fn removed<'a>(comparison: &mut Comparison<'a, '_>, operation: &Operation<'a>, parameter: &Site<'a>) {
    let target = parameter.clone().follow(comparison.old);
    let at = Occurrence::new(&operation.name, &place(&target));
    let subject = format!("{} {}", at.operation, at.place);
    let finding = Finding::new("parameter.removed", subject, At::Old(parameter.pointer.clone()));
    comparison.report(&at, finding.removed(target.text("name")));
}

fn added<'a>(comparison: &mut Comparison<'a, '_>, operation: &Operation<'a>, parameter: &Site<'a>) {
    let target = parameter.clone().follow(comparison.new);
    let at = Occurrence::new(&operation.name, &place(&target));
    let subject = format!("{} {}", at.operation, at.place);
    let required = target.flag("required") && !comparison.reversed;
    let text = format!("{}{}", target.text("name"), if required { ", required" } else { "" });
    let finding = Finding::new("parameter.added", subject, At::New(parameter.pointer.clone()));
    comparison.report(&at, finding.added(text).breaking_if(required));
}

fn pair<'a>(comparison: &mut Comparison<'a, '_>, at: &Occurrence, old: &Site<'a>, new: &Site<'a>) {
    comparison.note(old, new);
    let skip = ["schema", "content", "name", "in"];
    for entry in differing((comparison.old, old), (comparison.new, new), &skip, effective) {
        let id = check(&entry);
        comparison.entry(at, id, (old, new), entry);
    }
    let direction = comparison.direction(Direction::Parameter);
    match (old.child("schema"), new.child("schema")) {
        (Some(before), Some(after)) => comparison.schemas(at, before, after, direction),
        _ => moved(comparison, at, old, new, "schema"),
    }
    match (old.child("content"), new.child("content")) {
        (Some(before), Some(after)) => content::compare(comparison, at, &before, &after, direction),
        _ => moved(comparison, at, old, new, "content"),
    }
}

/// Reports a schema or content that only one of the two parameters has.
fn moved<'a>(comparison: &mut Comparison<'a, '_>, at: &Occurrence, old: &Site<'a>, new: &Site<'a>, key: &'a str) {
    if old.value.get(key) == new.value.get(key) {
        return;
    }
    let entry =
        Entry { key, old: comparable(comparison.old, old, key), new: comparable(comparison.new, new, key) }.with_key();
    let location = At::Both(old.pointer.clone(), new.pointer.clone());
    let finding = Finding::new("parameter.style.changed", comparison.subject(old), location);
    comparison.report(at, finding.values(entry.old, entry.new));
}

/// Names the check for a key of a parameter.
fn check(entry: &Entry<'_>) -> &'static str {
    match entry.key {
        "required" if entry.new == json!(true) => "parameter.became_required",
        "required" => "parameter.became_optional",
        "deprecated" if entry.new == json!(true) => "parameter.deprecated",
        "deprecated" => "parameter.undeprecated",
        "description" => "parameter.description.changed",
        "style" | "explode" | "allowReserved" => "parameter.style.changed",
        "allowEmptyValue" if entry.new == json!(true) => "parameter.blank.allowed",
        "allowEmptyValue" => "parameter.blank.forbidden",
        "example" | "examples" => "example.changed",
        "x-rust-name" => "parameter.rust_name.changed",
        "x-omit" if entry.old.is_null() => "parameter.omitted",
        "x-omit" if entry.new.is_null() => "parameter.offered",
        "x-omit" => "parameter.description.changed",
        "x-deviation" => "deviation.changed",
        "x-references" => "references.changed",
        "x-sunset" => "sunset.changed",
        _ => UNCLASSIFIED,
    }
}

/// Returns the value of a key, or the default that OpenAPI defines for it.
fn effective(root: &Value, parameter: &Site<'_>, key: &str) -> Value {
    match (key, parameter.value.get(key)) {
        ("style", None) => json!(default_style(parameter)),
        ("explode", None) => {
            json!(["", "form"].contains(&parameter.text("style")) && default_style(parameter) == "form")
        }
        ("explode", Some(value)) => value.clone(),
        _ => comparable(root, parameter, key),
    }
}

fn default_style(parameter: &Site<'_>) -> &'static str {
    if ["path", "header"].contains(&parameter.text("in")) { "simple" } else { "form" }
}
