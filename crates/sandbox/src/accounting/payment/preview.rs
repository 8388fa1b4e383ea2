//! Amounts to show before a payment is made.

use campfire_values::{Decimal, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::kind::Document;
use crate::accounting::payment::terms;
use crate::accounting::request::Outcome;
use crate::accounting::values::{list_in, object, total};
use crate::messages::reply::Reply;
use crate::state::record::Record;

/// Proposes to pay everything that is due.
pub(crate) fn propose(books: &Books<'_>, document: Document) -> Result<Outcome, Reply> {
    document.status(books)?;
    terms::check(books, document)?;
    Ok(Outcome::Value(object([
        ("default_payment_amount", Json::from(document.open_amount(books))),
        ("payment_term_discount_note", Json::Null),
    ])))
}

/// Computes the amount that a mix of payments would leave.
pub(crate) fn calculate(books: &Books<'_>, document: Document, body: &JsonObject) -> Result<Outcome, Reply> {
    document.status(books)?;
    terms::check(books, document)?;
    let sum = |lists: &[&str], name: &str| {
        let items = lists.iter().flat_map(|list| list_in(body, list));
        total(items.filter_map(|item| item.get(name)?.as_decimal()))
    };
    let is_memo = |record: &Record| record.fields.text("payment_type") == Some("CREDIT_MEMO");
    let settled = |by_memos: bool| {
        let payments = document.active_payments(books).filter(|(_, record)| is_memo(record) == by_memos);
        total(payments.filter_map(|(_, payment)| payment.fields.decimal("amount")))
    };
    let total_due = books.amount(document.layout().resource, document.id, "total_amount");
    let withheld = sum(&["transactions", "empty_transactions"], "withholding_amount")?;
    let payments = total([settled(false)?, sum(&["transactions", "empty_transactions"], "amount")?])?;
    let credits = total([settled(true)?, sum(&["credit_memos"], "amount")?])?;
    let remaining = total([total_due, -payments, -credits, -withheld])?;
    Ok(Outcome::Value(object([
        ("total_due", Json::from(total_due)),
        ("applied_payments", Json::from(payments)),
        ("applied_credits", Json::from(credits)),
        ("applied_withholding", Json::from(withheld)),
        ("term_discounts", Json::from(Decimal::ZERO)),
        ("remaining_due", Json::from(remaining)),
    ])))
}
