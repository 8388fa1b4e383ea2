//! The format for terminals.

use std::fmt::Write as _;

use super::phrases::{places, short, summary};
use crate::change::{Change, Diff};
use crate::verdict::Bump;

/// Renders a diff for a terminal.
pub fn text(diff: &Diff) -> String {
    let mut text = String::new();
    for change in &diff.changes {
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
