//! Judges the effect of changes on users of the generated Rust: by the generated items of both revisions if the generator
//! accepts both, and by the table of checks otherwise.

use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::surface::surface;
use campfire_codegen::rules::lint;

use crate::change::{Change, Diff};
use crate::checks::{Sdk, check};
use crate::revision::Revision;
use crate::surface::{Difference, differences};
use crate::verdict::Bump;

/// Sets the bump of each change, and the one that the whole diff requires.
pub(crate) fn judge(old: &Revision, new: &Revision, diff: &mut Diff) {
    let items = match (api(old), api(new)) {
        (Some(old), Some(new)) => Some(differences(&surface(&old), &surface(&new))),
        _ => None,
    };
    diff.from_types = items.is_some();
    let items = items.unwrap_or_default();
    let mut explained = vec![false; items.len()];
    for change in &mut diff.changes {
        judge_change(change, diff.from_types, &items, &mut explained);
    }
    let rest = items.iter().zip(&explained).filter(|(_, explained)| !**explained).map(|(item, _)| item);
    diff.rust = rest.clone().map(|item| item.text.clone()).collect();
    let changes = diff.changes.iter().map(|change| change.sdk);
    diff.bump = changes.chain(rest.map(|item| item.bump)).max().unwrap_or_default();
}

/// Reads a description that the generator accepts. Lint is part of that: nothing is built from a refused description.
fn api(revision: &Revision) -> Option<Api> {
    lint::check(&revision.description).ok()?;
    Api::read(&revision.description).ok()
}

/// Sets the bump of a change, and marks the items that it explains.
fn judge_change(change: &mut Change, from_types: bool, items: &[Difference], explained: &mut [bool]) {
    let by_types = |id: &str| matches!(check(id).map(|check| check.sdk), Some(Sdk::Types(_)));
    let from_types = from_types && change.verdicts.iter().all(|verdict| by_types(verdict.id));
    if from_types {
        // A change that affects no item is at most a change of text.
        change.sdk = Bump::Patch;
    }
    for (item, explained) in items.iter().zip(explained) {
        if !concerns(change, item) {
            continue;
        }
        change.rust.push(item.text.clone());
        // A change of text does not explain a changed item, even in the same place.
        if by_types(change.id) {
            *explained = true;
            change.sdk = change.sdk.max(item.bump);
        }
    }
}

/// Returns true if the subjects are equal, or one contains the other.
fn concerns(change: &Change, item: &Difference) -> bool {
    let within = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ', '[', ':']))
    };
    within(&change.subject, &item.subject) || within(&item.subject, &change.subject)
}
