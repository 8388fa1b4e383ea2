//! Reversing entries.

use campfire_values::Date;

use crate::accounting::books::Books;
use crate::accounting::journal::{amounts, entry, line};
use crate::accounting::period;
use crate::accounting::values::date_json;
use crate::messages::reply::Reply;
use crate::model::ledger::{ENTRIES, LINES};
use crate::state::fields::Fields;

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
