//! Writing off invoices: an uncollectible invoice posts a bad debt for what is still due.

use campfire_values::{Date, Json};

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::journal::entry;
use crate::accounting::kind::Document;
use crate::accounting::values::date_json;
use crate::messages::reply::Reply;

/// The field of the entry that writes an invoice off.
const ENTRY: &str = "bad_debt_journal_entry";

/// Posts the bad debt of an invoice that is uncollectible, and deletes that of one that is not.
pub(super) fn update(books: &mut Books<'_>, invoice: Document) -> Result<(), Reply> {
    let resource = invoice.layout().resource;
    let posted = invoice.fields(books)?.integer(ENTRY).filter(|id| entry::date(books, *id).is_some());
    if let Some(entry) = posted {
        entry::erase(books, entry)?;
        books.store.set(resource, invoice.id, ENTRY, Json::Null);
    }
    if invoice.status(books)? != "uncollectible" {
        books.store.set(resource, invoice.id, "uncollectible_date", Json::Null);
        return Ok(());
    }
    let fields = invoice.fields(books)?;
    let date: Date = fields.date("uncollectible_date").unwrap_or_else(|| books.store.today());
    let open = invoice.open_amount(books);
    let mut new = invoice.entry(books, "journal_entry", date)?;
    new.memo = format!("Bad debt of {}", new.memo);
    let (expense, control) = (chart::account(books, Purpose::BadDebt), invoice.control_account(books)?);
    let lines = vec![invoice.line(books, expense, open)?, invoice.line(books, control, -open)?];
    let entry = entry::post(books, &new, lines)?;
    books.store.change(resource, invoice.id, |record| {
        record.fields.set(ENTRY, entry);
        record.fields.set("uncollectible_date", date_json(date));
    });
    Ok(())
}
