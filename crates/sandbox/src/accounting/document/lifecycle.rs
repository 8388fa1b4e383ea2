//! Creating, changing, voiding, and reopening documents.

use campfire_values::{Decimal, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::document::access::{free_number, printed_number, remember_number};
use crate::accounting::document::{posting, settlement, write_off};
use crate::accounting::journal::{entry, reversal};
use crate::accounting::kind::{Document, Kind};
use crate::accounting::period;
use crate::accounting::request::Outcome;
use crate::accounting::revenue::{billed, bundle, position};
use crate::accounting::values::{amount_of, date_in, date_json, product, rounded_share, total};
use crate::messages::reply::Reply;
use crate::model::ledger::ENTRIES;
use crate::state::fields::Fields;

/// Completes a document that a call has created, and posts it.
pub(crate) fn created(books: &mut Books<'_>, document: Document) -> Result<(), Reply> {
    let layout = document.layout();
    let mut fields = document.fields(books)?.clone();
    if fields.text(layout.number).is_none_or(str::is_empty) {
        fields.set(layout.number, printed_number(document.kind, free_number(books, document.kind, false)));
    }
    remember_number(document.kind, &mut fields);
    if !fields.contains(layout.status) {
        fields.set(layout.status, layout.statuses[0]);
    }
    complete_lines(&mut fields)?;
    books.store.change(layout.resource, document.id, |record| record.fields = fields);
    post_in_status(books, document)
}

/// Posts a document, and applies the status that a body has set.
fn post_in_status(books: &mut Books<'_>, document: Document) -> Result<(), Reply> {
    let layout = document.layout();
    let is_voided = document.status(books)? == "voided";
    if is_voided {
        books.store.set(layout.resource, document.id, layout.status, layout.statuses[0]);
    }
    posting::post(books, document)?;
    position::settle_document(books, document)?;
    if document.kind == Kind::Invoice {
        write_off::update(books, document)?;
        billed::update(books, document.id);
        bundle::check_invoice(books, document.id)?;
    }
    if is_voided {
        void(books, document, &JsonObject::new())?;
    }
    Ok(())
}

/// Posts a document again that a call has changed.
pub(crate) fn changed(books: &mut Books<'_>, document: Document, before: &Fields) -> Result<(), Reply> {
    let mut fields = document.fields(books)?.clone();
    remember_number(document.kind, &mut fields);
    complete_lines(&mut fields)?;
    if before.is_posted_by_payment() && !posts_alike(before, &fields)? {
        return Err(Reply::non_field_error("An overpayment posted it, so its amount and account stay as they are."));
    }
    books.store.change(document.layout().resource, document.id, |record| record.fields = fields);
    if document.open_amount(books).is_negative() {
        return Err(Reply::non_field_error("The lines add up to less than what is already settled."));
    }
    post_in_status(books, document)?;
    settlement::update(books, document)
}

/// Returns `true` if two states of a memo post the same amount to the same account.
fn posts_alike(one: &Fields, other: &Fields) -> Result<bool, Reply> {
    let sum = |fields: &Fields| {
        let lines = fields.items("lines").iter();
        total(lines.flat_map(|line| [amount_of(line, "amount"), amount_of(line, "tax")]))
    };
    fn given<'f>(fields: &'f Fields, name: &str) -> Option<&'f Json> {
        fields.get(name).filter(|value| value.as_str() != Some(""))
    }
    let is_same = |name: &str| given(one, name) == given(other, name);
    let is_same_rate = |name: &str| one.decimal(name) == other.decimal(name);
    Ok(sum(one)? == sum(other)?
        && ["exchange_rate", "exchange_rate_book"].into_iter().all(is_same_rate)
        && ["entity", "currency", "credit_account"].into_iter().all(is_same))
}

/// Computes the amount of each line that has none, its quantity times its rate, and the discount that a percentage comes
/// to. A discount does not change the amount: the reference documents the total as the sum of amounts and taxes.
fn complete_lines(fields: &mut Fields) -> Result<(), Reply> {
    let mut lines = fields.items("lines").to_vec();
    for line in &mut lines {
        let Json::Object(line) = line else { continue };
        let number = |name: &str| line.get(name).and_then(Json::as_decimal);
        if number("amount").is_none()
            && let (Some(quantity), Some(rate)) = (number("quantity"), number("rate"))
        {
            line.insert("amount".to_owned(), Json::from(product(quantity, rate)?));
        }
        let number = |name: &str| line.get(name).and_then(Json::as_decimal).filter(|number| !number.is_zero());
        if let (Some(amount), Some(percentage)) = (number("amount"), number("discount_percentage")) {
            let discount = rounded_share(amount, percentage, Decimal::new(100, 0))?;
            line.insert("discount_amount".to_owned(), Json::from(discount));
        }
    }
    fields.set("lines", lines);
    Ok(())
}

/// Refuses to change or delete a document that is voided or dated in a closed period.
pub(crate) fn check_change(books: &Books<'_>, document: Document) -> Result<(), Reply> {
    period::must_be_open_if_dated(books, document.fields(books)?.date(document.layout().date))?;
    if document.status(books)? == "voided" {
        return Err(Reply::non_field_error("It is voided: reopen it first."));
    }
    Ok(())
}

/// Voids a document by reversing its entry.
pub(crate) fn void(books: &mut Books<'_>, document: Document, body: &JsonObject) -> Result<Outcome, Reply> {
    let layout = document.layout();
    let date = date_in(body, "void_date").unwrap_or_else(|| books.store.today());
    if document.status(books)? == "voided" {
        return Err(Reply::non_field_error("It is already voided."));
    }
    if document.active_payments(books).next().is_some() {
        return Err(Reply::non_field_error("It has payments: void or delete those first."));
    }
    if document.fields(books)?.is_posted_by_payment() {
        return Err(Reply::non_field_error("An overpayment created it: void that payment."));
    }
    period::must_be_open(books, date)?;
    if let Some(entry) = posted_entry(books, document.fields(books)?) {
        let reversal = reversal::reverse(books, entry, layout.void_entry_type, date)?;
        books.store.set(layout.resource, document.id, "voided_journal_entry", reversal);
        position::settle_document(books, document)?;
    }
    books.store.change(layout.resource, document.id, |record| {
        record.fields.set(layout.status, "voided");
        record.fields.set("voided_date", date_json(date));
    });
    Ok(Outcome::Record(layout.resource, document.id))
}

/// Reopens a voided document and deletes the reversing entry.
pub(crate) fn reopen(books: &mut Books<'_>, document: Document) -> Result<Outcome, Reply> {
    let layout = document.layout();
    if document.status(books)? != "voided" {
        return Err(Reply::non_field_error("Only a voided document can be reopened."));
    }
    if document.fields(books)?.is_posted_by_payment() {
        return Err(Reply::non_field_error("An overpayment created it, and that payment is voided."));
    }
    if let Some(reversal) = document.fields(books)?.integer("voided_journal_entry") {
        entry::erase(books, reversal)?;
    }
    if let Some(entry) = document.fields(books)?.integer("journal_entry") {
        books.store.set(ENTRIES, entry, "has_reversal", Json::Null);
    }
    books.store.change(layout.resource, document.id, |record| {
        record.fields.set(layout.status, layout.statuses[0]);
        record.fields.remove("voided_date");
        record.fields.remove("voided_journal_entry");
    });
    settlement::update(books, document)?;
    position::settle_document(books, document)?;
    if document.kind == Kind::Invoice {
        bundle::check_invoice(books, document.id)?;
    }
    Ok(Outcome::Record(layout.resource, document.id))
}

/// Returns the entry of a document, if it exists. Migrated documents may name an entry that does not.
pub(crate) fn posted_entry(books: &Books<'_>, document: &Fields) -> Option<i64> {
    document.integer("journal_entry").filter(|id| entry::date(books, *id).is_some())
}
