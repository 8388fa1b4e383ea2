//! Lists where the vendor's current schema differs from our description, as a to-do list.
//!
//! Artifacts of the vendor's framework are read by their meaning: bodies in three media types, `Patched…` twins, enums
//! behind `oneOf` with a blank and a null alternative, hashed names, duplicate operation ids. Differences explained by
//! `x-deviation` are left out, and so are descriptions.

mod compare;
mod item;
mod snippet;
mod text;
mod vendor;

pub use compare::drift;
pub use item::{Item, Kind};
pub use text::text;
