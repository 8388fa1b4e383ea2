//! Merging: two offsetting lines of different entries vanish, and what is left is one entry.

use super::{Books, Done, JOURNALS, LINES, Request, journal, not_found, period, refuse};
use crate::api::Reply;
use crate::list;
use campfire_values::{Decimal, Json};

/// Merges two lines, or shows what would remain.
pub(crate) fn merge(books: &mut Books<'_>, request: &Request<'_>, for_good: bool) -> Result<Done, Reply> {
    let sent = request.body.get("transaction_ids").and_then(Json::as_array).unwrap_or_default();
    let mut ids: Vec<i64> = sent.iter().filter_map(Json::as_i64).collect();
    if let Some(text) = list::first(request.query, "transaction_ids") {
        ids.extend(text.split(',').filter_map(|id| id.trim().parse::<i64>().ok()));
    }
    let [one, other] = ids[..] else { return Err(refuse("transaction_ids", "Name exactly two transactions.")) };
    let line = |id: i64| books.store.get(LINES, id).map(|line| line.fields.clone()).ok_or_else(not_found);
    let (first, second) = (line(one)?, line(other)?);
    let (kept, dissolved) = (first.integer("journal"), second.integer("journal"));
    let sum = journal::consolidated(&first).checked_add(journal::consolidated(&second));
    let offset = sum == Some(Decimal::ZERO) && journal::native(&first) == journal::native(&second);
    let (Some(kept), Some(dissolved)) = (kept, dissolved) else { return Err(not_found()) };
    if kept == dissolved || !offset || first.get("entity") != second.get("entity") {
        let message = "Two lines of different entries of one entity, equal and on opposite sides, can be merged.";
        return Err(refuse("transaction_ids", message));
    }
    for journal in [kept, dissolved] {
        if let Some(date) = journal::date(books, journal) {
            period::must_be_open(books, date)?;
        }
    }
    if !for_good {
        return Ok(Done::Record(JOURNALS, kept));
    }
    let moved: Vec<i64> = books.store.linked(LINES, "journal", dissolved).map(|(id, _)| id).collect();
    for id in moved.into_iter().filter(|id| *id != other) {
        books.store.set(LINES, id, "journal", kept);
    }
    for id in [one, other] {
        books.store.delete(LINES, id);
    }
    books.store.delete(JOURNALS, dissolved);
    Ok(Done::Record(JOURNALS, kept))
}
