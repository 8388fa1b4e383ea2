//! Compares who may call an operation.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::comparison::Comparison;
use super::operation::Operation;
use crate::change::Occurrence;
use crate::finding::{At, Finding};
use crate::site::{Site, canonical, join, sorted};
use crate::verdict::Wire;

/// Compares the security requirements of two matching operations. The same change of several operations is one change.
pub(super) fn compare<'a>(comparison: &mut Comparison<'a, '_>, old: &Operation<'a>, new: &Operation<'a>) {
    let before = requirements(&old.site, comparison.old);
    let after = requirements(&new.site, comparison.new);
    if before == after {
        return;
    }
    let place = |site: &Site<'_>| {
        if site.child("security").is_some() { join(&site.pointer, "security") } else { "/security".to_owned() }
    };
    let at = At::Both(place(&old.site), place(&new.site));
    let enough = is_enough(&before, &after);
    let finding = Finding::new("operation.security.changed", "security".to_owned(), at).values(before, after);
    comparison.report(&Occurrence::new(&new.name, ""), finding.wire_if(enough, Wire::Compatible));
}

/// Returns the security requirements that apply to an operation, in normal form.
pub(super) fn requirements<'a>(operation: &Site<'a>, root: &'a Value) -> Vec<Value> {
    let requirements = operation.value.get("security").or(root.get("security")).and_then(Value::as_array);
    let mut requirements = sorted(requirements.into_iter().flatten().map(normal).collect());
    requirements.dedup();
    requirements
}

/// Returns a requirement whose scopes are in order.
fn normal(requirement: &Value) -> Value {
    let Value::Object(schemes) = canonical(requirement) else { return json!({}) };
    let scopes = |value: Value| match value {
        Value::Array(scopes) => Value::Array(sorted(scopes)),
        other => other,
    };
    Value::Object(schemes.into_iter().map(|(name, value)| (name, scopes(value))).collect())
}

/// Returns true if everyone who was let in still is: each old alternative covers a new one.
fn is_enough(old: &[Value], new: &[Value]) -> bool {
    let anyone = [json!({})];
    let alternatives = |all: &[Value]| -> Vec<BTreeMap<String, BTreeSet<String>>> {
        let all = if all.is_empty() { &anyone[..] } else { all };
        all.iter().map(schemes).collect()
    };
    let (old, new) = (alternatives(old), alternatives(new));
    let covers = |old: &BTreeMap<String, BTreeSet<String>>, new: &BTreeMap<String, BTreeSet<String>>| {
        new.iter().all(|(name, scopes)| old.get(name).is_some_and(|held| scopes.is_subset(held)))
    };
    old.iter().all(|old| new.iter().any(|new| covers(old, new)))
}

fn schemes(requirement: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let schemes = requirement.as_object().into_iter().flatten();
    let scopes = |value: &Value| value.as_array().into_iter().flatten().map(ToString::to_string).collect();
    schemes.map(|(name, value)| (name.clone(), scopes(value))).collect()
}
