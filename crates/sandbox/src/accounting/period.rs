//! Closed books.

use campfire_values::Date;

use crate::accounting::books::Books;
use crate::messages::reply::Reply;

/// Refuses to post, change, or delete on a date in a closed period.
pub(super) fn must_be_open(books: &Books<'_>, date: Date) -> Result<(), Reply> {
    match books.store.closed_through {
        Some(last) if date <= last => {
            Err(Reply::detail(400, &format!("The books are closed through {last}: {date} cannot be posted to.")))
        }
        _ => Ok(()),
    }
}

/// Like [`must_be_open`], for a record that may have no date.
pub(super) fn must_be_open_if_dated(books: &Books<'_>, date: Option<Date>) -> Result<(), Reply> {
    date.map_or(Ok(()), |date| must_be_open(books, date))
}
