//! Stored records.

use std::borrow::Cow;

use campfire_values::{Decimal, Json};

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

/// The digits before the point of the least amount that counts as large.
const LARGE_DIGITS: usize = 11;

/// Returns `true` if a value contains an amount of 10^10 or more. The narrowest range of a total ends at 10^13, so without
/// such amounts it takes a thousand records to leave it.
pub(super) fn is_large(value: &Json) -> bool {
    // Looking at the digits is faster than reading the number. Other text, such as an identifier, rarely begins with so many.
    let is_large_text = |text: &str| {
        let digits = text.trim_start_matches('-').bytes().take_while(u8::is_ascii_digit);
        digits.count() >= LARGE_DIGITS || (text.contains(['e', 'E']) && text.parse::<Decimal>().is_ok())
    };
    match value {
        Json::Number(number) => is_large_text(number.as_str()),
        Json::String(text) => is_large_text(text),
        Json::Array(items) => items.iter().any(is_large),
        Json::Object(fields) => fields.values().any(is_large),
        Json::Null | Json::Bool(_) => false,
    }
}

/// Writes a time as the live server does: `2025-01-01T00:00:00+0000`.
pub(crate) fn server_time(time: Seconds) -> Json {
    let utc = chrono::DateTime::<chrono::Utc>::from_timestamp(time, 0).unwrap_or_default().naive_utc();
    // Not `format`, which reads the pattern each time: every record of a page has two times.
    Json::String(format!("{}T{}+0000", utc.date(), utc.time()))
}
