//! Intercompany entries: a journal entry per entity, each of which balances.

use std::collections::{BTreeMap, BTreeSet};

use campfire_values::{Json, JsonObject};

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
        entry::number(&mut header, books.store.total(ENTRIES) + 1);
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
        by_entity.entry(item.get("entity").and_then(Json::as_i64)).or_default().push(item.clone());
    }
    for (entity, lines) in by_entity {
        let entry = books.store.add(ENTRIES, entry_of(id, &header, entity));
        body::add_lines(books, entry, &lines)?;
    }
    Ok(())
}

fn entry_of(id: i64, header: &Fields, entity: Option<i64>) -> Fields {
    let mut fields = Fields::default();
    for name in ["date", "order", "memo", "currency"] {
        fields.set(name, header.value(name));
    }
    fields.set("type", "intercompany_journal");
    fields.set("journal_id", uuid::Uuid::now_v7().to_string());
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
