//! Using up a memo with the transaction that paid it out.

use campfire_values::{Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::document::settlement;
use crate::accounting::kind::Document;
use crate::accounting::payment::{bank, exchange, record};
use crate::accounting::request::Outcome;
use crate::accounting::values::{date_in, positive_amount};
use crate::messages::reply::Reply;
use crate::model::ledger::LINES;
use crate::state::fields::Fields;

/// Uses up a memo.
pub(crate) fn use_up(books: &mut Books<'_>, memo: Document, body: &JsonObject) -> Result<Outcome, Reply> {
    let amount = positive_amount(&Json::Object(body.clone()), "amount")?;
    if memo.status(books)? == "voided" {
        return Err(Reply::non_field_error("It is voided: reopen it first."));
    }
    let open = memo.open_amount(books);
    if amount > open {
        return Err(Reply::field_error("amount", format!("{amount} is more than the {open} that is left.")));
    }
    let transaction = body.get("transaction_id").and_then(Json::as_i64).unwrap_or_default();
    let (line, taken) = bank::take(books, memo, transaction, amount, true)?;
    let gain = exchange::realize(books, memo, line)?;
    let date = date_in(body, "payment_date").unwrap_or_else(|| books.store.today());
    let mut fields = Fields::default();
    fields.set("payment_transaction", line);
    fields.set_option("fx_gain_loss_realized_transaction", gain);
    fields.set("payment_journal_entry", books.store.fields(LINES, line).value("journal"));
    record::add(books, memo, taken, date, fields)?;
    settlement::update(books, memo)?;
    Ok(Outcome::Nothing)
}
