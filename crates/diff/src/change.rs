//! The result of a comparison: changes, and where each one shows.

use std::collections::BTreeSet;

use campfire_codegen::description::yaml::Location;
use serde_json::Value;

use crate::verdict::{Bump, Wire};

/// One change, with one cause.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The check that found it; one of [`CHECKS`](crate::CHECKS).
    pub id: &'static str,
    /// Its effect on clients of the API.
    pub wire: Wire,
    /// The version bump it requires of the SDK.
    pub sdk: Bump,
    /// Rust items affected, such as `~ types::Contract.status: Option<String> → Option<i64>`.
    pub rust: Vec<String>,
    /// The root cause: `components.schemas.Tag.name`, `GET /x query:limit`.
    pub subject: String,
    /// The old value, or null.
    pub old: Value,
    /// The new value, or null.
    pub new: Value,
    /// Identifies the change in allow files. It does not depend on other changes.
    pub fingerprint: String,
    /// The places where it shows.
    pub occurrences: BTreeSet<Occurrence>,
    /// Source location: in the new revision, or in the old one for things that were removed.
    pub location: Location,
    /// The reason it is accepted, if an allow file accepts it.
    pub allowed: Option<String>,
}

/// A place where a change shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// `GET /x`; empty for the document as a whole.
    pub operation: String,
    /// `query:limit`, `.results[].tags[].name`; empty for the operation itself.
    pub place: String,
}

impl Occurrence {
    pub(crate) fn new(operation: &str, place: &str) -> Self {
        Self { operation: operation.to_owned(), place: place.to_owned() }
    }
}

/// All changes between two revisions.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Diff {
    /// Changes, most severe on the wire first, then by id and subject.
    pub changes: Vec<Change>,
    /// Changes to the Rust API that no single change above accounts for, one item per line.
    pub rust: Vec<String>,
    /// The required version bump.
    pub bump: Bump,
    /// True if the bump comes from comparing the generated types. It comes from the table of checks otherwise.
    pub from_types: bool,
    /// True if occurrences were left out because there are too many.
    pub truncated: bool,
}

impl Diff {
    /// Returns the changes that stop a gate: at least as severe as `at_least`, and not allowed. Unclassified changes
    /// are always among them.
    pub fn stopping(&self, at_least: Wire) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.wire >= at_least && change.allowed.is_none())
    }
}
