//! A difference at one place, before it is gathered into a [`Change`](crate::change::Change).

use campfire_codegen::description::yaml::Location;
use serde_json::Value;

use crate::verdict::{Bump, Wire};

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
    /// Overrides the check's version bump for revisions that cannot be generated.
    pub(crate) sdk: Option<Bump>,
    pub(crate) at: At,
}

impl Finding {
    pub(crate) fn new(id: impl Into<String>, subject: String, at: At) -> Self {
        let (step, old, new) = (String::new(), Value::Null, Value::Null);
        Self { id: id.into(), step, subject, old, new, wire: None, sdk: None, at }
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
        if condition {
            self.wire = Some(wire);
        }
        self
    }

    /// Judges an addition that every caller has to react to.
    pub(crate) fn breaking_if(mut self, required: bool) -> Self {
        if required {
            (self.wire, self.sdk) = (Some(Wire::Breaking), Some(Bump::Major));
        }
        self
    }
}

/// The place of a finding, as JSON pointers into the documents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum At {
    /// A place in the old document, for things that were removed.
    Old(String),
    /// A place in the new document, for things that were added.
    New(String),
    /// A place in both documents, the old one first.
    Both(String, String),
    /// A place outside of the documents.
    Location(Location),
}

impl At {
    /// Returns the pointer into the old document.
    pub(crate) fn in_old(&self) -> Option<&str> {
        match self {
            Self::Old(pointer) | Self::Both(pointer, _) => Some(pointer),
            Self::New(_) | Self::Location(_) => None,
        }
    }

    /// Returns the pointer into the new document.
    pub(crate) fn in_new(&self) -> Option<&str> {
        match self {
            Self::New(pointer) | Self::Both(_, pointer) => Some(pointer),
            Self::Old(_) | Self::Location(_) => None,
        }
    }
}
