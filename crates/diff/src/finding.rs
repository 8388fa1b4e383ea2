//! A difference at one place, before it is gathered into a [`Change`](crate::change::Change).

use campfire_codegen::description::yaml::Location;
use serde_json::Value;

use crate::verdict::Wire;

/// A difference at one place.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) id: String,
    /// The step from the compared pair of schemas to the place: `.name`, or empty.
    pub(crate) step: String,
    pub(crate) subject: String,
    pub(crate) old: Value,
    pub(crate) new: Value,
    /// Overrides the check's verdict where the place makes a difference.
    pub(crate) wire: Option<Wire>,
    pub(crate) at: At,
}

impl Finding {
    pub(crate) fn new(id: impl Into<String>, subject: String, at: At) -> Self {
        Self { id: id.into(), step: String::new(), subject, old: Value::Null, new: Value::Null, wire: None, at }
    }

    /// Sets the old value of something that was removed.
    pub(crate) fn removed(mut self, old: impl Into<Value>) -> Self {
        self.old = old.into();
        self
    }

    /// Sets the new value of something that was added.
    pub(crate) fn added(mut self, new: impl Into<Value>) -> Self {
        self.new = new.into();
        self
    }

    pub(crate) fn values(self, old: impl Into<Value>, new: impl Into<Value>) -> Self {
        self.removed(old).added(new)
    }

    pub(crate) fn step(mut self, step: String) -> Self {
        self.step = step;
        self
    }

    /// Replaces the check's verdict if `condition` holds.
    pub(crate) fn wire_if(mut self, condition: bool, wire: Wire) -> Self {
        self.wire = condition.then_some(wire);
        self
    }
}

/// The place of a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum At {
    /// A JSON pointer into the old document, for things that were removed.
    Old(String),
    /// A JSON pointer into the new document.
    New(String),
    /// A place outside of the documents.
    Location(Location),
}
