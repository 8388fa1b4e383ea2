//! [`Entries`]: whether the lines of each journal entry balance.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use campfire::Decimal;

use super::line::Line;
use super::sums::{add, agree};
use crate::error::Error;

/// The sums of the entries that are not in balance so far. The lines of an entry stand close together, so there are few.
#[derive(Default)]
pub(super) struct Entries {
    open: HashMap<i64, Sums>,
    /// The number of entries.
    pub(super) seen: u64,
    last: Option<i64>,
    /// Entries with lines that cannot be verified, so that the others need not balance.
    partial: BTreeSet<i64>,
}

/// Debits minus credits of an entry in each layer.
#[derive(Default)]
struct Sums {
    native: BTreeMap<Option<String>, Decimal>,
    book: BTreeMap<Option<i64>, Decimal>,
    consolidated: Decimal,
}

impl Entries {
    /// Adds a line, or takes it out.
    pub(super) fn add(&mut self, line: &Line, is_out: bool) -> Result<(), Error> {
        let Some(entry) = line.entry else { return Ok(()) };
        if self.last.replace(entry) != Some(entry) && !self.open.contains_key(&entry) {
            self.seen += 1;
        }
        let sums = self.open.entry(entry).or_default();
        sums.add(line, is_out)?;
        // Zero in every layer, so nothing need be kept.
        if sums.is_zero() {
            self.open.remove(&entry);
        }
        Ok(())
    }

    /// Records that the entry of a line cannot be verified as a whole.
    pub(super) fn exclude(&mut self, line: &Line) {
        self.partial.extend(line.entry);
    }

    /// Returns the entries whose lines do not balance.
    pub(super) fn unbalanced(&self) -> BTreeSet<i64> {
        let unbalanced = self.open.iter().filter(|(entry, sums)| !sums.balance() && !self.partial.contains(entry));
        unbalanced.map(|(entry, _)| *entry).collect()
    }
}

impl Sums {
    fn add(&mut self, line: &Line, is_out: bool) -> Result<(), Error> {
        let (more, less) = if is_out { (line.credit, line.debit) } else { (line.debit, line.credit) };
        let native = self.native.entry(line.currency.clone()).or_default();
        *native = add(*native, add(more.native, -less.native)?)?;
        let book = self.book.entry(line.entity).or_default();
        *book = add(*book, add(more.book, -less.book)?)?;
        self.consolidated = add(self.consolidated, add(more.consolidated, -less.consolidated)?)?;
        Ok(())
    }

    fn is_zero(&self) -> bool {
        self.consolidated.is_zero() && self.native.values().chain(self.book.values()).all(|sum| sum.is_zero())
    }

    /// Returns `true` if the entry balances, to half a cent: converted amounts may be rounded. An entry that exchanges currencies balances in none of them, and one between
    /// entities not in each, so these layers count only for entries with one currency or entity.
    fn balance(&self) -> bool {
        fn single<K>(sums: &BTreeMap<K, Decimal>) -> bool {
            sums.len() > 1 || sums.values().all(|sum| agree(*sum, Decimal::ZERO))
        }
        agree(self.consolidated, Decimal::ZERO) && single(&self.native) && single(&self.book)
    }
}
