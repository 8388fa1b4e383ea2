//! Entries that callers write.

use campfire_values::{Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::journal::amounts::{self, CREDITS, DEBITS, Rates};
use crate::accounting::journal::{entry, line, protection, reversal};
use crate::accounting::period;
use crate::accounting::values::{date_json, list_in};
use crate::messages::reply::Reply;
use crate::model::ledger::{ENTRIES, LINES};
use crate::records::write;
use crate::state::fields::Fields;

/// Completes an entry that a call has created, and adds its lines.
pub(crate) fn created(books: &mut Books<'_>, id: i64, body: &JsonObject) -> Result<(), Reply> {
    let mut fields = books.store.fields(ENTRIES, id);
    let date = fields.date("date").unwrap_or_else(|| books.store.today());
    let mut defaults = Fields::default();
    // The entry itself is already counted.
    let next = books.store.total(ENTRIES);
    entry::number(books.store, &mut defaults, next);
    defaults.set("date", date_json(date));
    defaults.set("type", "journal_entry");
    defaults.set("source", "manual");
    defaults.set("currency", "USD");
    defaults.set("created_automatically", false);
    for (name, value) in defaults.iter() {
        if !fields.contains(name) || (name == "order" && fields.text(name) == Some("")) {
            fields.set(name.to_owned(), value.clone());
        }
    }
    books.store.change(ENTRIES, id, |record| record.fields = fields);
    period::must_be_open(books, date)?;
    protection::check_accounts(books, list_in(body, "transactions"))?;
    add_lines(books, id, list_in(body, "transactions"))?;
    follow_up(books, id, body)
}

/// Does what a body asks for beyond the entry itself: links it to the one that it reverses, reverses it, and deletes others.
fn follow_up(books: &mut Books<'_>, id: i64, body: &JsonObject) -> Result<(), Reply> {
    link_original(books, id, body);
    if let Some(date) = reversal::asked(books, ENTRIES, id, body)? {
        reversal::reverse(books, id, "journal_entry", date)?;
    }
    delete_named(books, body, Some(id))
}

/// Deletes the entries that a body names in `journals_to_delete`. `own` is the entry that the body writes.
pub(super) fn delete_named(books: &mut Books<'_>, body: &JsonObject, own: Option<i64>) -> Result<(), Reply> {
    for id in list_in(body, "journals_to_delete").iter().filter_map(Json::as_i64) {
        if own == Some(id) {
            return Err(Reply::field_error("journals_to_delete", "An entry cannot delete itself."));
        }
        protection::check_entry_change(books, id)?;
        entry::erase(books, id)?;
        reversal::deleted(books, id);
    }
    Ok(())
}

/// Marks an entry that names another in `reversal_of`, and that one, as reversal and reversed.
fn link_original(books: &mut Books<'_>, id: i64, body: &JsonObject) {
    if let Some(original) = body.get("reversal_of").and_then(Json::as_i64) {
        books.store.set(ENTRIES, id, "is_reversal", true);
        books.store.set(ENTRIES, original, "has_reversal", true);
    }
}

/// Applies a body to the lines of an entry. Lines are changed one by one if the body gives the ids of all of them,
/// otherwise they are replaced.
pub(crate) fn changed(books: &mut Books<'_>, id: i64, body: &JsonObject) -> Result<(), Reply> {
    let header = books.store.fields(ENTRIES, id);
    period::must_be_open_if_dated(books, header.date("date"))?;
    let sent = list_in(body, "transactions");
    protection::check_accounts(books, sent)?;
    let existing = |item: &Json| {
        let line = item.get("id").and_then(Json::as_i64)?;
        (books.store.get(LINES, line)?.fields.integer("journal") == Some(id)).then_some(line)
    };
    let existing: Option<Vec<i64>> = sent.iter().map(existing).collect();
    match existing {
        Some(lines) if !lines.is_empty() => {
            for (line, item) in lines.into_iter().zip(sent) {
                amend_line(books, line, &item.as_object().cloned().unwrap_or_default())?;
            }
        }
        _ if body.contains_key("transactions") => {
            line::delete_all(books, id);
            add_lines(books, id, sent)?;
        }
        _ => {}
    }
    for line in line::ids(books, id) {
        books.store.set(LINES, line, "posted_at", header.value("date"));
    }
    line::check_balance(books, id)?;
    follow_up(books, id, body)
}

/// Adds the lines of a body to an entry.
pub(super) fn add_lines(books: &mut Books<'_>, id: i64, lines: &[Json]) -> Result<(), Reply> {
    let schema = books.api.record_schema(LINES).unwrap_or_default();
    for item in lines {
        let body = item.as_object().cloned().unwrap_or_default();
        let mut fields = write::new_fields(books.api, books.store, schema, &body);
        // Without a currency in the body, the line takes that of the entry, not the default.
        if !body.contains_key("currency") {
            fields.remove("currency");
        }
        line::add(books, id, fields)?;
    }
    line::check_balance(books, id)
}

fn amend_line(books: &mut Books<'_>, line: i64, body: &JsonObject) -> Result<(), Reply> {
    let mut fields = books.store.fields(LINES, line);
    if DEBITS.iter().chain(&CREDITS).any(|name| body.contains_key(name)) {
        amounts::clear(&mut fields);
    }
    let schema = books.api.record_schema(LINES).unwrap_or_default();
    write::change(books.api, books.store, schema, body, &mut fields, false);
    let rates = Rates::of(&fields).in_root_currency(books.is_in_root_currency(fields.integer("entity")));
    amounts::complete(&mut fields, rates)?;
    books.store.change(LINES, line, |record| record.fields = fields);
    Ok(())
}
