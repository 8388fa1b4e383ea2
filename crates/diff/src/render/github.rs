//! The format for GitHub workflows.

use std::fmt::Write as _;

use super::phrases::{short, summary};
use crate::change::{Change, Diff};
use crate::verdict::Wire;

/// Renders a diff as workflow annotations, one line for each risky or worse change.
pub fn github(diff: &Diff) -> String {
    let mut text = String::new();
    for change in diff.shown().filter(|change| change.wire >= Wire::Risky) {
        let message =
            format!("{}: {} → {} [{}]", change.subject, short(&change.old), short(&change.new), change.fingerprint);
        let _ = writeln!(
            text,
            "::{} file={},line={},title={}::{}",
            level(change),
            escaped(&change.location.file).replace(',', "%2C").replace(':', "%3A"),
            change.location.line,
            change.id,
            escaped(&message)
        );
    }
    let _ = writeln!(text, "{}", summary(diff));
    text
}

fn level(change: &Change) -> &'static str {
    match (change.wire, &change.allowed) {
        (_, Some(_)) => "notice",
        (Wire::Risky, None) => "warning",
        _ => "error",
    }
}

fn escaped(value: &str) -> String {
    value.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
