//! Stored records.

use std::borrow::Cow;

use campfire_values::Json;

use crate::state::fields::Fields;

/// Seconds since 1970. The server's times have no fractions.
pub(crate) type Seconds = i64;

/// A stored record.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    pub(crate) fields: Fields,
    /// The ids in the path above the record, such as `contract_id`.
    pub(crate) parents: Vec<(Cow<'static, str>, i64)>,
    pub(crate) created: Seconds,
    pub(crate) modified: Seconds,
    pub(crate) deleted: Option<Seconds>,
    /// `true` if the sandbox created the record for its own use, such as the control accounts of an empty chart.
    pub(crate) system: bool,
}

impl Record {
    /// Returns `true` if the record is below all of these parents.
    pub(crate) fn is_below(&self, parents: &[(&'static str, i64)]) -> bool {
        parents.iter().all(|(name, id)| self.parents.iter().any(|(known, parent)| known == name && parent == id))
    }

    /// Returns the time that orders change feeds and that `last_modified_at` filters compare.
    pub(crate) fn touched(&self) -> Seconds {
        self.deleted.unwrap_or(self.modified)
    }
}

/// Writes a time as the live server does: `2025-01-01T00:00:00+0000`.
pub(crate) fn server_time(time: Seconds) -> Json {
    let utc = chrono::DateTime::<chrono::Utc>::from_timestamp(time, 0).unwrap_or_default();
    Json::String(utc.format("%Y-%m-%dT%H:%M:%S+0000").to_string())
}
