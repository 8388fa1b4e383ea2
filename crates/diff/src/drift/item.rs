//! The entries of the to-do list.

use std::fmt;

use campfire_codegen::description::yaml::Location;
use serde_json::Value;

/// One difference to look at.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// The kind of difference.
    pub kind: Kind,
    /// The check that found it; one of [`CHECKS`](crate::CHECKS).
    pub id: &'static str,
    /// The place that differs: `components.schemas.Tag.name`.
    pub subject: String,
    /// The value in our description, or null.
    pub ours: Value,
    /// The vendor's value, or null.
    pub vendors: Value,
    /// A few of the operations where it shows.
    pub places: Vec<String>,
    /// Source location: in our description, or in the vendor's schema for additions.
    pub location: Location,
    /// For additions: facts to paste into our description, without any prose.
    pub snippet: Option<String>,
}

/// The kind of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Only the vendor has it.
    New,
    /// Only our description has it.
    Gone,
    /// Both have it, but differently.
    Different,
    /// Our description states a deviation that the vendor's schema no longer bears out.
    Stale,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Different => "different",
            Self::Stale => "deviation can go",
        })
    }
}
