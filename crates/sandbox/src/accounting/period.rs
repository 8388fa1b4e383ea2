//! Closed books.

use super::Books;
use crate::api::Reply;
use campfire_values::Date;

/// Refuses what would be posted, changed or deleted in a closed period.
pub(crate) fn must_be_open(books: &Books<'_>, date: Date) -> Result<(), Reply> {
    match books.store.closed_until {
        Some(last) if date <= last => {
            Err(Reply::detail(400, &format!("The books are closed through {last}: {date} cannot be posted to.")))
        }
        _ => Ok(()),
    }
}
