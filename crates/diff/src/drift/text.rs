//! Prints the to-do list.

use std::fmt::Write as _;

use super::item::{Item, Kind};

/// Renders the list for readers, with the snippets.
pub fn text(items: &[Item]) -> String {
    let mut text = String::new();
    for item in items {
        let _ = writeln!(text, "{}: {} ({})", item.kind, item.subject, item.id);
        let _ = writeln!(text, "    at {}", item.location);
        if matches!(item.kind, Kind::Different | Kind::Stale) {
            let _ = writeln!(text, "    ours: {}, the vendor's: {}", item.ours, item.vendors);
        }
        if !item.places.is_empty() {
            let _ = writeln!(text, "    in {}", item.places.join("; "));
        }
        for line in item.snippet.iter().flat_map(|snippet| snippet.lines()) {
            let _ = writeln!(text, "    | {line}");
        }
    }
    let count = |kind| items.iter().filter(|item| item.kind == kind).count();
    let (new, gone, different) = (count(Kind::New), count(Kind::Gone), count(Kind::Different));
    let stale = count(Kind::Stale);
    let _ = writeln!(text, "{new} new, {gone} gone, {different} different, {stale} deviations can go");
    text
}
