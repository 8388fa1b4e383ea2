//! Hooks that keep the books when a call creates, changes, or deletes a record.

use campfire_values::JsonObject;

use crate::accounting::asset::depreciation;
use crate::accounting::banking::reconciliation;
use crate::accounting::books::Books;
use crate::accounting::document::{access, lifecycle};
use crate::accounting::journal::{body, entry, intercompany, line, protection, reversal};
use crate::accounting::kind::{BookRecord, Document, Kind};
use crate::accounting::payment::undo;
use crate::accounting::revenue::{billed, bundle, position, refresh};
use crate::accounting::{allocation, chart, contract};
use crate::messages::reply::Reply;
use crate::model::api::Api;
use crate::model::ledger::{ACCOUNTS, ASSETS, BUNDLES, FILES, LINES, REPORTS};
use crate::state::fields::Fields;

/// Returns a body without the fields that only the books set.
pub(crate) fn without_server_fields(api: &Api, resource: &str, body: &JsonObject) -> JsonObject {
    match BookRecord::of(api, resource) {
        Some(BookRecord::Document(_)) => access::without_server_fields(body),
        _ => body.clone(),
    }
}

/// Runs after a body has created a record.
pub(crate) fn created(books: &mut Books<'_>, resource: &str, id: i64, sent: &JsonObject) -> Result<(), Reply> {
    match BookRecord::of(books.api, resource) {
        Some(BookRecord::JournalEntry) => body::created(books, id, sent),
        Some(BookRecord::IntercompanyEntry) => intercompany::written(books, id, sent),
        Some(BookRecord::Document(kind)) => lifecycle::created(books, Document::new(kind, id)),
        None if resource == ASSETS => depreciation::created(books, id, sent),
        None => {
            refresh::created(books, resource, id)?;
            written(books, resource, id, None)
        }
    }
}

/// Runs after a body has changed a record, which had the fields `before`.
pub(crate) fn changed(
    books: &mut Books<'_>,
    resource: &str,
    id: i64,
    sent: &JsonObject,
    before: &Fields,
) -> Result<(), Reply> {
    match BookRecord::of(books.api, resource) {
        Some(BookRecord::JournalEntry) => body::changed(books, id, sent),
        Some(BookRecord::IntercompanyEntry) => intercompany::written(books, id, sent),
        Some(BookRecord::Document(kind)) => lifecycle::changed(books, Document::new(kind, id), before),
        None if resource == ASSETS => depreciation::changed(books, id, sent),
        None => written(books, resource, id, Some(before)),
    }
}

/// Runs before a record is changed or deleted, and may refuse it.
pub(crate) fn check_change(books: &Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    match BookRecord::of(books.api, resource) {
        Some(BookRecord::JournalEntry) => protection::check_entry_change(books, id),
        Some(BookRecord::IntercompanyEntry) => intercompany::check_change(books, id),
        Some(BookRecord::Document(kind)) => lifecycle::check_change(books, Document::new(kind, id)),
        None if resource == LINES => protection::check_line_change(books, id),
        None => Ok(()),
    }
}

/// Runs before a record is deleted, and may refuse it.
pub(crate) fn check_delete(books: &Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    // Without the account, its amounts would vanish from statements.
    if resource == ACCOUNTS && books.store.live(LINES).any(|(_, line)| line.fields.integer("account") == Some(id)) {
        return Err(Reply::detail(409, "The account has postings: set its status to INACTIVE instead."));
    }
    Ok(())
}

/// Runs after a record is deleted. Deletes what belongs to it, or refuses.
pub(crate) fn deleted(books: &mut Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    match BookRecord::of(books.api, resource) {
        Some(BookRecord::JournalEntry) => {
            line::delete_all(books, id);
            reversal::deleted(books, id);
        }
        Some(BookRecord::IntercompanyEntry) => intercompany::delete_entries(books, id),
        Some(BookRecord::Document(kind)) => return document_deleted(books, Document::new(kind, id)),
        None if resource == LINES => return protection::line_deleted(books, id),
        None if resource == ASSETS => return depreciation::deleted(books, id),
        None if resource == REPORTS => reconciliation::deleted(books, id),
        None if resource == BUNDLES => return bundle::check(books, id),
        None => return refresh::deleted(books, resource, id),
    }
    Ok(())
}

fn document_deleted(books: &mut Books<'_>, document: Document) -> Result<(), Reply> {
    let layout = document.layout();
    let record = books.store.get_any(layout.resource, document.id);
    let fields = record.map(|record| record.fields.clone()).unwrap_or_default();
    if fields.is_posted_by_payment() {
        return Err(Reply::non_field_error("An overpayment created it: delete that payment."));
    }
    let payments = books.store.linked(layout.payments, layout.link, document.id);
    let payments: Vec<i64> = payments.map(|(payment, _)| payment).collect();
    // Only an invoice is deleted together with its payments.
    if document.kind != Kind::Invoice && !payments.is_empty() {
        return Err(Reply::non_field_error("It has payments or applications: delete those first."));
    }
    for payment in payments {
        undo::remove(books, document, payment)?;
    }
    if let Some(entry) = lifecycle::posted_entry(books, &fields) {
        entry::erase(books, entry)?;
    }
    if document.kind == Kind::Invoice {
        billed::release(books, document.id);
    }
    position::settle_document(books, document)
}

/// Runs after a body has written a record that is not a document. It had the fields `before`, or is new.
fn written(books: &mut Books<'_>, resource: &str, id: i64, before: Option<&Fields>) -> Result<(), Reply> {
    match resource {
        ACCOUNTS => chart::complete(books, id),
        LINES => protection::line_written(books, id)?,
        REPORTS => reconciliation::written(books, id)?,
        BUNDLES => bundle::check(books, id)?,
        FILES => reconciliation::file_written(books, id, before)?,
        _ => {}
    }
    contract::check(books, resource, id, before)?;
    allocation::check_percentages(books, resource, id)?;
    refresh::written(books, resource, id)
}
