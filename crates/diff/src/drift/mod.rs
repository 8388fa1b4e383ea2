//! Lists where the vendor's current schema differs from our description, as a to-do list.
//!
//! Schemas are compared by where they are used, whatever the vendor calls them. Artifacts of the vendor's framework are
//! read by their meaning: bodies in three media types, `Patched…` twins, enums behind `oneOf` with a blank and a null
//! alternative, duplicate operation ids. Differences explained by `x-deviation` or `x-untyped` are left out, and so are
//! descriptions. A deviation that the vendor's schema no longer bears out is an entry of its own.

mod claims;
mod compare;
mod excuse;
mod item;
mod kind;
mod snippet;
mod stale;
mod text;
mod vendor;

pub use compare::drift;
pub use item::{Item, Kind};
pub use text::text;
