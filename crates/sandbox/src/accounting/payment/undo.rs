//! Voiding and deleting payments.

use campfire_values::{Date, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::document::settlement;
use crate::accounting::journal::{amounts, entry, reversal};
use crate::accounting::kind::{Document, Kind};
use crate::accounting::payment::{bank, exchange, overpayment, record};
use crate::accounting::period;
use crate::accounting::request::Outcome;
use crate::accounting::values::{date_in, date_json};
use crate::messages::reply::Reply;
use crate::model::ledger::LINES;
use crate::state::fields::Fields;

/// Voids a payment with an entry of its own. The document is open again.
pub(crate) fn void(
    books: &mut Books<'_>,
    document: Document,
    payment: i64,
    body: &JsonObject,
) -> Result<Outcome, Reply> {
    let layout = document.layout();
    let fields = record::fields(books, document, payment)?;
    if fields.contains("voided_date") {
        return Err(Reply::non_field_error("The payment is already voided."));
    }
    let date = date_in(body, "void_date").unwrap_or_else(|| books.store.today());
    overpayment::undo(books, &fields, Some(date))?;
    let reversal = match own_entry(&fields) {
        Some(entry) => reversal::reverse(books, entry, layout.void_payment_entry_type, date)?,
        None => move_back(books, document, &fields, date)?,
    };
    for (document, payment) in both_sides(books, document, payment, &fields) {
        books.store.change(document.layout().payments, payment, |record| {
            record.fields.set("voided_date", date_json(date));
            record.fields.set("voided_journal_entry", reversal);
        });
        settlement::update(books, document)?;
    }
    Ok(Outcome::Record(layout.payments, payment))
}

/// Posts an entry that moves the amount of a bank transaction back to the uncategorized account. The bank line itself
/// stays as it is.
fn move_back(books: &mut Books<'_>, document: Document, payment: &Fields, date: Date) -> Result<i64, Reply> {
    let layout = document.layout();
    let line = payment.integer("payment_transaction").and_then(|line| books.store.get(LINES, line));
    let amount = line.map(|line| amounts::native(&line.fields)).or(payment.decimal("amount")).unwrap_or_default();
    let reopened = exchange::at_rates_of(books, document, layout.posted(amount))?;
    let gain = payment.integer("fx_gain_loss_realized_transaction").and_then(|line| books.store.get(LINES, line));
    let gain = gain.map(|line| amounts::layers(&line.fields)).unwrap_or_default();
    let mut given_back = gain.minus(reopened)?;
    given_back.native = -layout.posted(amount);
    let control = document.control_account(books)?;
    let uncategorized = chart::account(books, Purpose::Uncategorized);
    let entry = document.entry(books, layout.void_payment_entry_type, date)?;
    let mut back = document.line(books, uncategorized, given_back.native)?;
    amounts::set_layers(&mut back.fields, given_back);
    let mut lines = vec![document.line(books, control, layout.posted(amount))?, back];
    lines.extend(exchange::balancing_line(books, document, &[reopened, given_back])?);
    entry::post(books, &entry, lines)
}

/// Deletes a payment without a trace. A bank line is uncategorized again.
pub(crate) fn remove(books: &mut Books<'_>, document: Document, payment: i64) -> Result<Outcome, Reply> {
    let fields = record::fields(books, document, payment)?;
    period::must_be_open_if_dated(books, fields.date("payment_date"))?;
    overpayment::undo(books, &fields, None)?;
    if let Some(reversal) = fields.integer("voided_journal_entry") {
        entry::erase(books, reversal)?;
    }
    if let Some(entry) = own_entry(&fields) {
        entry::erase(books, entry)?;
    } else if let Some(line) = fields.integer("payment_transaction") {
        bank::give_back(books, line, &fields)?;
    }
    for (document, payment) in both_sides(books, document, payment, &fields) {
        books.store.erase(document.layout().payments, payment);
        if document.fields(books).is_ok() {
            settlement::update(books, document)?;
        }
    }
    Ok(Outcome::Nothing)
}

/// Returns the entry that exists for this payment alone.
fn own_entry(payment: &Fields) -> Option<i64> {
    payment.integer("payment_journal_entry").filter(|_| payment.has_own_entry())
}

/// Returns the payment with its document, and the other side if a memo was applied.
fn both_sides(books: &Books<'_>, document: Document, payment: i64, fields: &Fields) -> Vec<(Document, i64)> {
    let mut sides = vec![(document, payment)];
    sides.extend(counterpart(books, fields));
    sides
}

fn counterpart(books: &Books<'_>, payment: &Fields) -> Option<(Document, i64)> {
    let counterpart = payment.counterpart()?;
    let kind = Kind::with_payments(&counterpart.resource)?;
    let record = books.store.get(&counterpart.resource, counterpart.id)?;
    Some((Document::new(kind, record.fields.integer(kind.layout().link)?), counterpart.id))
}
