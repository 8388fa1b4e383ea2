//! The result of a comparison: changes, and where each one shows.

use std::collections::BTreeSet;

use campfire_codegen::description::yaml::Location;
use serde_json::Value;

use crate::verdict::{Bump, Wire};

/// One change, with one cause.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The check with the most severe verdict; one of [`CHECKS`](crate::CHECKS).
    pub id: &'static str,
    /// The effect on clients of the API: the most severe of `verdicts`.
    pub wire: Wire,
    /// The verdict of each check that found the change, most severe first. There are several if the change shows in
    /// several directions, such as in requests and responses.
    pub verdicts: Vec<Verdict>,
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
    /// The differences that come with it, if one schema took the place of another.
    pub details: Vec<String>,
    /// Identifies the change in allow files. It does not depend on other changes.
    pub fingerprint: String,
    /// The places where it shows.
    pub occurrences: BTreeSet<Occurrence>,
    /// Source location: in the new revision, or in the old one for things that were removed.
    pub location: Location,
    /// The reason it is accepted, if an allow file accepts it.
    pub allowed: Option<String>,
    /// JSON pointers to the place in the old and in the new document.
    pub(crate) pointers: (Option<String>, Option<String>),
}

impl Change {
    /// Puts the most severe verdict first, and takes it as that of the change.
    pub(crate) fn settle(&mut self) {
        self.verdicts.sort_by(|a, b| (b.wire, a.id).cmp(&(a.wire, b.id)));
        if let Some(worst) = self.verdicts.first() {
            (self.id, self.wire) = (worst.id, worst.wire);
        }
    }
}

/// The verdict of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The check; one of [`CHECKS`](crate::CHECKS).
    pub id: &'static str,
    /// The effect on clients of the API.
    pub wire: Wire,
}

impl Verdict {
    pub(crate) fn new(id: &'static str, wire: Wire) -> Self {
        Self { id, wire }
    }
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
#[derive(Clone, Debug)]
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
    /// The mildest verdict that is printed. The summary counts all changes.
    pub level: Wire,
}

impl Diff {
    pub(crate) fn new(changes: Vec<Change>, truncated: bool) -> Self {
        let (rust, bump, level) = (Vec::new(), Bump::None, Wire::Documentation);
        let mut diff = Self { changes, rust, bump, from_types: false, truncated, level };
        diff.sort();
        diff
    }

    pub(crate) fn sort(&mut self) {
        self.changes.sort_by(|a, b| (b.wire, a.id, &a.subject).cmp(&(a.wire, b.id, &b.subject)));
    }

    /// Returns the changes that stop a gate: at least as severe as `at_least`, and not allowed.
    pub fn stopping(&self, at_least: Wire) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.wire >= at_least && change.allowed.is_none())
    }

    /// Returns the changes that are printed.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &Change> {
        self.changes.iter().filter(|change| change.wire >= self.level)
    }

    /// Leaves out changes of extensions whose names start with `prefix`.
    pub fn ignore_extensions(&mut self, prefix: &str) {
        self.changes.retain(|change| change.id != "extension.changed" || !change.subject.starts_with(prefix));
    }
}
