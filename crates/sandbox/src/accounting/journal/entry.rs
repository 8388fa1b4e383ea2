//! Entries that the books post on their own, and functions for all entries.

use campfire_values::{Date, Decimal};

use crate::accounting::books::Books;
use crate::accounting::journal::amounts::{self, Rates};
use crate::accounting::journal::line;
use crate::accounting::kind::{Document, Kind};
use crate::accounting::period;
use crate::accounting::values::date_json;
use crate::messages::reply::Reply;
use crate::model::ledger::{ENTRIES, LINES};
use crate::state::fields::Fields;
use crate::state::markers::RecordRef;
use crate::state::store::Store;

/// An entry to post.
pub(crate) struct Entry {
    pub(crate) entry_type: &'static str,
    pub(crate) date: Date,
    pub(crate) entity: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) rates: Rates,
    pub(crate) memo: String,
    /// The document that it belongs to, and is deleted with. Other owners are given to [`post_for`].
    pub(crate) owner: Option<Document>,
}

/// A line of an entry to post.
pub(crate) struct NewLine {
    pub(crate) account: i64,
    /// A debit if positive, a credit if negative.
    pub(crate) amount: Decimal,
    /// Other fields, such as vendor, department, and description, or the amounts of all layers.
    pub(crate) fields: Fields,
}

/// Posts an entry, and returns its id.
pub(crate) fn post(books: &mut Books<'_>, entry: &Entry, lines: Vec<NewLine>) -> Result<i64, Reply> {
    let header = header(books, entry);
    let id = books.store.add(ENTRIES, header);
    add_lines(books, id, entry, lines)?;
    Ok(id)
}

/// Posts an entry that belongs to a record which is not a document, and returns its id.
pub(crate) fn post_for(
    books: &mut Books<'_>,
    owner: &RecordRef,
    entry: &Entry,
    lines: Vec<NewLine>,
) -> Result<i64, Reply> {
    let id = post(books, entry, lines)?;
    books.store.change(ENTRIES, id, |record| record.fields.set_owner(owner));
    Ok(id)
}

/// Replaces an entry. It keeps its id and its number.
pub(crate) fn repost(books: &mut Books<'_>, id: i64, entry: &Entry, lines: Vec<NewLine>) -> Result<(), Reply> {
    line::delete_all(books, id);
    let header = header(books, entry);
    books.store.change(ENTRIES, id, |record| {
        for (name, value) in header.iter().filter(|(name, _)| !["order", "journal_id"].contains(name)) {
            record.fields.set(name.to_owned(), value.clone());
        }
    });
    add_lines(books, id, entry, lines)
}

fn header(books: &mut Books<'_>, entry: &Entry) -> Fields {
    let mut fields = Fields::default();
    fields.set("type", entry.entry_type);
    fields.set("date", date_json(entry.date));
    fields.set_option("entity", entry.entity);
    fields.set("currency", entry.currency.as_deref().unwrap_or("USD"));
    fields.set("memo", entry.memo.as_str());
    fields.set("created_automatically", true);
    fields.set_option("exchange_rate_book", entry.rates.book);
    fields.set_option("exchange_rate", entry.rates.consolidated);
    let next = books.store.total(ENTRIES) + 1;
    number(books.store, &mut fields, next);
    if let Some(document) = entry.owner {
        fields.set_owner(&document.reference());
        if document.kind == Kind::Invoice {
            fields.set("invoice", document.id);
        }
    }
    fields
}

/// Sets the printed number of an entry, seven digits, and a new UUID.
pub(super) fn number(store: &mut Store, fields: &mut Fields, number: usize) {
    fields.set("order", format!("{number:07}"));
    fields.set("journal_id", store.new_uuid());
}

fn add_lines(books: &mut Books<'_>, id: i64, entry: &Entry, lines: Vec<NewLine>) -> Result<(), Reply> {
    period::must_be_open(books, entry.date)?;
    let is_empty = |line: &NewLine| line.amount.is_zero() && !amounts::is_set(&line.fields);
    for line in lines.into_iter().filter(|line| !is_empty(line)) {
        let mut fields = line.fields;
        fields.set("account", line.account);
        if !amounts::is_set(&fields) {
            amounts::set_signed(&mut fields, line.amount);
        }
        match entry.owner {
            Some(Document { kind: Kind::Invoice, id }) => fields.set("invoice_id", id),
            Some(Document { kind: Kind::Bill, id }) => fields.set("bill_id", id),
            _ => {}
        }
        line::add(books, id, fields)?;
    }
    line::check_balance(books, id)
}

/// Returns the date of an entry, or `None` if there is no such entry.
pub(crate) fn date(books: &Books<'_>, id: i64) -> Option<Date> {
    books.store.get(ENTRIES, id)?.fields.date("date")
}

/// Returns the sum of the debits of an entry, in its own currency.
pub(crate) fn amount(books: &Books<'_>, id: i64) -> Decimal {
    let lines = books.store.linked(LINES, "journal", id).map(|(_, line)| amounts::layers(&line.fields).native);
    Decimal::checked_sum(lines.filter(|amount| !amount.is_negative())).unwrap_or_default()
}

/// Deletes an entry and its lines.
pub(crate) fn erase(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    period::must_be_open_if_dated(books, date(books, id))?;
    line::delete_all(books, id);
    books.store.delete(ENTRIES, id);
    Ok(())
}
