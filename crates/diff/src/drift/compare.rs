//! Compares our description with the vendor's schema.

use serde_json::Value;

use super::item::{Item, Kind};
use super::snippet::snippet;
use super::vendor;
use crate::change::{Change, Occurrence};
use crate::compare::compare;
use crate::revision::Revision;
use crate::subject::locate;

/// Number of places listed for an item.
const SHOWN: usize = 3;

/// Compares our description with the vendor's schema.
pub fn drift(ours: &Revision, vendors: &Revision) -> Vec<Item> {
    let mut vendors = vendors.clone();
    vendors.description.root = vendor::normalized(vendors.root());
    let diff = compare(ours, &vendors);
    let open = diff.changes.iter().filter(|change| !is_explained(ours.root(), &change.subject));
    let mut items: Vec<Item> = open.filter_map(|change| item(change, ours.root(), vendors.root())).collect();
    items.sort_by(|a, b| (a.kind, &a.subject, a.id).cmp(&(b.kind, &b.subject, b.id)));
    // A field that is both sent and received is a single task.
    items.dedup_by(|later, first| {
        let id = |item: &Item| undirected(item.id);
        (later.kind, &later.subject, id(later)) == (first.kind, &first.subject, id(first))
            && (&later.ours, &later.vendors) == (&first.ours, &first.vendors)
    });
    items
}

/// Returns the item for a change, or `None` if only the wording or the notation differs.
fn item(change: &Change, ours: &Value, vendors: &Value) -> Option<Item> {
    let undirected = undirected(change.id);
    let kind = kind(undirected)?;
    // The vendor's name of an enum is hashed, so enums are known by our name.
    let named = undirected.starts_with("enum.").then(|| enum_of(ours, &change.subject)).flatten();
    Some(Item {
        kind,
        id: change.id,
        subject: named.unwrap_or_else(|| change.subject.clone()),
        ours: change.old.clone(),
        vendors: change.new.clone(),
        places: places(change),
        location: change.location.clone(),
        snippet: (kind == Kind::New).then(|| snippet(change, vendors)).flatten(),
    })
}

/// Returns the kind of difference that a check reports, if it is one to act on.
fn kind(undirected: &str) -> Option<Kind> {
    match undirected {
        "operation.added" | "parameter.added" | "property.added" | "enum.added" | "status.added" | "body.added"
        | "media_type.added" => Some(Kind::New),
        "operation.removed" | "parameter.removed" | "property.removed" | "enum.removed" | "status.removed"
        | "body.removed" | "media_type.removed" => Some(Kind::Gone),
        "type.changed"
        | "format.changed"
        | "enum.introduced"
        | "enum.dropped"
        | "variants.changed"
        | "nullable.added"
        | "nullable.removed"
        | "property.became_required"
        | "property.became_optional"
        | "parameter.became_required"
        | "parameter.became_optional"
        | "parameter.type.changed"
        | "parameter.enum.added"
        | "parameter.enum.removed"
        | "length.narrowed"
        | "length.widened"
        | "range.narrowed"
        | "range.widened"
        | "unclassified.changed" => Some(Kind::Different),
        _ => None,
    }
}

/// Returns a check without its direction: `enum.added` for `request.enum.added`.
fn undirected(id: &str) -> &str {
    match id.split_once('.') {
        Some(("request" | "response", rest)) => rest,
        // `parameter.added` is about the parameter itself.
        Some(("parameter", rest)) if rest.contains('.') => rest,
        _ => id,
    }
}

fn places(change: &Change) -> Vec<String> {
    let shown = change.occurrences.iter().take(SHOWN);
    let mut places: Vec<String> = shown
        .map(|Occurrence { operation, place }| format!("{operation} {place}").trim().to_owned())
        .filter(|place| *place != change.subject)
        .collect();
    if change.occurrences.len() > SHOWN {
        places.push(format!("and {} more", change.occurrences.len() - SHOWN));
    }
    places
}

/// Returns the subject of the enum that a place in our description uses: `components.schemas.MemoStatus`.
fn enum_of(ours: &Value, subject: &str) -> Option<String> {
    /// Enough for a use of a use of an enum.
    const MAX_REFERENCES: usize = 8;
    let (pointer, _) = locate(ours, subject)?;
    let mut value = ours.pointer(&pointer)?;
    let mut name = None;
    for _ in 0..MAX_REFERENCES {
        value = value.get("items").or_else(|| value.get("schema")).unwrap_or(value);
        let part = ["allOf", "oneOf"].into_iter().find_map(|word| value.get(word)?.get(0)).unwrap_or(value);
        let Some(target) = part.get("$ref").and_then(Value::as_str) else { break };
        value = ours.pointer(target.trim_start_matches('#'))?;
        name = target.strip_prefix("#/components/schemas/");
    }
    value.get("enum").and(name).map(|name| format!("components.schemas.{name}"))
}

/// Returns true if our description explains a difference with `x-deviation`, at its place or around it.
fn is_explained(ours: &Value, subject: &str) -> bool {
    let explains = |value: &Value| value.get("x-deviation").is_some();
    let Some((pointer, _)) = locate(ours, subject) else { return false };
    let mut around = String::new();
    pointer.split('/').skip(1).any(|step| {
        around.push('/');
        around.push_str(step);
        let Some(value) = ours.pointer(&around) else { return false };
        let target = value.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|target| ours.pointer(target.trim_start_matches('#')));
        explains(value) || target.is_some_and(explains)
    })
}
