//! Reversing entries.

use campfire_values::{Date, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::journal::{amounts, entry, line};
use crate::accounting::period;
use crate::accounting::values::{date_in, date_json};
use crate::messages::reply::Reply;
use crate::model::ledger::{ENTRIES, LINES};
use crate::state::fields::Fields;

/// Returns the day on which a body asks to reverse a record. `None` if it does not, or if a reversal of that day is there.
///
/// # Errors
/// If the record has a reversal of another day: the reference does not say what a second one does.
pub(super) fn asked(books: &Books<'_>, resource: &str, id: i64, body: &JsonObject) -> Result<Option<Date>, Reply> {
    let Some(date) = date_in(body, "reversal_date") else { return Ok(None) };
    let reversals = books.store.linked(resource, "reversal_of", id);
    let days: Vec<Option<Date>> = reversals.map(|(_, reversal)| reversal.fields.date("date")).collect();
    if days.is_empty() {
        return Ok(Some(date));
    }
    if days.contains(&Some(date)) {
        return Ok(None);
    }
    let reason = "The reference does not say if the reversing entry moves or another one is posted.";
    Err(Reply::unmodelled("A second `reversal_date`", Some(reason)))
}

/// Notes that a deleted entry no longer reverses another.
pub(crate) fn deleted(books: &mut Books<'_>, id: i64) {
    let record = books.store.get_any(ENTRIES, id);
    let Some(original) = record.and_then(|record| record.fields.integer("reversal_of")) else { return };
    if books.store.linked(ENTRIES, "reversal_of", original).next().is_none() {
        books.store.set(ENTRIES, original, "has_reversal", false);
    }
}

/// Posts an entry that reverses another, and returns its id.
pub(crate) fn reverse(books: &mut Books<'_>, id: i64, entry_type: &'static str, date: Date) -> Result<i64, Reply> {
    period::must_be_open(books, date)?;
    let mut fields = books.store.get(ENTRIES, id).ok_or_else(Reply::not_found)?.fields.clone();
    fields.set("type", entry_type);
    fields.set("date", date_json(date));
    fields.set("reversal_of", id);
    fields.set("is_reversal", true);
    fields.set("created_automatically", true);
    let next = books.store.total(ENTRIES) + 1;
    entry::number(books.store, &mut fields, next);
    let reversal = books.store.add(ENTRIES, fields);
    let lines: Vec<Fields> = books.store.linked(LINES, "journal", id).map(|(_, line)| line.fields.clone()).collect();
    for mut fields in lines {
        amounts::reverse(&mut fields);
        line::add(books, reversal, fields)?;
    }
    books.store.set(ENTRIES, id, "has_reversal", true);
    line::check_balance(books, reversal)?;
    Ok(reversal)
}
