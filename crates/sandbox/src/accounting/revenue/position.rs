//! The position of a contract: deferred revenue is what is billed and not earned, unbilled revenue what is earned and not
//! billed. One of the two is always zero.
//!
//! The lines that change the position carry a marker. They are divided between the two accounts in the order of their
//! dates: a bill first clears what is unbilled, and revenue first uses up what is deferred.

use std::collections::{BTreeMap, BTreeSet};

use campfire_values::Decimal;

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::journal::{amounts, entry, line};
use crate::accounting::kind::{Document, Kind};
use crate::accounting::period;
use crate::accounting::values::total;
use crate::messages::reply::Reply;
use crate::model::ledger::LINES;
use crate::state::positions::{Place, Settled};

/// A change of the position: the marked lines of an entry in one currency.
struct Change {
    place: Place,
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

/// Divides the marked lines of a contract between deferred and unbilled revenue, from the first change on.
pub(crate) fn settle(books: &mut Books<'_>, contract: i64) -> Result<(), Reply> {
    let touched = books.store.touched_since_settled(contract);
    if touched.is_empty() {
        return Ok(());
    }
    let starts = starts(books, contract, &touched)?;
    let mut settled = Settled::new();
    for (currency, start) in &starts {
        let (mut deferred, mut unbilled) = books.store.settled_before(contract, currency, *start);
        let balances = settled.entry(currency.clone()).or_default();
        for change in changes(books, contract, currency, *start, &touched)? {
            let amount = total([change.deferred, change.unbilled])?;
            let (to_deferred, to_unbilled) = divide(amount, deferred, unbilled)?;
            deferred = total([deferred, to_deferred])?;
            unbilled = total([unbilled, -to_unbilled])?;
            balances.insert(change.place, (deferred, unbilled));
            if (change.deferred, change.unbilled) != (to_deferred, to_unbilled) {
                rewrite(books, &change, to_deferred, to_unbilled)?;
            }
        }
    }
    // Only now, so that a settlement that fails is made up for.
    books.store.set_settled(contract, &starts, settled);
    Ok(())
}

/// Returns the first place of each currency that the touched entries change: where they are, or where they were.
fn starts(books: &Books<'_>, contract: i64, touched: &[i64]) -> Result<BTreeMap<String, Place>, Reply> {
    let mut starts: BTreeMap<String, Place> = BTreeMap::new();
    for entry in touched {
        let before = books.store.settled_places(contract, *entry).iter().cloned();
        let now = changes_of(books, contract, *entry)?.into_iter().map(|(currency, change)| (currency, change.place));
        for (currency, place) in before.chain(now) {
            let start = starts.entry(currency).or_insert(place);
            *start = place.min(*start);
        }
    }
    Ok(starts)
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

/// Returns the changes in a currency from a place on, in their order.
fn changes(
    books: &Books<'_>,
    contract: i64,
    currency: &str,
    from: Place,
    touched: &[i64],
) -> Result<Vec<Change>, Reply> {
    let entries = books.store.settled_from(contract, currency, from).chain(touched.iter().copied());
    let entries: BTreeSet<i64> = entries.collect();
    let mut changes = Vec::with_capacity(entries.len());
    for entry in entries {
        changes.extend(changes_of(books, contract, entry)?.remove(currency));
    }
    changes.sort_by_key(|change| change.place);
    Ok(changes)
}

/// Returns the change that an entry makes in each currency.
fn changes_of(books: &Books<'_>, contract: i64, entry: i64) -> Result<BTreeMap<String, Change>, Reply> {
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    for (id, line) in books.store.contract_lines(contract, entry) {
        let fields = &line.fields;
        let Some(date) = fields.date("posted_at") else { continue };
        let place = Place { date, is_revenue: false, entry };
        let new = || Change { place, lines: Vec::new(), deferred: Decimal::ZERO, unbilled: Decimal::ZERO };
        let change = changes.entry(fields.text("currency").unwrap_or_default().to_owned()).or_insert_with(new);
        let credit = -amounts::layers(fields).native;
        let side = if fields.is_unbilled() { &mut change.unbilled } else { &mut change.deferred };
        *side = total([*side, credit])?;
        change.lines.push(id);
    }
    for change in changes.values_mut() {
        change.place.is_revenue = total([change.deferred, change.unbilled])?.is_negative();
    }
    Ok(changes)
}

/// Replaces the marked lines of an entry.
fn rewrite(books: &mut Books<'_>, change: &Change, deferred: Decimal, unbilled: Decimal) -> Result<(), Reply> {
    period::must_be_open_if_dated(books, entry::date(books, change.place.entry))?;
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
        line::add(books, change.place.entry, fields)?;
    }
    line::check_balance(books, change.place.entry)
}

#[cfg(test)]
mod tests {
    use campfire_values::Date;

    use super::*;
    use crate::accounting::journal::amounts::Rates;
    use crate::accounting::journal::entry::{Entry, NewLine};
    use crate::model::ledger::ENTRIES;
    use crate::model::source::ModelSource;
    use crate::response_style::ResponseStyle;
    use crate::state::fields::Fields;
    use crate::state::store::Store;

    const CONTRACT_ID: i64 = 7;

    static MODEL: ModelSource = ModelSource::new(include_str!("tiny.json"));

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
        let entries: Vec<i64> = books.store.live(ENTRIES).map(|(id, _)| id).collect();
        let first = Place { date: Date::MIN, is_revenue: false, entry: 0 };
        let changes = changes(books, CONTRACT_ID, "USD", first, &entries).unwrap_or_default();
        let (mut deferred, mut unbilled) = (Decimal::ZERO, Decimal::ZERO);
        let ends = changes.into_iter().map(|change| {
            deferred = total([deferred, change.deferred]).unwrap_or_default();
            unbilled = total([unbilled, -change.unbilled]).unwrap_or_default();
            (change.place.date, deferred, unbilled)
        });
        ends.collect()
    }

    fn store() -> (&'static crate::model::api::Api, Store) {
        let api = MODEL.read().unwrap();
        (api, Store::new(api.links(), 1))
    }

    /// Settles the contract, and returns how many changes that reads.
    fn settle_counting(books: &mut Books<'_>) -> usize {
        let touched = books.store.touched_since_settled(CONTRACT_ID);
        let starts = starts(books, CONTRACT_ID, &touched).unwrap_or_default();
        let start = starts["USD"];
        let read = changes(books, CONTRACT_ID, "USD", start, &touched).unwrap_or_default().len();
        assert!(settle(books, CONTRACT_ID).is_ok());
        read
    }

    #[test]
    fn a_new_invoice_does_not_read_earlier_ones() {
        for months in [1, 0] {
            let (api, mut store) = store();
            let mut books = Books { api, store: &mut store, style: ResponseStyle::Observed };
            let mut read = 0;
            for number in 0..200 {
                post(&mut books, months * number, 100);
                read += settle_counting(&mut books);
            }
            assert_eq!(read, 200, "{months} months between invoices");
            assert_eq!(books.store.touched_since_settled(CONTRACT_ID), Vec::<i64>::new());
        }
    }

    #[test]
    fn a_deleted_invoice_leaves_the_balances_as_if_it_had_not_been() {
        let (api, mut store) = store();
        let mut books = Books { api, store: &mut store, style: ResponseStyle::Observed };
        for amount in [100, 50, -120] {
            post(&mut books, 0, amount);
            assert!(settle(&mut books, CONTRACT_ID).is_ok());
        }
        let of = |unbilled: i64, deferred: i64| (Decimal::new(deferred, 0), Decimal::new(unbilled, 0));
        let last = |books: &Books<'_>| balances(books).last().map(|(_, deferred, unbilled)| (*deferred, *unbilled));
        assert_eq!(last(&books), Some(of(0, 30)));
        let first = books.store.live(ENTRIES).map(|(id, _)| id).next().unwrap();
        assert!(entry::erase(&mut books, first).is_ok());
        assert_eq!(settle_counting(&mut books), 2);
        assert_eq!(last(&books), Some(of(70, 0)));
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
