//! The format for pull requests.

use std::fmt::Write as _;

use super::phrases::{other_verdicts, places, short, summary};
use crate::change::{Change, Diff};
use crate::verdict::Wire;

const HEAD: &str =
    "| Check | Subject | Before | After | Where | Rust | Note |\n| --- | --- | --- | --- | --- | --- | --- |\n";

/// Renders a diff as Markdown, for a pull request.
pub fn markdown(diff: &Diff) -> String {
    let mut text = format!("## API changes\n\n{}\n", summary(diff));
    for wire in Wire::ALL.into_iter().rev() {
        let changes: Vec<&Change> = diff.shown().filter(|change| change.wire == wire).collect();
        if changes.is_empty() {
            continue;
        }
        let _ = write!(text, "\n### {} ({})\n\n{HEAD}", capitalized(wire.name()), changes.len());
        for change in changes {
            text.push_str(&row(change));
        }
    }
    if !diff.rust.is_empty() {
        text.push_str("\n### Further changes to the Rust API\n\n");
        for item in &diff.rust {
            let _ = writeln!(text, "- `{item}`");
        }
    }
    text
}

fn row(change: &Change) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
    let note = match &change.allowed {
        Some(reason) => format!("allowed: {reason}"),
        None => format!("`{}`", change.fingerprint),
    };
    format!(
        "| `{}`{} | `{}` | {} | {} | {} | {} | {} |\n",
        change.id,
        other_verdicts(change),
        cell(&change.subject),
        cell(&short(&change.old)),
        cell(&short(&change.new)),
        cell(&places(change)),
        change.sdk,
        cell(&note)
    )
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
