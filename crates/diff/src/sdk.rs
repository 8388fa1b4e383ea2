//! What a change does to users of the generated Rust: judged by the Rust items of both revisions, where both are in our
//! dialect, and by the table of checks where not.

use crate::checks::{Bump, Sdk, check};
use crate::surface::{Difference, differences};
use crate::{Change, Diff, Revision};
use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::surface::surface;
use campfire_codegen::rules::lint;

/// Gives each change its bump, and the whole diff the one that is due.
pub(crate) fn judge(old: &Revision, new: &Revision, diff: &mut Diff) {
    let api = |revision: &Revision| {
        // What the lint refuses is not built, so it has no items.
        lint::check(&revision.description).ok().and_then(|()| Api::read(&revision.description).ok())
    };
    let items = match (api(old), api(new)) {
        (Some(old), Some(new)) => Some(differences(&surface(&old), &surface(&new))),
        _ => None,
    };
    diff.from_types = items.is_some();
    let items = items.unwrap_or_default();
    let mut told = vec![false; items.len()];
    for change in &mut diff.changes {
        let Some(check) = check(change.id) else { continue };
        change.sdk = match check.sdk {
            Sdk::Always(bump) => bump,
            Sdk::Types(bump) if !diff.from_types => bump,
            // What leaves all items as they are is at most another text.
            Sdk::Types(_) => Bump::Patch,
        };
        for (item, told) in items.iter().zip(&mut told) {
            if !concerns(change, item) {
                continue;
            }
            change.rust.push(item.text.clone());
            // A change of words at the same place accounts for no item.
            if matches!(check.sdk, Sdk::Types(_)) {
                *told = true;
                change.sdk = change.sdk.max(item.bump);
            }
        }
    }
    let rest = items.iter().zip(&told).filter(|(_, told)| !**told).map(|(item, _)| item);
    diff.rust = rest.clone().map(|item| item.text.clone()).collect();
    let changes = diff.changes.iter().map(|change| change.sdk);
    diff.bump = changes.chain(rest.map(|item| item.bump)).max().unwrap_or_default();
}

/// Whether an item comes from what has changed: the same place, or one within the other.
fn concerns(change: &Change, item: &Difference) -> bool {
    let within = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ', '[', ':']))
    };
    within(&change.subject, &item.subject) || within(&item.subject, &change.subject)
}
