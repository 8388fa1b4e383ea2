//! [`Refusal`]: why a tool has no result.

use std::fmt;

/// Why a tool has no result, as the agent reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(String);

impl Refusal {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The errors of the SDK name the operation, what happened, and what to do. They never contain the API key.
impl From<campfire::Error> for Refusal {
    fn from(error: campfire::Error) -> Self {
        Self(error.to_string())
    }
}
