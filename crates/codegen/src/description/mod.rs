//! Reads the description: YAML files with their line numbers, merged into one document, then operations and schemas.

pub mod bundle;
pub mod format;
pub mod load;
pub(crate) mod markdown;
pub mod names;
pub mod spec;
pub mod yaml;
