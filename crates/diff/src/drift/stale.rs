//! Finds deviations that are out of date: the vendor's schema no longer says what they call documented, or now says what
//! they call observed.

use std::collections::HashMap;

use campfire_codegen::description::extension::{DEVIATION, SCALAR};
use campfire_codegen::description::yaml::push_pointer;
use serde_json::{Value, json};

use super::claims::{Claim, described, signature};
use super::item::{Item, Kind};
use crate::revision::Revision;
use crate::site::Site;
use crate::subject::subject;

/// Returns an item for each deviation that can go. `pairs` are the places that were compared with each other.
pub(super) fn items(ours: &Revision, vendors: &Value, pairs: &[(String, String)]) -> Vec<Item> {
    let mut counterparts: HashMap<&str, Vec<Site<'_>>> = HashMap::new();
    for (old, new) in pairs {
        // The parts of a merged schema are listed together.
        for old in old.split(' ') {
            counterparts.entry(old).or_default().extend(new.split(' ').map(|new| Site::at(vendors, new)));
        }
    }
    let mut deviations = Vec::new();
    collect(ours.root(), &mut String::new(), &mut deviations);
    let none = Vec::new();
    let stale = deviations.into_iter().filter(|(pointer, deviation)| {
        let found = counterparts.get(pointer.as_str()).unwrap_or(&none);
        let holder = counterparts.contains_key(holder(pointer));
        is_stale(vendors, deviation, found, holder) || is_adopted(ours.root(), pointer, deviation, vendors, found)
    });
    stale
        .map(|(pointer, deviation)| Item {
            kind: Kind::Stale,
            id: "deviation.changed",
            subject: subject(ours.root(), &pointer),
            ours: deviation.get("documented").cloned().unwrap_or_default(),
            vendors: json!(described(vendors, counterparts.get(pointer.as_str()).unwrap_or(&none))),
            places: Vec::new(),
            location: ours.locate(&format!("{pointer}/{DEVIATION}")),
            snippet: None,
        })
        .collect()
}

fn is_stale(vendors: &Value, deviation: &Value, counterparts: &[Site<'_>], holder_exists: bool) -> bool {
    let claim = |key: &str| deviation.get(key).and_then(Value::as_str).and_then(Claim::read);
    match (claim("documented"), claim("observed")) {
        (Some(documented), _) if documented.needs_place() && counterparts.is_empty() => holder_exists,
        (Some(documented), _) => !documented.holds(vendors, counterparts),
        (None, Some(observed)) => !counterparts.is_empty() && observed.holds(vendors, counterparts),
        (None, None) => false,
    }
}

/// Returns true if the documented type was a bare one, and the vendor's is now the more precise one of our description.
fn is_adopted(ours: &Value, pointer: &str, deviation: &Value, vendors: &Value, counterparts: &[Site<'_>]) -> bool {
    let documented = deviation.get("documented").and_then(Value::as_str).unwrap_or_default();
    let Some(Claim::Type(bare)) = Claim::read(documented) else { return false };
    let ours = signature(ours, &Site::at(ours, pointer));
    ours.trim_end() != bare && counterparts.iter().any(|site| signature(vendors, site) == ours)
}

/// Returns the pointer of the schema or operation that a property or a parameter belongs to.
fn holder(pointer: &str) -> &str {
    let up = |pointer: &str| pointer.rfind('/').unwrap_or(0);
    let outer = &pointer[..up(pointer)];
    &outer[..up(outer)]
}

/// Collects the deviations of a document with the pointers to the places that state them.
fn collect<'a>(value: &'a Value, pointer: &mut String, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(entries) => {
            // The deviation of a scalar is about its notation.
            if let Some(deviation) = entries.get(DEVIATION).filter(|_| !entries.contains_key(SCALAR)) {
                found.push((pointer.clone(), deviation));
            }
            for (key, value) in entries {
                let end = pointer.len();
                push_pointer(pointer, key);
                collect(value, pointer, found);
                pointer.truncate(end);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                let end = pointer.len();
                push_pointer(pointer, &index.to_string());
                collect(value, pointer, found);
                pointer.truncate(end);
            }
        }
        _ => {}
    }
}
