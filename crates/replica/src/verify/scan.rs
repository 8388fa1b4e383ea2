//! [`Scan`]: what one pass over the ledger lines of a copy finds out.

use std::collections::{BTreeMap, BTreeSet};

use campfire::{Date, Decimal};

use super::balances::Balances;
use super::days::Days;
use super::entries::Entries;
use super::line::{LINES, Line};
use super::reader::TableReader;
use super::scope::Scope;
use super::server::DailyChanges;
use super::sums::{Sides, Totals, add};
use crate::copy::ReadCopy;
use crate::error::Error;

/// What one pass over the ledger lines of a copy finds out. Lines that the copy has more than once count once.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) balances: Balances,
    /// Lines that the copy has more than once.
    pub(super) doubled: Vec<Line>,
    pub(super) entries: Entries,
    /// Lines without a date, which belong to no month.
    pub(super) undated: BTreeSet<i64>,
    /// The lines that are not in scope, by entity.
    pub(super) out_of_scope: BTreeMap<Option<i64>, Vec<i64>>,
    /// The number of lines by the minute of their last change, in minutes since 1970.
    pub(super) changed: BTreeMap<i64, i64>,
    /// Lines that do not say when they were changed.
    pub(super) unchanged: i64,
    /// Sums and the number of lines by entity (`None` for all), day and account.
    activity: BTreeMap<(Option<i64>, Date, i64), (Sides, i64)>,
    counts: BTreeMap<Date, i64>,
    /// Debits minus credits in the currency of the transaction.
    native: BTreeMap<(i64, String), Decimal>,
}

/// Lines of one entity and one account, or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) entity: Option<i64>,
    pub(super) account: Option<i64>,
}

impl Part {
    /// All lines.
    pub(super) const ALL: Part = Part { entity: None, account: None };
}

impl Scan {
    /// Reads the lines of a copy.
    pub(super) async fn read<C: ReadCopy>(copy: &C, scope: &Scope) -> Result<Self, Error> {
        let mut scan = Scan::default();
        let mut reader = TableReader::new(copy, LINES);
        let mut last: Option<i64> = None;
        while let Some(page) = reader.next().await? {
            for record in &page {
                let line = Line::read(record)?;
                if last.replace(line.id) != Some(line.id) {
                    scan.add(&line, scope)?;
                } else if scan.doubled.last().is_none_or(|doubled| doubled.id != line.id) {
                    scan.doubled.push(line);
                }
            }
        }
        Ok(scan)
    }

    fn add(&mut self, line: &Line, scope: &Scope) -> Result<(), Error> {
        self.balances.insert(line)?;
        if !scope.covers(line.entity) {
            self.out_of_scope.entry(line.entity).or_default().push(line.id);
        } else if line.date.is_none() {
            self.undated.insert(line.id);
        }
        self.count_in(line, scope, 1)
    }

    /// Replaces a line of the copy by the server's, so that what still differs has another cause.
    pub(super) fn correct(&mut self, copy: Option<&Line>, server: Option<&Line>, scope: &Scope) -> Result<(), Error> {
        if let Some(line) = copy {
            self.count_in(line, scope, -1)?;
        }
        if let Some(line) = server {
            self.count_in(line, scope, 1)?;
        }
        Ok(())
    }

    /// Adds a line to all sums (`times` is 1), or takes it out (-1).
    fn count_in(&mut self, line: &Line, scope: &Scope, times: i64) -> Result<(), Error> {
        let of = |amount: Decimal| if times < 0 { -amount } else { amount };
        if !scope.covers(line.entity) {
            self.entries.exclude(line);
            return Ok(());
        }
        self.entries.add(line, times < 0)?;
        match line.modified {
            Some(time) => *self.changed.entry(time.unix_seconds().div_euclid(60)).or_default() += times,
            None => self.unchanged += times,
        }
        let Some(date) = line.date else { return Ok(()) };
        *self.counts.entry(date).or_default() += times;
        let Some(account) = line.account else { return Ok(()) };
        let one = line.entity.filter(|_| scope.has_several()).map(Some);
        let Sides { debits, credits } = line.sides();
        for entity in [None].into_iter().chain(one) {
            let (sum, count) = self.activity.entry((entity, date, account)).or_default();
            *sum = sum.plus(Sides { debits: of(debits), credits: of(credits) })?;
            *count += times;
        }
        if let Some(currency) = &line.currency {
            let change = of(add(line.debit.native, -line.credit.native)?);
            let sum = self.native.entry((account, currency.clone())).or_default();
            *sum = add(*sum, change)?;
        }
        Ok(())
    }

    /// Returns the days that have lines, from the first to the last.
    pub(super) fn days(&self) -> Option<Days> {
        let (from, _) = self.counts.first_key_value()?;
        let (to, _) = self.counts.last_key_value()?;
        Some(Days { from: *from, to: *to })
    }

    /// Returns the number of lines in a part on some days.
    pub(super) fn count(&self, part: Part, days: Days) -> u64 {
        let count: i64 = if part == Part::ALL {
            self.counts.range(days.from..=days.to).map(|(_, count)| count).sum()
        } else {
            let within = self.within(part.entity, days);
            within
                .filter(|(_, account, ..)| part.account.is_none_or(|wanted| wanted == *account))
                .map(|line| line.3)
                .sum()
        };
        u64::try_from(count).unwrap_or_default()
    }

    /// Returns the sums of each account on some days, of one entity or of all.
    pub(super) fn accounts(&self, entity: Option<i64>, days: Days) -> Result<Totals, Error> {
        let mut sums = Totals::new();
        for (_, account, sides, _) in self.within(entity, days) {
            let sum = sums.entry(account).or_default();
            *sum = sum.plus(sides)?;
        }
        Ok(sums)
    }

    /// Returns debits minus credits of each account on each of some days.
    pub(super) fn daily(&self, days: Days) -> Result<DailyChanges, Error> {
        self.within(None, days).map(|(date, account, sides, _)| Ok(((account, date), sides.net()?))).collect()
    }

    /// Returns day, account, sums and the number of lines.
    fn within(&self, entity: Option<i64>, days: Days) -> impl Iterator<Item = (Date, i64, Sides, i64)> {
        let range = self.activity.range((entity, days.from, i64::MIN)..=(entity, days.to, i64::MAX));
        range.map(|((_, date, account), (sides, count))| (*date, *account, *sides, *count))
    }

    /// Returns the balances of some accounts in the currencies of the transactions.
    pub(super) fn native(&self, accounts: &BTreeSet<i64>) -> Result<BTreeMap<String, Decimal>, Error> {
        let mut balances: BTreeMap<String, Decimal> = BTreeMap::new();
        for ((account, currency), amount) in &self.native {
            if accounts.contains(account) {
                let balance = balances.entry(currency.clone()).or_default();
                *balance = add(*balance, *amount)?;
            }
        }
        Ok(balances)
    }
}
