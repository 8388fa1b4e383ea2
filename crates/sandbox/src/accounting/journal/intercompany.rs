//! Intercompany entries: a journal entry per entity, each of which balances.

use std::collections::{BTreeMap, BTreeSet};

use campfire_values::{Date, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::journal::conversion::Currencies;
use crate::accounting::journal::{amounts, body, entry, line, reversal};
use crate::accounting::period;
use crate::accounting::values::{date_json, list_in};
use crate::messages::reply::Reply;
use crate::model::ledger::{ENTRIES, INTERCOMPANY, LINES};
use crate::state::fields::Fields;

/// Writes the entries of an intercompany entry that a call has created or changed.
pub(crate) fn written(books: &mut Books<'_>, id: i64, body: &JsonObject) -> Result<(), Reply> {
    let mut header = books.store.fields(INTERCOMPANY, id);
    let date = header.date("date").unwrap_or_else(|| books.store.today());
    period::must_be_open(books, date)?;
    if header.text("order").is_none_or(str::is_empty) {
        let next = books.store.total(ENTRIES) + 1;
        entry::number(books.store, &mut header, next);
    }
    header.set("date", date_json(date));
    if !header.contains("type") {
        header.set("type", "journal_entry");
    }
    books.store.change(INTERCOMPANY, id, |record| record.fields = header.clone());
    if body.contains_key("transactions") {
        write_entries(books, id, &header, body)?;
    }
    body::delete_named(books, body, None)?;
    match reversal::asked(books, INTERCOMPANY, id, body)? {
        Some(date) => reverse(books, id, date),
        None => Ok(()),
    }
}

/// Replaces the entries of all entities by those of a body.
fn write_entries(books: &mut Books<'_>, id: i64, header: &Fields, body: &JsonObject) -> Result<(), Reply> {
    delete_entries(books, id);
    let mut by_entity: BTreeMap<Option<i64>, Vec<Json>> = BTreeMap::new();
    for item in list_in(body, "transactions") {
        let entity = item.get("entity").and_then(Json::as_i64);
        by_entity.entry(entity).or_default().push(converted(books, header, body, item)?);
    }
    for (entity, lines) in by_entity {
        let uuid = books.store.new_uuid();
        let entry = books.store.add(ENTRIES, entry_of(id, header, entity, uuid));
        body::add_lines(books, entry, &lines)?;
    }
    Ok(())
}

/// Posts an intercompany entry that reverses another.
fn reverse(books: &mut Books<'_>, id: i64, date: Date) -> Result<(), Reply> {
    period::must_be_open(books, date)?;
    let mut header = books.store.fields(INTERCOMPANY, id);
    let next = books.store.total(ENTRIES) + 1;
    entry::number(books.store, &mut header, next);
    header.set("date", date_json(date));
    header.set("reversal_of", id);
    let reversal = books.store.add(INTERCOMPANY, header.clone());
    for original in entries(books, id) {
        let entity = books.store.fields(ENTRIES, original).integer("entity");
        let uuid = books.store.new_uuid();
        let entry = books.store.add(ENTRIES, entry_of(reversal, &header, entity, uuid));
        for line in line::ids(books, original) {
            let mut fields = books.store.fields(LINES, line);
            amounts::reverse(&mut fields);
            line::add(books, entry, fields)?;
        }
        line::check_balance(books, entry)?;
    }
    Ok(())
}

/// Returns a line with the rates that the body gives for its conversions.
fn converted(books: &Books<'_>, header: &Fields, body: &JsonObject, item: &Json) -> Result<Json, Reply> {
    let Some(line) = item.as_object() else { return Ok(item.clone()) };
    let Some(currencies) = Currencies::of(books, line, header.text("currency")) else { return Ok(item.clone()) };
    let required = |missing: &str| Reply::field_error("exchange_rates", format!("The entry needs {missing}."));
    let rates = currencies.rates(line, body).map_err(|problem| problem.reply(required))?;
    let mut line = line.clone();
    for (name, rate) in [("exchange_rate_book", rates.book), ("exchange_rate", rates.consolidated)] {
        if let (false, Some(rate)) = (line.contains_key(name), rate) {
            line.insert(name.to_owned(), Json::from(rate));
        }
    }
    Ok(Json::Object(line))
}

fn entry_of(id: i64, header: &Fields, entity: Option<i64>, uuid: String) -> Fields {
    let mut fields = Fields::default();
    for name in ["date", "order", "memo", "currency"] {
        fields.set(name, header.value(name));
    }
    fields.set("type", "intercompany_journal");
    fields.set("journal_id", uuid);
    fields.set_option("entity", entity);
    fields.set("intercompany_journal", id);
    fields
}

/// Returns the entries of all entities.
fn entries(books: &Books<'_>, id: i64) -> BTreeSet<i64> {
    let lines = books.store.linked(LINES, "intercompany_journal", id);
    lines.filter_map(|(_, line)| line.fields.integer("journal")).collect()
}

/// Deletes the entries of all entities.
pub(crate) fn delete_entries(books: &mut Books<'_>, id: i64) {
    for entry in entries(books, id) {
        line::delete_all(books, entry);
        books.store.delete(ENTRIES, entry);
    }
}

/// Refuses to change an intercompany entry in a closed period.
pub(crate) fn check_change(books: &Books<'_>, id: i64) -> Result<(), Reply> {
    let record = books.store.get(INTERCOMPANY, id).ok_or_else(Reply::not_found)?;
    period::must_be_open_if_dated(books, record.fields.date("date"))
}
