//! `cargo xtask api`: lists the public API, one line per item, so that reviews show how a change affects it.
//!
//! Generated items come from [`campfire_codegen::emit::surface`]. Handwritten items are read from the source, as far as
//! they can be reached from outside, including those re-exported from other crates of the workspace. Trait
//! implementations are left out, except for derives.

mod format;
mod item;
mod listing;
mod workspace;

use std::collections::BTreeSet;

use campfire_codegen::description::spec::Api;
use campfire_codegen::emit::surface::surface;

use crate::project::{Result, load, root};

/// Returns the current listing.
pub(crate) fn current() -> Result<String> {
    let mut lines = listing::handwritten(&root())?;
    for (path, item) in surface(&Api::read(&load()?)?) {
        let separator = if item.signature.is_empty() { "" } else { ": " };
        lines.insert(format!("campfire::{path}{separator}{}", item.signature));
    }
    let mut text = lines.into_iter().collect::<Vec<_>>().join("\n");
    text.push('\n');
    Ok(text)
}

/// Returns the differences between the committed lines and the current ones.
pub(crate) fn difference(before: &str, now: &str) -> String {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (before.lines().collect(), now.lines().collect());
    let removed = old.difference(&new).map(|line| format!("- {line}\n"));
    let added = new.difference(&old).map(|line| format!("+ {line}\n"));
    removed.chain(added).collect()
}
