//! Merging: two offsetting lines of different entries vanish, and the rest becomes one entry.

use campfire_values::{Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::journal::{amounts, entry, line};
use crate::accounting::period;
use crate::accounting::request::{ActionRequest, Outcome};
use crate::accounting::values::list_in;
use crate::messages::reply::Reply;
use crate::model::ledger::{ENTRIES, LINES};
use crate::state::fields::Fields;

/// Two lines that offset each other, and their entries.
struct Pair {
    lines: [i64; 2],
    /// The entry that remains.
    kept: i64,
    /// The entry whose lines move to the other one.
    dissolved: i64,
}

/// Merges the entries of two lines.
pub(super) fn merge(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let pair = pair(books, request)?;
    for id in line::ids(books, pair.dissolved).into_iter().filter(|id| !pair.lines.contains(id)) {
        books.store.set(LINES, id, "journal", pair.kept);
    }
    for id in pair.lines {
        books.store.delete(LINES, id);
    }
    books.store.delete(ENTRIES, pair.dissolved);
    Ok(Outcome::Record(ENTRIES, pair.kept))
}

/// Returns the entry as a merge would leave it, and changes nothing.
pub(super) fn preview(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let (api, style) = (books.api, books.style);
    let undone: Result<(), Result<Json, Reply>> = books.store.all_or_nothing(|store| {
        let mut books = Books { api, store, style };
        let Outcome::Record(resource, id) = merge(&mut books, request).map_err(Err)? else { return Ok(()) };
        let schema = api.record_schema(resource).unwrap_or_default();
        let record = books.store.get(resource, id).ok_or_else(|| Err(Reply::not_found()))?;
        // Failing on purpose undoes the merge.
        Err(Ok(books.view().record(resource, schema, id, record).into_json()))
    });
    match undone {
        Err(shown) => shown.map(Outcome::Value),
        Ok(()) => Ok(Outcome::Nothing),
    }
}

fn pair(books: &Books<'_>, request: &ActionRequest<'_>) -> Result<Pair, Reply> {
    let mut ids: Vec<i64> = list_in(request.body, "transaction_ids").iter().filter_map(Json::as_i64).collect();
    if let Some(text) = request.query.first("transaction_ids") {
        ids.extend(text.split(',').filter_map(|id| id.trim().parse::<i64>().ok()));
    }
    let [one, other] = ids[..] else {
        return Err(Reply::field_error("transaction_ids", "Name exactly two transactions."));
    };
    let line = |id: i64| books.store.get(LINES, id).map(|line| &line.fields).ok_or_else(Reply::not_found);
    let (first, second) = (line(one)?, line(other)?);
    let (Some(kept), Some(dissolved)) = (first.integer("journal"), second.integer("journal")) else {
        return Err(Reply::not_found());
    };
    if kept == dissolved || !offset(first, second) || first.get("entity") != second.get("entity") {
        let message = "Two lines of different entries of one entity, equal and on opposite sides, can be merged.";
        return Err(Reply::field_error("transaction_ids", message));
    }
    for entry in [kept, dissolved] {
        period::must_be_open_if_dated(books, entry::date(books, entry))?;
    }
    Ok(Pair { lines: [one, other], kept, dissolved })
}

fn offset(one: &Fields, other: &Fields) -> bool {
    let sum = amounts::consolidated(one).checked_add(amounts::consolidated(other));
    sum == Some(Decimal::ZERO) && amounts::native(one) == amounts::native(other)
}
