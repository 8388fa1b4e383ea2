//! Compares discriminators: the property that tells the alternatives of a union apart, and its values.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::direction::Direction;
use crate::verdict::Wire;
use crate::view::View;

/// A check, the old and the new value, and a verdict of its own.
type Change = (&'static str, (Value, Value), Option<Wire>);

/// Returns the changes between the discriminators of two unions.
pub(super) fn changes(old: &View<'_>, new: &View<'_>, direction: Direction) -> Vec<Change> {
    let property = |view: &View<'_>| {
        view.facet("discriminator").and_then(|value| value.get("propertyName")).cloned().unwrap_or_default()
    };
    let (before, after) = (property(old), property(new));
    if before != after {
        // A union without a discriminator is the same union, only harder to read.
        let hint = before.is_null() || after.is_null();
        return vec![("discriminator.changed", (before, after), hint.then_some(Wire::Risky))];
    }
    let shared = &targets(old) & &targets(new);
    let (before, after) = (mapping(old, &shared), mapping(new, &shared));
    if before == after {
        return Vec::new();
    }
    let lost = before.iter().any(|(tag, target)| after.get(tag) != Some(target));
    let gained = after.iter().any(|(tag, target)| before.get(tag) != Some(target));
    let breaking = if direction.is_sent() { lost } else { gained };
    vec![("mapping.changed", (json!(before), json!(after)), (!breaking).then_some(Wire::Compatible))]
}

/// Returns the schemas that the alternatives refer to.
fn targets(view: &View<'_>) -> BTreeSet<String> {
    let targets = view.variants.iter().filter_map(|variant| variant.value.get("$ref")?.as_str());
    targets.map(str::to_owned).collect()
}

/// Returns the mapping of shared alternatives. The name of a schema maps to it without being listed.
fn mapping(view: &View<'_>, shared: &BTreeSet<String>) -> Map<String, Value> {
    let listed = view.facet("discriminator").and_then(|value| value.get("mapping")).and_then(Value::as_object);
    let entries = listed.into_iter().flatten().filter(|(tag, target)| {
        let target = target.as_str().unwrap_or_default();
        shared.contains(target) && target.rsplit('/').next() != Some(tag)
    });
    entries.map(|(tag, target)| (tag.clone(), target.clone())).collect()
}
