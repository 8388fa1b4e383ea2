//! Payments with bank transactions: their lines move to the control account of the document.

use campfire_values::{Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::journal::{amounts, bank};
use crate::accounting::kind::{Document, Kind};
use crate::accounting::payment::record::{self, Created};
use crate::accounting::payment::{exchange, overpayment};
use crate::accounting::period;
use crate::accounting::values::{positive_amount, total};
use crate::messages::reply::Reply;
use crate::model::ledger::{ENTITIES, LINES};
use crate::state::fields::Fields;

/// Pays a document with one or several transactions.
pub(super) fn pay(books: &mut Books<'_>, document: Document, item: &Json, created: &mut Created) -> Result<(), Reply> {
    let mut left = positive_amount(item, "amount")?;
    let several = item.get("transaction_ids").and_then(Json::as_array).unwrap_or_default();
    let ids: Vec<i64> = item.get("transaction_id").into_iter().chain(several).filter_map(Json::as_i64).collect();
    if ids.is_empty() {
        return Err(Reply::field_error("transaction_id", "This field is required."));
    }
    let last = ids.len() - 1;
    for (index, transaction) in ids.into_iter().enumerate() {
        if left.is_zero() {
            break;
        }
        let (line, taken) = take(books, document, transaction, left, index == last)?;
        left = total([left, -taken])?;
        add_payment(books, document, line, taken, created)?;
    }
    Ok(())
}

fn add_payment(
    books: &mut Books<'_>,
    document: Document,
    line: i64,
    taken: Decimal,
    created: &mut Created,
) -> Result<(), Reply> {
    let line_fields = books.store.fields(LINES, line);
    let date = line_fields.date("posted_at").unwrap_or_else(|| books.store.today());
    let entry = line_fields.integer("journal");
    let gain = exchange::realize(books, document, line)?;
    let split = overpayment::split(books, document, taken, entry, date, created)?;
    let mut fields = Fields::default();
    fields.set_option("fx_gain_loss_realized_transaction", gain);
    fields.set_overpayment_memo(split.memo);
    fields.set("payment_transaction", line);
    fields.set("payment_transactions", vec![Json::from(line)]);
    fields.set("payment_transaction_bank_description", line_fields.value("bank_description"));
    fields.set_option("payment_journal_entry", entry);
    fields.set("payment_type", "BANK_TRANSACTION");
    created.entries.extend(entry);
    created.payments.push(record::add(books, document, split.amount, date, fields)?);
    Ok(())
}

/// Moves a line of a transaction to the control account of a document, reduced to the amount that is wanted. Returns
/// the line and its amount.
pub(super) fn take(
    books: &mut Books<'_>,
    document: Document,
    transaction: i64,
    wanted: Decimal,
    must_suffice: bool,
) -> Result<(i64, Decimal), Reply> {
    // Settling moves the control account in the opposite direction of posting.
    let line = bank::settling_line(books, transaction, !document.layout().debits_control)?;
    let fields = books.store.fields(LINES, line);
    if !may_pay_in_closed_period(books, document)? {
        period::must_be_open_if_dated(books, fields.date("posted_at"))?;
    }
    check_currency(books, document, &fields)?;
    let control = document.control_account(books)?;
    let available = amounts::native(&fields);
    if must_suffice && available < wanted {
        let message = format!("{wanted} is more than the {available} of transaction {transaction}.");
        return Err(Reply::field_error("amount", message));
    }
    let taken = available.min(wanted);
    bank::split(books, line, taken)?;
    books.store.change(LINES, line, |record| {
        record.fields.set("account", control);
        record.fields.set_settles(true);
    });
    Ok((line, taken))
}

/// Returns `true` if transactions of closed periods may pay the document: its entity allows that for invoices and bills.
fn may_pay_in_closed_period(books: &Books<'_>, document: Document) -> Result<bool, Reply> {
    let entity = document.fields(books)?.integer("entity").and_then(|id| books.store.get(ENTITIES, id));
    let is_allowed = entity.and_then(|entity| entity.fields.get("allow_payments_in_closed_periods")?.as_bool());
    Ok(is_allowed == Some(true) && matches!(document.kind, Kind::Invoice | Kind::Bill))
}

/// Refuses a transaction in another currency than the document: the reference does not say how one settles the other.
fn check_currency(books: &Books<'_>, document: Document, line: &Fields) -> Result<(), Reply> {
    let own = exchange::currency(books, document)?;
    match line.text("currency") {
        Some(other) if other != own => {
            let message = format!("The transaction is in {other}, the document in {own}: enter a manual payment.");
            Err(Reply::field_error("transaction_id", message))
        }
        _ => Ok(()),
    }
}

/// Returns a line that a payment has taken to the uncategorized account.
pub(super) fn give_back(books: &mut Books<'_>, line: i64, payment: &Fields) -> Result<(), Reply> {
    exchange::unrealize(books, line, payment)?;
    let uncategorized = chart::account(books, Purpose::Uncategorized);
    books.store.change(LINES, line, |record| {
        record.fields.set_settles(false);
        record.fields.set("account", uncategorized);
    });
    Ok(())
}
