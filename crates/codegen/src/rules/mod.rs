//! Checks a description against the rules of [`crate::description::rule`], one file per subject.

mod aliases;
mod anywhere;
mod client_key;
mod currency;
mod example;
pub mod lint;
mod operation;
mod operation_ids;
mod parameter;
mod property;
mod prose;
mod references;
mod report;
mod rust_name;
mod sandbox;
mod schema;
mod tag;
