//! The machine-readable format.

use serde_json::{Map, Value, json};

use super::phrases::count;
use crate::change::{Change, Diff, Occurrence, Verdict};
use crate::verdict::Wire;

/// Renders a diff as `{summary, changes: [{id, wire, sdk, subject, old, new, fingerprint, occurrences, …}]}`.
pub fn json(diff: &Diff) -> Value {
    let counts: Map<String, Value> =
        Wire::ALL.into_iter().map(|wire| (wire.name().to_owned(), json!(count(diff, wire)))).collect();
    json!({
        "summary": {
            "changes": diff.changes.len(),
            "wire": counts,
            "allowed": diff.changes.iter().filter(|change| change.allowed.is_some()).count(),
            "bump": diff.bump.name(),
            "from_types": diff.from_types,
            "rust": diff.rust,
            "truncated": diff.truncated,
        },
        "changes": diff.shown().map(change).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    let verdict = |verdict: &Verdict| json!({"id": verdict.id, "wire": verdict.wire.name()});
    let occurrence = |Occurrence { operation, place }: &Occurrence| json!({"operation": operation, "place": place});
    json!({
        "id": change.id,
        "wire": change.wire.name(),
        "verdicts": change.verdicts.iter().map(verdict).collect::<Vec<_>>(),
        "sdk": change.sdk.name(),
        "rust": change.rust,
        "subject": change.subject,
        "old": change.old,
        "new": change.new,
        "details": change.details,
        "fingerprint": change.fingerprint,
        "file": &*change.location.file,
        "line": change.location.line,
        "allowed": change.allowed,
        "occurrences": change.occurrences.iter().map(occurrence).collect::<Vec<_>>(),
    })
}
