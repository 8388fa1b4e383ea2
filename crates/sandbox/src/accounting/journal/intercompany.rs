//! Intercompany entries: a journal entry per entity, each of which balances.

use std::collections::{BTreeMap, BTreeSet};

use campfire_values::{Decimal, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::journal::{body, entry, line};
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
    if !body.contains_key("transactions") {
        return Ok(());
    }
    delete_entries(books, id);
    let mut by_entity: BTreeMap<Option<i64>, Vec<Json>> = BTreeMap::new();
    for item in list_in(body, "transactions") {
        let entity = item.get("entity").and_then(Json::as_i64);
        by_entity.entry(entity).or_default().push(converted(books, &header, body, entity, item));
    }
    for (entity, lines) in by_entity {
        let uuid = books.store.new_uuid();
        let entry = books.store.add(ENTRIES, entry_of(id, &header, entity, uuid));
        body::add_lines(books, entry, &lines)?;
    }
    Ok(())
}

/// Returns a line with the rates that the body gives for its conversions: from its currency to that of its entity, and
/// from there to that of the root entity.
fn converted(books: &Books<'_>, header: &Fields, body: &JsonObject, entity: Option<i64>, item: &Json) -> Json {
    let Json::Object(mut line) = item.clone() else { return item.clone() };
    let Some(book) = books.entity_currency(entity) else { return Json::Object(line) };
    let native = line.get("currency").and_then(Json::as_str).or(header.text("currency")).unwrap_or(book);
    let rates =
        list_in(body, "exchange_rates").iter().filter(|rate| rate.get("entity").and_then(Json::as_i64) == entity);
    let rate = |from: &str, is_target: &dyn Fn(&str) -> bool| {
        let text = |rate: &Json, name: &str| rate.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let mut rates = rates.clone();
        let found =
            rates.find(|rate| text(rate, "originating_currency") == from && is_target(&text(rate, "target_currency")));
        found.and_then(|rate| rate.get("exchange_rate")?.as_decimal())
    };
    let one = Decimal::new(1, 0);
    let to_book = rate(native, &|target| target == book).unwrap_or(one);
    let to_root = rate(book, &|target| target != book).unwrap_or(one);
    for (name, rate) in [("exchange_rate_book", Some(to_book)), ("exchange_rate", to_book.checked_mul(to_root))] {
        if let (false, Some(rate)) = (line.contains_key(name), rate) {
            line.insert(name.to_owned(), Json::from(rate));
        }
    }
    Json::Object(line)
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

/// Deletes the entries of all entities.
pub(crate) fn delete_entries(books: &mut Books<'_>, id: i64) {
    let lines = books.store.linked(LINES, "intercompany_journal", id);
    let entries: BTreeSet<i64> = lines.filter_map(|(_, line)| line.fields.integer("journal")).collect();
    for entry in entries {
        line::delete_all(books, entry);
        books.store.delete(ENTRIES, entry);
    }
}

/// Refuses to change an intercompany entry in a closed period.
pub(crate) fn check_change(books: &Books<'_>, id: i64) -> Result<(), Reply> {
    let record = books.store.get(INTERCOMPANY, id).ok_or_else(Reply::not_found)?;
    period::must_be_open_if_dated(books, record.fields.date("date"))
}
