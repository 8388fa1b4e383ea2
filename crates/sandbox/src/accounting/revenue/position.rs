//! The position of a contract: deferred revenue is what is billed and not earned, unbilled revenue what is earned and not
//! billed. One of the two is always zero.
//!
//! The lines that change the position carry a marker. They are divided between the two accounts in the order of their
//! dates: a bill first clears what is unbilled, and revenue first uses up what is deferred.

use std::collections::BTreeMap;

use campfire_values::{Date, Decimal};

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::journal::{amounts, entry, line};
use crate::accounting::kind::{Document, Kind};
use crate::accounting::period;
use crate::accounting::values::total;
use crate::messages::reply::Reply;
use crate::model::ledger::{CONTRACT, LINES};

/// A change of the position: the marked lines of an entry.
struct Change {
    date: Date,
    entry: i64,
    lines: Vec<i64>,
    /// Credits minus debits on each account. Bills are positive, revenue is negative.
    deferred: Decimal,
    unbilled: Decimal,
}

/// Settles the contract of an invoice. Other documents do not change what a contract has billed.
pub(crate) fn settle_document(books: &mut Books<'_>, document: Document) -> Result<(), Reply> {
    let record = books.store.get_any(document.layout().resource, document.id);
    match record.and_then(|record| record.fields.integer("contract")) {
        Some(contract) if document.kind == Kind::Invoice => settle(books, contract),
        _ => Ok(()),
    }
}

/// Divides the marked lines of a contract between deferred and unbilled revenue.
pub(crate) fn settle(books: &mut Books<'_>, contract: i64) -> Result<(), Reply> {
    for changes in by_currency(books, contract)?.into_values() {
        let (mut deferred, mut unbilled) = (Decimal::ZERO, Decimal::ZERO);
        for change in changes {
            let amount = total([change.deferred, change.unbilled])?;
            let (to_deferred, to_unbilled) = divide(amount, deferred, unbilled)?;
            deferred = total([deferred, to_deferred])?;
            unbilled = total([unbilled, -to_unbilled])?;
            if (change.deferred, change.unbilled) != (to_deferred, to_unbilled) {
                rewrite(books, &change, to_deferred, to_unbilled)?;
            }
        }
    }
    Ok(())
}

/// Divides a change between the two accounts, given their balances.
fn divide(amount: Decimal, deferred: Decimal, unbilled: Decimal) -> Result<(Decimal, Decimal), Reply> {
    if amount.is_negative() {
        let from_deferred = deferred.min(-amount);
        return Ok((-from_deferred, total([amount, from_deferred])?));
    }
    let to_unbilled = unbilled.min(amount);
    Ok((total([amount, -to_unbilled])?, to_unbilled))
}

/// Returns the changes of each currency by date. On the same day, bills come before revenue.
fn by_currency(books: &Books<'_>, contract: i64) -> Result<BTreeMap<String, Vec<Change>>, Reply> {
    let mut entries: BTreeMap<(String, i64), Change> = BTreeMap::new();
    for (id, line) in books.store.linked(LINES, CONTRACT, contract) {
        let fields = &line.fields;
        let (Some(entry), Some(date)) = (fields.integer("journal"), fields.date("posted_at")) else { continue };
        let key = (fields.text("currency").unwrap_or_default().to_owned(), entry);
        let new = || Change { date, entry, lines: Vec::new(), deferred: Decimal::ZERO, unbilled: Decimal::ZERO };
        let change = entries.entry(key).or_insert_with(new);
        let credit = -amounts::layers(fields).native;
        let side = if fields.is_unbilled() { &mut change.unbilled } else { &mut change.deferred };
        *side = total([*side, credit])?;
        change.lines.push(id);
    }
    let mut currencies: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    for ((currency, _), change) in entries {
        currencies.entry(currency).or_default().push(change);
    }
    for changes in currencies.values_mut() {
        let is_revenue = |change: &Change| total([change.deferred, change.unbilled]).is_ok_and(|sum| sum.is_negative());
        changes.sort_by_key(|change| (change.date, is_revenue(change), change.entry));
    }
    Ok(currencies)
}

/// Replaces the marked lines of an entry.
fn rewrite(books: &mut Books<'_>, change: &Change, deferred: Decimal, unbilled: Decimal) -> Result<(), Reply> {
    period::must_be_open_if_dated(books, entry::date(books, change.entry))?;
    let Some(first) = change.lines.first() else { return Ok(()) };
    let mut template = books.store.fields(LINES, *first);
    amounts::clear(&mut template);
    template.remove("account");
    for line in &change.lines {
        books.store.delete(LINES, *line);
    }
    for (purpose, credit) in [(Purpose::DeferredRevenue, deferred), (Purpose::UnbilledRevenue, unbilled)] {
        if credit.is_zero() {
            continue;
        }
        let mut fields = template.clone();
        fields.set("account", chart::account(books, purpose));
        fields.set_unbilled(purpose == Purpose::UnbilledRevenue);
        amounts::set_signed(&mut fields, -credit);
        line::add(books, change.entry, fields)?;
    }
    line::check_balance(books, change.entry)
}
