//! The format for terminals.

use std::fmt::Write as _;

use super::phrases::{other_verdicts, places, short, summary};
use crate::change::{Change, Diff};
use crate::verdict::{Bump, Wire};

/// The number of breaking changes above which they are listed first, one line each.
const LIST_ABOVE: usize = 5;

/// The number of Rust items and of details listed for one change.
const LISTED: usize = 10;

/// Renders a diff for a terminal.
pub fn text(diff: &Diff) -> String {
    let mut text = String::new();
    let breaking: Vec<&Change> = diff.shown().filter(|change| change.wire >= Wire::Breaking).collect();
    if breaking.len() > LIST_ABOVE {
        for change in &breaking {
            let line = format!("{} {}: {}", change.id, change.subject, values(change));
            let _ = writeln!(text, "{line}");
        }
        text.push('\n');
    }
    for change in diff.shown() {
        write_change(&mut text, change);
    }
    if !diff.rust.is_empty() {
        let _ = writeln!(text, "Further changes to the Rust API:");
        for item in &diff.rust {
            let _ = writeln!(text, "    {item}");
        }
    }
    if diff.truncated {
        let _ = writeln!(text, "Some occurrences are not listed because there are too many.");
    }
    let _ = writeln!(text, "{}", summary(diff));
    text
}

fn write_change(text: &mut String, change: &Change) {
    let _ = writeln!(text, "{}: {}{} [{}]", change.wire, change.id, other_verdicts(change), change.fingerprint);
    let _ = writeln!(text, "    {}: {}", change.subject, values(change));
    let _ = writeln!(text, "    at {}", change.location);
    let places = places(change);
    if !places.is_empty() && places != change.subject {
        let _ = writeln!(text, "    in {places}");
    }
    write_list(text, &change.details);
    if change.sdk > Bump::None {
        let _ = writeln!(text, "    Rust: {}", change.sdk);
    }
    write_list(text, &change.rust);
    if let Some(reason) = &change.allowed {
        let _ = writeln!(text, "    allowed: {reason}");
    }
}

fn write_list(text: &mut String, lines: &[String]) {
    for line in lines.iter().take(LISTED) {
        let _ = writeln!(text, "      {line}");
    }
    if lines.len() > LISTED {
        let _ = writeln!(text, "      and {} more", lines.len() - LISTED);
    }
}

fn values(change: &Change) -> String {
    if change.old == change.new {
        return short(&change.new);
    }
    format!("{} → {}", short(&change.old), short(&change.new))
}
