//! Limits on changing entries and lines, and the consequences of changing a single line.

use campfire_values::Json;

use crate::accounting::books::Books;
use crate::accounting::journal::amounts::{self, Rates};
use crate::accounting::journal::{entry, line};
use crate::accounting::period;
use crate::accounting::values::date_json;
use crate::messages::reply::Reply;
use crate::model::ledger::{ACCOUNTS, ENTRIES, LINES};

/// Refuses to change or delete an entry that belongs to something else.
pub(crate) fn check_entry_change(books: &Books<'_>, id: i64) -> Result<(), Reply> {
    let fields = &books.store.get(ENTRIES, id).ok_or_else(Reply::not_found)?.fields;
    period::must_be_open_if_dated(books, fields.date("date"))?;
    if let Some(owner) = fields.owner() {
        return Err(Reply::detail(409, &format!("The entry belongs to {owner}: void or delete that.")));
    }
    if fields.integer("intercompany_journal").is_some() {
        return Err(Reply::detail(409, "The entry is part of an intercompany entry: change or delete that."));
    }
    if books.store.linked(LINES, "journal", id).any(|(_, line)| line.fields.settles()) {
        return Err(Reply::detail(409, "A line of the entry settles a document: delete that payment first."));
    }
    Ok(())
}

/// Refuses lines that a caller posts to an account of invoices or bills, unless the account allows it.
pub(super) fn check_accounts(books: &Books<'_>, lines: &[Json]) -> Result<(), Reply> {
    let is_closed = |id: &i64| {
        books.store.get(ACCOUNTS, *id).is_some_and(|account| {
            let subtype = account.fields.text("account_subtype");
            matches!(subtype, Some("ACCOUNTS_RECEIVABLE" | "ACCOUNTS_PAYABLE"))
                && account.fields.get("skip_subledger_validation").and_then(Json::as_bool) != Some(true)
        })
    };
    let id = |id: &Json| id.as_i64().or_else(|| id.as_str()?.parse().ok());
    let mut accounts = lines.iter().filter_map(|line| id(line.get("account")?));
    accounts.find(is_closed).map_or(Ok(()), |account| {
        let message = format!("Account {account} takes only postings of documents (`skip_subledger_validation`).");
        Err(Reply::field_error("transactions", message))
    })
}

/// Refuses to change or delete a line that settles a document or is in a closed period.
pub(crate) fn check_line_change(books: &Books<'_>, id: i64) -> Result<(), Reply> {
    let fields = &books.store.get(LINES, id).ok_or_else(Reply::not_found)?.fields;
    if fields.settles() {
        return Err(Reply::detail(409, "The line settles a document: delete that payment first."));
    }
    period::must_be_open_if_dated(books, fields.date("posted_at"))
}

/// Completes a line that a call has changed by itself. Its entry must still balance.
pub(crate) fn line_written(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    let mut fields = books.store.fields(LINES, id);
    let Some(entry) = fields.integer("journal") else { return Ok(()) };
    let rates = Rates::of(&fields).in_root_currency(books.is_in_root_currency(fields.integer("entity")));
    amounts::complete(&mut fields, rates)?;
    // A line has the date of its entry.
    if let Some(date) = entry::date(books, entry) {
        fields.set("posted_at", date_json(date));
    }
    books.store.change(LINES, id, |record| record.fields = fields);
    line::check_balance(books, entry)
}

/// Deletes the entry of a deleted line if it was the last one. Otherwise the entry must still balance.
pub(crate) fn line_deleted(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    let record = books.store.get_any(LINES, id);
    let Some(entry) = record.and_then(|record| record.fields.integer("journal")) else { return Ok(()) };
    if books.store.linked(LINES, "journal", entry).next().is_none() {
        books.store.delete(ENTRIES, entry);
        return Ok(());
    }
    line::check_balance(books, entry)
}
