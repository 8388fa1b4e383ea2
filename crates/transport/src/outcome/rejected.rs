//! [`RejectedRecord`]: a record of a list that could not be decoded.

use campfire_values::Json;

/// A record of a list that could not be decoded.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RejectedRecord {
    /// The index of the record among those that the server sent, from 0.
    pub index: usize,
    /// The JSON path of the value within the response: `results[17].lines[2].tax`.
    pub path: String,
    /// What was expected and what was found.
    pub reason: String,
    /// The record as received.
    pub raw: Json,
}

impl RejectedRecord {
    #[doc(hidden)]
    pub fn new(index: usize, path: String, reason: String, raw: Json) -> Self {
        Self { index, path, reason, raw }
    }
}

/// What happens to a page when one of its records cannot be decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectedRecords {
    /// The record is collected in `Page::rejected` (or reported as
    /// [`Error::Record`](super::error::Error::Record) in a stream), and the other records are returned.
    #[default]
    Collect,
    /// The whole page fails with [`Error::Record`](super::error::Error::Record), and the list ends there.
    Fail,
}
