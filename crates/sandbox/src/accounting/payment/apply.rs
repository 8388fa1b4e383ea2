//! Applying payments to invoices and bills.

use campfire_values::{Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::document::settlement;
use crate::accounting::kind::{Document, Kind};
use crate::accounting::payment::record::Created;
use crate::accounting::payment::{bank, manual, memo, terms};
use crate::accounting::request::Outcome;
use crate::accounting::values::list_in;
use crate::messages::reply::Reply;

/// Applies the payments in a body to an invoice or a bill, all of them or none.
pub(crate) fn pay(books: &mut Books<'_>, document: Document, body: &JsonObject) -> Result<Outcome, Reply> {
    let memo_field = if document.kind == Kind::Bill { "debit_memos" } else { "credit_memos" };
    let (transactions, manual_payments, memos) =
        (list_in(body, "transactions"), list_in(body, "empty_transactions"), list_in(body, memo_field));
    if transactions.is_empty() && manual_payments.is_empty() && memos.is_empty() {
        let message = format!(
            "Name at least one bank transaction in `transactions`, manual payment in `empty_transactions`, or memo in `{memo_field}`."
        );
        return Err(Reply::non_field_error(message));
    }
    if ["voided", "draft", "uncollectible"].contains(&document.status(books)?) {
        return Err(Reply::non_field_error("It is not open for payments."));
    }
    terms::check(books, document)?;
    let withholds =
        |item: &Json| item.get("withholding_amount").and_then(Json::as_decimal).is_some_and(|amount| !amount.is_zero());
    if transactions.iter().chain(manual_payments).any(withholds) {
        let reason = "The reference does not say to which account withheld tax is posted.";
        return Err(Reply::unmodelled("A payment with `withholding_amount`", Some(reason)));
    }
    let mut created = Created::default();
    for item in memos {
        memo::apply(books, document, item, &mut created)?;
    }
    for item in transactions {
        bank::pay(books, document, item, &mut created)?;
    }
    for item in manual_payments {
        manual::pay(books, document, item, &mut created)?;
    }
    settlement::update(books, document)?;
    Ok(match document.kind {
        Kind::Bill => Outcome::Record(document.layout().resource, document.id),
        _ => Outcome::Value(created.into_json()),
    })
}
