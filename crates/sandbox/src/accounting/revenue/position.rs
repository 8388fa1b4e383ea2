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
use crate::model::ledger::LINES;
use crate::state::positions::DayEnds;

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

/// Divides the marked lines of a contract between deferred and unbilled revenue, from the first day on that has changed.
pub(crate) fn settle(books: &mut Books<'_>, contract: i64) -> Result<(), Reply> {
    let Some(from) = books.store.changed_since_settled(contract) else { return Ok(()) };
    let mut ends = DayEnds::new();
    for (currency, changes) in by_currency(books, contract, from)? {
        let (mut deferred, mut unbilled) = books.store.settled_before(contract, &currency, from);
        let days = ends.entry(currency).or_default();
        for change in changes {
            let amount = total([change.deferred, change.unbilled])?;
            let (to_deferred, to_unbilled) = divide(amount, deferred, unbilled)?;
            deferred = total([deferred, to_deferred])?;
            unbilled = total([unbilled, -to_unbilled])?;
            days.insert(change.date, (deferred, unbilled));
            if (change.deferred, change.unbilled) != (to_deferred, to_unbilled) {
                rewrite(books, &change, to_deferred, to_unbilled)?;
            }
        }
    }
    // Only now, so that a settlement that fails is made up for.
    books.store.set_settled(contract, from, ends);
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

/// Returns the changes of each currency by date, from a day on. On the same day, bills come before revenue.
fn by_currency(books: &Books<'_>, contract: i64, from: Date) -> Result<BTreeMap<String, Vec<Change>>, Reply> {
    let mut entries: BTreeMap<(String, i64), Change> = BTreeMap::new();
    for (id, line) in books.store.contract_lines(contract, from) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounting::journal::amounts::Rates;
    use crate::accounting::journal::entry::{Entry, NewLine};
    use crate::model::source::ModelSource;
    use crate::response_style::ResponseStyle;
    use crate::state::fields::Fields;
    use crate::state::store::Store;

    const CONTRACT_ID: i64 = 7;

    static MODEL: ModelSource = ModelSource::new(include_str!("../../../tests/tiny.json"));

    /// Posts a bill, or revenue if the amount is negative, in a month.
    fn post(books: &mut Books<'_>, month: u32, amount: i64) {
        let date = Date::from_ymd_opt(2000, 1, 15).unwrap() + chrono::Months::new(month);
        let entry = Entry {
            entry_type: "invoice",
            date,
            entity: None,
            currency: Some("USD".to_owned()),
            rates: Rates::of(&Fields::default()),
            memo: String::new(),
            owner: None,
        };
        let amount = Decimal::new(amount, 0);
        let mut marked = Fields::default();
        marked.set_contract(Some(CONTRACT_ID));
        let deferred = chart::account(books, Purpose::DeferredRevenue);
        let other = chart::account(books, Purpose::Income);
        let lines = vec![
            NewLine { account: deferred, amount: -amount, fields: marked },
            NewLine { account: other, amount, fields: Fields::default() },
        ];
        assert!(entry::post(books, &entry, lines).is_ok());
    }

    /// Returns the balances at the end of each month.
    fn balances(books: &Books<'_>) -> Vec<(Date, Decimal, Decimal)> {
        let changes = by_currency(books, CONTRACT_ID, Date::MIN).unwrap_or_default().remove("USD").unwrap_or_default();
        let (mut deferred, mut unbilled) = (Decimal::ZERO, Decimal::ZERO);
        let ends = changes.into_iter().map(|change| {
            deferred = total([deferred, change.deferred]).unwrap_or_default();
            unbilled = total([unbilled, -change.unbilled]).unwrap_or_default();
            (change.date, deferred, unbilled)
        });
        ends.collect()
    }

    fn store() -> (&'static crate::model::api::Api, Store) {
        let api = MODEL.read().unwrap();
        (api, Store::new(api.links(), 1))
    }

    #[test]
    fn a_new_invoice_does_not_read_earlier_ones() {
        let (api, mut store) = store();
        let mut books = Books { api, store: &mut store, style: ResponseStyle::Observed };
        let mut read = 0;
        for month in 0..200 {
            post(&mut books, month, 100);
            let from = books.store.changed_since_settled(CONTRACT_ID).unwrap();
            read += books.store.contract_lines(CONTRACT_ID, from).count();
            assert!(settle(&mut books, CONTRACT_ID).is_ok());
        }
        assert_eq!(read, 200);
        assert_eq!(books.store.changed_since_settled(CONTRACT_ID), None);
    }

    #[test]
    fn the_order_of_postings_does_not_matter() {
        // Bills of 250 every third month, and revenue of 100 in each.
        let mut changes: Vec<(u32, i64)> = (0..24).map(|month| (month, -100)).collect();
        changes.extend((0..24).step_by(3).map(|month| (month, 250)));
        let run = |changes: &[(u32, i64)]| {
            let (api, mut store) = store();
            let mut books = Books { api, store: &mut store, style: ResponseStyle::Observed };
            for (month, amount) in changes {
                post(&mut books, *month, *amount);
                assert!(settle(&mut books, CONTRACT_ID).is_ok());
            }
            balances(&books)
                .into_iter()
                .map(|(date, deferred, unbilled)| (date, (deferred, unbilled)))
                .collect::<BTreeMap<_, _>>()
        };
        let expected = run(&changes);
        let (_, last) = expected.last_key_value().unwrap();
        assert_eq!(*last, (Decimal::ZERO, Decimal::new(400, 0)));
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..20 {
            random.shuffle(&mut changes);
            assert_eq!(run(&changes), expected, "{changes:?}");
        }
    }
}
