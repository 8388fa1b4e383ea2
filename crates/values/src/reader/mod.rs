//! A pull reader of JSON text.
//!
//! It is concrete where serde is generic: a type asks for the value it needs, and the reader checks the grammar as it
//! goes. It accepts the texts that `serde_json` accepts, keeps the digits of numbers, and knows where it stands when a
//! value does not fit.

mod collect;
mod memory;
mod number;
mod object;
mod order;
mod scan;
mod tokens;

pub use memory::EXPANSION;
pub use number::Number;
pub use object::{Key, Object};
pub use order::{Fields, MAX_FIELDS, NO_FIELDS};
pub use tokens::{List, Mark, Reader};
