//! Generates Rust source and data from a description.

mod arguments;
mod builders;
pub mod calls;
mod constructors;
mod conversions;
pub mod deviations;
mod docs;
mod field_groups;
pub mod forms;
pub mod handles;
pub mod id_types;
pub mod ids;
pub(crate) mod links;
pub mod lists;
pub mod lower;
pub mod mocks;
pub mod model;
pub mod operations;
pub(crate) mod progenitor;
pub mod resources;
pub mod rust_type;
pub mod samples;
pub mod server;
pub(crate) mod source;
pub mod surface;
pub mod tables;
pub mod types;
