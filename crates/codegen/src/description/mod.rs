//! Reads the description: YAML files with their line numbers, merged into one document, then operations and schemas.

pub mod bundle;
pub mod extension;
pub mod format;
mod lines;
pub mod load;
pub(crate) mod markdown;
pub mod names;
pub mod node;
pub mod overlay;
mod read;
pub mod references;
pub mod rule;
mod select;
pub mod spec;
pub mod yaml;
