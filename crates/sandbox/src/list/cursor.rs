//! Cursors of change feeds.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::messages::query::Query;
use crate::state::record::Seconds;

/// Parameters that select a page, not records.
const PAGING: [&str; 4] = ["cursor", "limit", "offset", "skip_count"];

/// Returns the cursor after a record. It is valid only with the filters of this query.
pub(super) fn write(query: &Query, time: Seconds, id: i64) -> String {
    format!("{time:x}.{id:x}-{:x}", filter_hash(query))
}

/// Returns the position of a cursor, unless it belongs to other filters.
pub(super) fn read(query: &Query, cursor: &str) -> Option<(Seconds, i64)> {
    let (position, hash) = cursor.split_once('-')?;
    let (time, id) = position.split_once('.')?;
    let position = (i64::from_str_radix(time, 16).ok()?, i64::from_str_radix(id, 16).ok()?);
    (u64::from_str_radix(hash, 16).ok()? == filter_hash(query)).then_some(position)
}

/// Returns a hash of the parameters that select records.
pub(super) fn filter_hash(query: &Query) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, values) in query.iter().filter(|(name, _)| !PAGING.contains(name)) {
        (name, values).hash(&mut hasher);
    }
    hasher.finish()
}
