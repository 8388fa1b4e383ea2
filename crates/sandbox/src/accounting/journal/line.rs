//! Lines of journal entries, and the rule that they balance.

use std::collections::BTreeSet;

use crate::accounting::books::Books;
use crate::accounting::chart;
use crate::accounting::journal::amounts::{self, CREDITS, DEBITS, LAYERS, Rates};
use crate::accounting::values::total;
use crate::messages::reply::Reply;
use crate::model::ledger::{ENTRIES, LINES};
use crate::state::fields::Fields;

/// Adds a line to an entry. The line takes the date of the entry, and also its entity, currency, and rates unless it has
/// its own. Returns its id.
pub(crate) fn add(books: &mut Books<'_>, entry: i64, mut fields: Fields) -> Result<i64, Reply> {
    let header = books.store.fields(ENTRIES, entry);
    for name in ["entity", "currency"] {
        if !fields.contains(name) {
            fields.set(name, header.value(name));
        }
    }
    let is_in_root_currency = books.is_in_root_currency(fields.integer("entity"));
    let rates = Rates::of(&fields).or(Rates::of(&header)).in_root_currency(is_in_root_currency);
    amounts::complete(&mut fields, rates)?;
    fields.set("journal", entry);
    fields.set("posted_at", header.value("date"));
    fields.set("intercompany_journal", header.value("intercompany_journal"));
    fields.set("transaction_id", books.store.new_uuid());
    if let Some(account) = fields.integer("account")
        && chart::is_inactive(books, account)
    {
        return Err(Reply::field_error("transactions", format!("Account {account} is not active.")));
    }
    Ok(books.store.add(LINES, fields))
}

/// Returns the ids of the lines of an entry.
pub(crate) fn ids(books: &Books<'_>, entry: i64) -> Vec<i64> {
    books.store.linked(LINES, "journal", entry).map(|(id, _)| id).collect()
}

/// Deletes the lines of an entry.
pub(crate) fn delete_all(books: &mut Books<'_>, entry: i64) {
    for id in ids(books, entry) {
        books.store.delete(LINES, id);
    }
}

/// Refuses an entry whose debits and credits differ in any layer. Book and consolidated amounts may be given by the
/// caller, and statements need them to balance as well. Native amounts of different currencies cannot be compared.
pub(crate) fn check_balance(books: &Books<'_>, entry: i64) -> Result<(), Reply> {
    let currencies = books.store.linked(LINES, "journal", entry).map(|(_, line)| line.fields.text("currency"));
    let skipped = usize::from(currencies.collect::<BTreeSet<_>>().len() > 1);
    for ((layer, debit), credit) in LAYERS.into_iter().zip(DEBITS).zip(CREDITS).skip(skipped) {
        let sum = |name: &str| {
            let lines = books.store.linked(LINES, "journal", entry);
            total(lines.filter_map(|(_, line)| line.fields.decimal(name)))
        };
        let (debits, credits) = (sum(debit)?, sum(credit)?);
        if debits != credits {
            return Err(Reply::non_field_error(format!(
                "The entry does not balance: {layer} debits are {debits}, {layer} credits are {credits}."
            )));
        }
    }
    Ok(())
}
