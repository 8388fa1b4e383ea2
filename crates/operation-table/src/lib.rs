//! The operations of the Campfire API as data: parameters, bodies, limits, and documentation.
//!
//! `campfire-codegen` writes a table from the API description, and `campfire-sdk` reads it (feature `operations`). Both use
//! these types, so the two cannot disagree about a name. The feature `check` adds what checks values against a table.
//!
//! A table is text with one entry per line, sorted by name: the name, a tab, and the entry as JSON. A reader finds the line
//! of an entry by its name and parses nothing else. Texts are borrowed from the table.

#[cfg(feature = "check")]
pub mod check;
mod compact;
mod operation;
mod schema;
#[cfg(feature = "check")]
pub mod suggest;
mod text;

pub use operation::{Body, ErrorStatus, Money, Operation, Paging, Parameter, Response, Retry};
pub use schema::{Bound, EnumValue, Field, Limits, Schema, SchemaKind, Type};
pub use text::{entries, find, write};
