//! Writes a diff: for a terminal, as JSON, for a pull request, as annotations, as the draft of a changelog.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{Bump, Change, Diff, Occurrence, Wire};

/// How many places of a change are shown where people read.
const SHOWN: usize = 3;

/// The machine's form: `{summary, changes: [{id, wire, sdk, subject, old, new, fingerprint, occurrences}]}`.
pub fn json(diff: &Diff) -> Value {
    let changes: Vec<Value> = diff.changes.iter().map(change_json).collect();
    let counts: serde_json::Map<String, Value> =
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
        "changes": changes,
    })
}

fn change_json(change: &Change) -> Value {
    let occurrences: Vec<Value> = change
        .occurrences
        .iter()
        .map(|Occurrence { operation, place }| json!({"operation": operation, "place": place}))
        .collect();
    json!({
        "id": change.id,
        "wire": change.wire.name(),
        "sdk": change.sdk.name(),
        "rust": change.rust,
        "subject": change.subject,
        "old": change.old,
        "new": change.new,
        "fingerprint": change.fingerprint,
        "file": &*change.location.file,
        "line": change.location.line,
        "allowed": change.allowed,
        "occurrences": occurrences,
    })
}

fn count(diff: &Diff, wire: Wire) -> usize {
    diff.changes.iter().filter(|change| change.wire == wire).count()
}

/// One paragraph: how many of which kind, and the bump.
fn summary(diff: &Diff) -> String {
    if diff.changes.is_empty() {
        return format!("No change. Version bump: {}.", diff.bump);
    }
    let kinds: Vec<String> = Wire::ALL
        .into_iter()
        .rev()
        .filter(|wire| count(diff, *wire) > 0)
        .map(|wire| format!("{} {wire}", count(diff, wire)))
        .collect();
    let basis = if diff.from_types { "" } else { " (by the table: a revision is not in our dialect)" };
    format!("{} changes: {}. Version bump: {}{basis}.", diff.changes.len(), kinds.join(", "), diff.bump)
}

/// A value in a line.
fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(80) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

fn places(change: &Change) -> String {
    let mut text = String::new();
    for Occurrence { operation, place } in change.occurrences.iter().take(SHOWN) {
        if !operation.is_empty() {
            let _ = write!(text, "{}{operation} {place}", if text.is_empty() { "" } else { "; " });
            text.truncate(text.trim_end().len());
        }
    }
    match change.occurrences.len() {
        0..=SHOWN => text,
        all => format!("{text}; and {} more places", all - SHOWN),
    }
}

/// For a terminal.
pub fn text(diff: &Diff) -> String {
    let mut text = String::new();
    for change in &diff.changes {
        let _ = writeln!(text, "{}: {} [{}]", change.wire, change.id, change.fingerprint);
        let _ = writeln!(text, "    {}: {} → {}", change.subject, short(&change.old), short(&change.new));
        let _ = writeln!(text, "    at {}", change.location);
        let places = places(change);
        if !places.is_empty() && places != change.subject {
            let _ = writeln!(text, "    in {places}");
        }
        if change.sdk > Bump::None {
            let _ = writeln!(text, "    Rust: {}", change.sdk);
        }
        for item in &change.rust {
            let _ = writeln!(text, "      {item}");
        }
        if let Some(reason) = &change.allowed {
            let _ = writeln!(text, "    allowed: {reason}");
        }
    }
    if !diff.rust.is_empty() {
        let _ = writeln!(text, "In consequence, in Rust:");
        for item in &diff.rust {
            let _ = writeln!(text, "    {item}");
        }
    }
    if diff.truncated {
        let _ = writeln!(text, "Not all places are listed: there are too many.");
    }
    let _ = writeln!(text, "{}", summary(diff));
    text
}

/// For a pull request.
pub fn markdown(diff: &Diff) -> String {
    let mut text = format!("## API changes\n\n{}\n", summary(diff));
    for wire in Wire::ALL.into_iter().rev() {
        let changes: Vec<&Change> = diff.changes.iter().filter(|change| change.wire == wire).collect();
        if changes.is_empty() {
            continue;
        }
        let _ = write!(
            text,
            "\n### {} ({})\n\n| check | what | before | after | where | Rust | |\n| --- | --- | --- | --- | --- | --- | --- |\n",
            capital(wire.name()),
            changes.len()
        );
        for change in changes {
            let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
            let note = match &change.allowed {
                Some(reason) => format!("allowed: {reason}"),
                None => format!("`{}`", change.fingerprint),
            };
            let _ = writeln!(
                text,
                "| `{}` | `{}` | {} | {} | {} | {} | {} |",
                change.id,
                cell(&change.subject),
                cell(&short(&change.old)),
                cell(&short(&change.new)),
                cell(&places(change)),
                change.sdk,
                cell(&note)
            );
        }
    }
    if !diff.rust.is_empty() {
        text.push_str("\n### In consequence, in Rust\n\n");
        for item in &diff.rust {
            let _ = writeln!(text, "- `{item}`");
        }
    }
    text
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Annotations of GitHub's workflows: a line for each change that is not harmless.
pub fn github(diff: &Diff) -> String {
    let mut text = String::new();
    let escaped = |value: &str| value.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    for change in diff.changes.iter().filter(|change| change.wire >= Wire::Risky) {
        let level = match (change.wire, &change.allowed) {
            (_, Some(_)) => "notice",
            (Wire::Risky, None) => "warning",
            _ => "error",
        };
        let message =
            format!("{}: {} → {} [{}]", change.subject, short(&change.old), short(&change.new), change.fingerprint);
        let file = escaped(&change.location.file).replace(',', "%2C").replace(':', "%3A");
        let _ = writeln!(
            text,
            "::{level} file={file},line={},title={}::{}",
            change.location.line,
            change.id,
            escaped(&message)
        );
    }
    let _ = writeln!(text, "{}", summary(diff));
    text
}

/// The draft of a changelog: what has changed, in the groups of Keep a Changelog.
pub fn changelog(diff: &Diff) -> String {
    let group = |change: &Change| match change.id.rsplit('.').next().unwrap_or_default() {
        "added" | "offered" | "introduced" => "Added",
        "removed" | "dropped" | "omitted" => "Removed",
        "deprecated" => "Deprecated",
        _ => "Changed",
    };
    let mut text = String::new();
    for name in ["Added", "Changed", "Deprecated", "Removed"] {
        let changes: Vec<&Change> =
            diff.changes.iter().filter(|change| change.sdk > Bump::Patch && group(change) == name).collect();
        if changes.is_empty() {
            continue;
        }
        let _ = write!(text, "### {name}\n\n");
        for change in changes {
            let breaking = if change.sdk == Bump::Major { "**breaking:** " } else { "" };
            let values = match (&change.old, &change.new) {
                (Value::Null, new) => short(new),
                (old, Value::Null) => short(old),
                (old, new) => format!("{} → {}", short(old), short(new)),
            };
            let _ = writeln!(text, "- {breaking}`{}` ({}): {values}", change.subject, change.id);
        }
        text.push('\n');
    }
    // Those that are new or gone come with a change that is told above.
    let moved: Vec<&String> = diff.rust.iter().filter(|item| item.starts_with('~')).collect();
    if !moved.is_empty() {
        text.push_str("### In Rust\n\n");
        for item in moved {
            let _ = writeln!(text, "- **breaking:** `{}`", item.trim_start_matches("~ "));
        }
        text.push('\n');
    }
    text
}
