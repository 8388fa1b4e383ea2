//! Manual payments, which no transaction in the ledger stands for yet.

use campfire_values::{Date, Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::journal::amounts::{self, Layers};
use crate::accounting::journal::{entry, line};
use crate::accounting::kind::{Document, Kind};
use crate::accounting::payment::record::{self, Created};
use crate::accounting::payment::{exchange, overpayment};
use crate::accounting::values::{date_of, positive_amount, rounded_share};
use crate::messages::reply::Reply;
use crate::state::fields::Fields;

/// The fields for the amount in the currency of the document.
const SETTLED: [&str; 2] = ["amount_in_invoice_currency", "amount_in_bill_currency"];

/// A manual payment: what the account receives, and what the document is settled by.
struct Amounts {
    paid: Decimal,
    currency: String,
    settled: Decimal,
}

/// Posts a manual payment of a document.
pub(super) fn pay(books: &mut Books<'_>, document: Document, item: &Json, created: &mut Created) -> Result<(), Reply> {
    let account = item.get("account_id").and_then(Json::as_i64);
    let account = account.ok_or_else(|| Reply::field_error("account_id", "This field is required."))?;
    let date = date_of(item, "payment_date").unwrap_or_else(|| books.store.today());
    let amounts = amounts_in(books, document, item)?;
    let (entry, gain) = post(books, document, account, &amounts, date)?;
    let split = overpayment::split(books, document, amounts.settled, Some(entry), date, created)?;
    let mut fields = Fields::default();
    fields.set_overpayment_memo(split.memo);
    fields.set("payment_journal_entry", entry);
    fields.set_option("fx_gain_loss_realized_transaction", gain);
    fields.set_own_entry();
    fields.set("payment_type", "MANUAL_TRANSACTION");
    fields.set("source", "MANUAL");
    fields.set("external_id", item.get("external_id").cloned().unwrap_or_default());
    fields.set("withheld_amount", item.get("withholding_amount").cloned().unwrap_or_default());
    created.entries.push(entry);
    created.payments.push(record::add(books, document, split.amount, date, fields)?);
    Ok(())
}

fn amounts_in(books: &Books<'_>, document: Document, item: &Json) -> Result<Amounts, Reply> {
    let own = exchange::currency(books, document)?;
    let currency = item.get("currency").and_then(Json::as_str).filter(|text| !text.is_empty()).unwrap_or(&own);
    let given = SETTLED.into_iter().find(|name| item.get(name).is_some_and(|value| !value.is_null()));
    if currency != own && given.is_none() {
        let name = if document.kind == Kind::Bill { SETTLED[1] } else { SETTLED[0] };
        let message = format!("This field is required for a payment in another currency than {own}.");
        return Err(Reply::field_error(name, message));
    }
    let settled = positive_amount(item, given.unwrap_or("amount"))?;
    let paid = if currency == own { settled } else { positive_amount(item, "amount")? };
    Ok(Amounts { paid, currency: currency.to_owned(), settled })
}

/// Posts the entry of a payment. Returns its id, and the line of the realized gain or loss.
fn post(
    books: &mut Books<'_>,
    document: Document,
    account: i64,
    amounts: &Amounts,
    date: Date,
) -> Result<(i64, Option<i64>), Reply> {
    let layout = document.layout();
    let entry = document.entry(books, layout.payment_entry_type, date)?;
    let control = document.control_account(books)?;
    let at_document_rates = exchange::at_rates_of(books, document, layout.settled(amounts.settled))?;
    let paid = paid_layers(books, document, amounts, at_document_rates)?;
    let mut account_line = document.line(books, account, paid.native)?;
    account_line.fields.set("currency", amounts.currency.as_str());
    amounts::set_layers(&mut account_line.fields, paid);
    let control_line = document.line(books, control, at_document_rates.native)?;
    let mut lines = vec![account_line, control_line];
    let balancing = exchange::balancing_line(books, document, &[paid, at_document_rates])?;
    let has_gain = balancing.is_some();
    lines.extend(balancing);
    let entry = entry::post(books, &entry, lines)?;
    let gain = if has_gain { line::ids(books, entry).last().copied() } else { None };
    Ok((entry, gain))
}

/// Returns the layers of what the account receives. A payment in the currency of the entity has its own book amount. No
/// other rate is known, so any other payment has the rates of the document, and neither gains nor loses.
fn paid_layers(books: &Books<'_>, document: Document, amounts: &Amounts, settled: Layers) -> Result<Layers, Reply> {
    let layout = document.layout();
    let native = -layout.settled(amounts.paid);
    let is_in_other = amounts.currency != exchange::currency(books, document)?;
    if !is_in_other || amounts.currency != exchange::book_currency(books, document)? {
        return Ok(Layers { native, ..settled.negated() });
    }
    Ok(Layers { native, book: native, consolidated: rounded_share(settled.consolidated, native, settled.book)? })
}
