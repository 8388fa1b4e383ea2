//! `cargo xtask drift VENDOR.json`: compares the description with the vendor's current schema.

use std::path::Path;

use campfire_diff::{Revision, drift};

use crate::project::{Result, openapi};

/// Returns the to-do list.
pub(crate) fn run(vendors: &Path) -> Result<String> {
    let ours = Revision::read(&openapi())?;
    let vendors = Revision::read(vendors)?;
    Ok(drift::text(&drift::drift(&ours, &vendors)))
}
