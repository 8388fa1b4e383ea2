//! Compares our description with the vendor's schema.

use std::collections::BTreeMap;

use super::excuse::Excuses;
use super::item::{Item, Kind};
use super::kind::kind;
use super::snippet::Snippets;
use super::{stale, vendor};
use crate::change::{Change, Occurrence};
use crate::compare::{Comparison, compare_as};
use crate::revision::Revision;
use crate::schemas::Relationship;

/// Number of places listed for an item.
const SHOWN: usize = 3;

/// Compares our description with the vendor's schema.
pub fn drift(ours: &Revision, vendors: &Revision) -> Vec<Item> {
    let mut vendors = vendors.clone();
    vendors.description.root = vendor::normalized(ours.root(), vendors.root());
    let Comparison { diff, pairs } = compare_as(ours, &vendors, Relationship::Descriptions);
    let mut excuses = Excuses::new(ours.root());
    let snippets = Snippets::new(vendors.root(), &pairs);
    let open = diff.changes.iter().filter(|change| !excuses.covers(change));
    let mut items: Vec<Item> = open.filter_map(|change| item(change, &snippets)).collect();
    items.extend(stale::items(ours, vendors.root(), &pairs));
    merged(items)
}

/// Returns the item for a change, or `None` if only the wording or the notation differs.
fn item(change: &Change, snippets: &Snippets<'_>) -> Option<Item> {
    let kind = kind(change)?;
    Some(Item {
        kind,
        id: change.id,
        subject: change.subject.clone(),
        ours: change.old.clone(),
        vendors: change.new.clone(),
        places: places(change),
        location: change.location.clone(),
        snippet: (kind == Kind::New).then(|| snippets.snippet(change)).flatten(),
    })
}

/// Sorts the items. What is added or removed at one place is one task, even if the vendor has several schemas for it.
fn merged(items: Vec<Item>) -> Vec<Item> {
    let mut merged: BTreeMap<(Kind, String, &'static str, String), Item> = BTreeMap::new();
    for item in items {
        let is_whole = matches!(item.kind, Kind::New | Kind::Gone) && !item.id.ends_with("enum.added");
        let values = if is_whole { String::new() } else { format!("{} {}", item.ours, item.vendors) };
        merged.entry((item.kind, item.subject.clone(), item.id, values)).or_insert(item);
    }
    merged.into_values().collect()
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
