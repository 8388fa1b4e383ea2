//! `cargo xtask drift VENDOR.json`: what the vendor's current schema says otherwise.

use std::path::Path;

use campfire_diff::Revision;
use campfire_diff::drift;

use crate::Result;

/// The to-do list.
pub(crate) fn run(vendors: &str) -> Result<String> {
    let ours = Revision::read(&crate::openapi())?;
    let vendors = Revision::read(Path::new(vendors))?;
    Ok(drift::text(&drift::drift(&ours, &vendors)))
}
