//! The draft of a changelog.

use std::fmt::Write as _;

use serde_json::Value;

use super::phrases::short;
use crate::change::{Change, Diff};
use crate::verdict::Bump;

/// Renders the draft of a changelog, with the sections of Keep a Changelog.
pub fn changelog(diff: &Diff) -> String {
    let mut text = String::new();
    for section in ["Added", "Changed", "Deprecated", "Removed"] {
        let changes = diff.shown().filter(|change| change.sdk > Bump::Patch && self::section(change) == section);
        write_section(&mut text, section, changes.map(entry));
    }
    // Items that were added or removed belong to a change listed above.
    let changed = diff.rust.iter().filter_map(|item| item.strip_prefix("~ "));
    write_section(&mut text, "Rust API", changed.map(|item| format!("- **breaking:** `{item}`")));
    text
}

fn write_section(text: &mut String, name: &str, entries: impl Iterator<Item = String>) {
    let entries: Vec<String> = entries.collect();
    if !entries.is_empty() {
        let _ = write!(text, "### {name}\n\n{}\n\n", entries.join("\n"));
    }
}

fn section(change: &Change) -> &'static str {
    match change.id.rsplit('.').next().unwrap_or_default() {
        "added" | "offered" | "introduced" => "Added",
        "removed" | "dropped" | "omitted" => "Removed",
        "deprecated" => "Deprecated",
        _ => "Changed",
    }
}

fn entry(change: &Change) -> String {
    let breaking = if change.sdk == Bump::Major { "**breaking:** " } else { "" };
    let values = match (&change.old, &change.new) {
        (Value::Null, new) => short(new),
        (old, Value::Null) => short(old),
        (old, new) => format!("{} → {}", short(old), short(new)),
    };
    format!("- {breaking}`{}` ({}): {values}", change.subject, change.id)
}
