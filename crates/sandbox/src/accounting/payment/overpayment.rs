//! Overpayments. The surplus of an invoice becomes a credit memo; for a bill it is refused.

use campfire_values::{Date, Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::document::access::next_number;
use crate::accounting::kind::{Document, Kind};
use crate::accounting::payment::record::Created;
use crate::accounting::values::{date_json, object};
use crate::messages::reply::Reply;
use crate::state::fields::Fields;

/// The part of an amount that the document still needs, and the memo for the rest.
pub(super) struct Split {
    pub(super) amount: Decimal,
    pub(super) memo: Option<i64>,
}

/// Splits an amount into what is due and a credit memo for the rest. `entry` is the entry of the payment.
pub(super) fn split(
    books: &mut Books<'_>,
    document: Document,
    amount: Decimal,
    entry: Option<i64>,
    date: Date,
    created: &mut Created,
) -> Result<Split, Reply> {
    let due = document.open_amount(books);
    let surplus = amount.checked_sub(due).unwrap_or_default();
    if surplus.is_zero() || surplus.is_negative() {
        return Ok(Split { amount, memo: None });
    }
    if document.kind != Kind::Invoice {
        return Err(Reply::field_error("amount", format!("{amount} is more than the {due} that is due.")));
    }
    let number = next_number(books, Kind::CreditMemo);
    let fields = memo_fields(books, document, &number, surplus, entry, date)?;
    let memo = books.store.add(Kind::CreditMemo.layout().resource, fields);
    created.memos.push(object([("id", Json::from(memo)), ("credit_memo_number", number)]));
    Ok(Split { amount: due, memo: Some(memo) })
}

fn memo_fields(
    books: &mut Books<'_>,
    invoice: Document,
    number: &Json,
    surplus: Decimal,
    entry: Option<i64>,
    date: Date,
) -> Result<Fields, Reply> {
    let control = invoice.control_account(books)?;
    let line = object([
        ("id", Json::from(books.store.new_id())),
        ("account", Json::from(control)),
        ("amount", Json::from(surplus)),
        ("description", Json::from("Overpayment")),
    ]);
    let mut fields = Fields::default();
    for name in ["entity", "client", "currency", "contract", "exchange_rate", "exchange_rate_book"] {
        fields.set(name, invoice.fields(books)?.value(name));
    }
    fields.set("credit_memo_number", number.clone());
    fields.set("credit_memo_date", date_json(date));
    fields.set("credit_memo_type", "overpayment");
    fields.set("credit_account", control);
    fields.set("application_status", "open");
    fields.set("lines", vec![line]);
    // The payment has already credited the control account.
    fields.set_option("journal_entry", entry);
    fields.set_posted_by_payment();
    Ok(fields)
}

/// Voids (on a date) or deletes the memo for the surplus of a payment that is undone. Refuses if the memo is used.
pub(super) fn undo(books: &mut Books<'_>, payment: &Fields, voided_on: Option<Date>) -> Result<(), Reply> {
    let resource = Kind::CreditMemo.layout().resource;
    let memo = payment.overpayment_memo().filter(|memo| books.store.get(resource, *memo).is_some());
    let Some(memo) = memo else { return Ok(()) };
    if Document::new(Kind::CreditMemo, memo).active_payments(books).next().is_some() {
        let message = "The credit memo for the overpayment is used: undo its applications first.";
        return Err(Reply::non_field_error(message));
    }
    match voided_on {
        Some(date) => books.store.change(resource, memo, |record| {
            record.fields.set("application_status", "voided");
            record.fields.set("voided_date", date_json(date));
        }),
        None => books.store.delete(resource, memo),
    }
    Ok(())
}
