//! Lines of bank transactions that settle documents.

use campfire_values::Decimal;

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::journal::amounts::{self, CREDITS, DEBITS, Layers};
use crate::accounting::journal::line;
use crate::accounting::values::{no_such_record, rounded_share};
use crate::messages::reply::Reply;
use crate::model::ledger::{ENTRIES, LINES};

/// Returns the line that can settle a document: on the given side of the transaction's entry, and preferably
/// uncategorized.
pub(crate) fn settling_line(books: &mut Books<'_>, transaction: i64, is_debit: bool) -> Result<i64, Reply> {
    let entry = books.store.get(LINES, transaction).and_then(|line| line.fields.integer("journal"));
    let entry = entry.ok_or_else(|| no_such_record("transactions", transaction))?;
    if let Some(owner) = books.store.get(ENTRIES, entry).and_then(|entry| entry.fields.owner()) {
        let message = format!("Transaction {transaction} belongs to {owner}.");
        return Err(Reply::field_error("transaction_id", message));
    }
    let uncategorized = chart::account(books, Purpose::Uncategorized);
    let side = if is_debit { DEBITS[0] } else { CREDITS[0] };
    let lines: Vec<(i64, Option<i64>)> = books
        .store
        .linked(LINES, "journal", entry)
        // A line settles one document only.
        .filter(|(_, line)| line.fields.decimal(side).is_some() && !line.fields.settles())
        .map(|(id, line)| (id, line.fields.integer("account")))
        .collect();
    let best = lines
        .iter()
        .find(|(_, account)| account.is_none_or(|account| account == uncategorized))
        .or_else(|| lines.iter().find(|(id, _)| *id == transaction))
        .or_else(|| lines.first());
    best.map(|(id, _)| *id).ok_or_else(|| {
        Reply::non_field_error(format!("Transaction {transaction} has no unused line that could settle this document."))
    })
}

/// Reduces a line to an amount. The rest moves to a new line of the same entry.
pub(crate) fn split(books: &mut Books<'_>, line: i64, amount: Decimal) -> Result<(), Reply> {
    let fields = books.store.fields(LINES, line);
    let Some(entry) = fields.integer("journal") else { return Ok(()) };
    if amounts::native(&fields) == amount {
        return Ok(());
    }
    let whole = amounts::layers(&fields);
    let kept = share(whole, amount)?;
    let mut moved = fields.clone();
    amounts::set_layers(&mut moved, whole.minus(kept)?);
    moved.set_settles(false);
    books.store.change(LINES, line, |record| amounts::set_layers(&mut record.fields, kept));
    line::add(books, entry, moved)?;
    line::check_balance(books, entry)
}

/// Returns the part of a line that has this native amount, at the rates of the line.
fn share(whole: Layers, amount: Decimal) -> Result<Layers, Reply> {
    let native = if whole.native.is_negative() { -amount } else { amount };
    let part = |layer: Decimal| rounded_share(layer, native, whole.native);
    Ok(Layers { native, book: part(whole.book)?, consolidated: part(whole.consolidated)? })
}
