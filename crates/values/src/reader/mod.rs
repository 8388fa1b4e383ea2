//! A pull reader of JSON text.
//!
//! It is concrete where serde is generic: a type asks for the value it needs, and the reader checks the grammar as it
//! goes. It accepts the texts that `serde_json` accepts, keeps the digits of numbers, and knows where it stands when a
//! value does not fit.

mod checksum;
mod collect;
mod memory;
mod names;
mod number;
mod object;
mod order;
mod record;
mod scan;
mod tokens;

pub use memory::EXPANSION;
pub(crate) use names::Place;
pub use number::Number;
pub(crate) use object::TWICE;
pub use object::{Key, Object};
pub(crate) use order::name;
pub use order::{Fields, MAX_FIELDS, NO_FIELDS};
pub(crate) use record::RecordParts;
pub use tokens::{List, Mark, Reader};
