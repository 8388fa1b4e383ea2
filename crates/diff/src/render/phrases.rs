//! Phrases that several formats share.

use serde_json::Value;

use crate::change::{Change, Diff, Occurrence};
use crate::verdict::Wire;

/// Number of occurrences shown to human readers.
const SHOWN: usize = 3;

pub(super) fn count(diff: &Diff, wire: Wire) -> usize {
    diff.changes.iter().filter(|change| change.wire == wire).count()
}

/// Summarizes the number of changes by verdict, and the required bump.
pub(super) fn summary(diff: &Diff) -> String {
    if diff.changes.is_empty() {
        return format!("No changes. Required version bump: {}.", diff.bump);
    }
    let kinds: Vec<String> = Wire::ALL
        .into_iter()
        .rev()
        .filter(|wire| count(diff, *wire) > 0)
        .map(|wire| format!("{} {wire}", count(diff, wire)))
        .collect();
    let changes = match diff.changes.len() {
        1 => "1 change".to_owned(),
        all => format!("{all} changes"),
    };
    let basis = if diff.from_types { "" } else { " (estimated: the generator does not accept both revisions)" };
    format!("{changes}: {}. Required version bump: {}{basis}.", kinds.join(", "), diff.bump)
}

/// Shortens a value to one line.
pub(super) fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(80) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

/// Lists the verdicts in other directions: `, risky: response.enum.added`.
pub(super) fn other_verdicts(change: &Change) -> String {
    change.verdicts.iter().skip(1).map(|verdict| format!(", {}: {}", verdict.wire, verdict.id)).collect()
}

/// Lists the first occurrences of a change.
pub(super) fn places(change: &Change) -> String {
    let first = change.occurrences.iter().take(SHOWN).filter(|occurrence| !occurrence.operation.is_empty());
    let first: Vec<String> =
        first.map(|Occurrence { operation, place }| format!("{operation} {place}").trim_end().to_owned()).collect();
    let text = first.join("; ");
    match change.occurrences.len() {
        0..=SHOWN => text,
        all => format!("{text}; and {} more", all - SHOWN),
    }
}
