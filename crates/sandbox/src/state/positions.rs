//! Which ledger lines of a contract have to be divided anew between deferred and unbilled revenue.
//!
//! A change affects its own day and those after it. So each contract remembers the first day that has changed, and the balances
//! at the end of the days before, and a new invoice does not read all earlier ones.

use std::collections::{BTreeMap, BTreeSet};

use campfire_values::{Date, Decimal};

/// Deferred and unbilled revenue.
pub(crate) type Balances = (Decimal, Decimal);

/// The balances at the end of each day on which they have changed, by currency.
pub(crate) type DayEnds = BTreeMap<String, BTreeMap<Date, Balances>>;

/// The positions of all contracts.
#[derive(Clone, Debug, Default)]
pub(super) struct Positions(BTreeMap<i64, Position>);

#[derive(Clone, Debug, Default)]
struct Position {
    /// The live lines by date.
    lines: BTreeSet<(Date, i64)>,
    /// The first day that has changed since the contract was settled.
    changed: Option<Date>,
    /// The balances as of the last settlement.
    settled: DayEnds,
}

impl Positions {
    /// Notes that a line of a contract was added or removed.
    pub(super) fn note(&mut self, contract: i64, date: Date, line: i64, adds: bool) {
        let position = self.0.entry(contract).or_default();
        if adds {
            position.lines.insert((date, line));
        } else {
            position.lines.remove(&(date, line));
        }
        position.changed = Some(position.changed.map_or(date, |changed| changed.min(date)));
    }

    /// Returns the first day that has changed since the contract was settled.
    pub(super) fn changed(&self, contract: i64) -> Option<Date> {
        self.0.get(&contract)?.changed
    }

    /// Returns the lines of a contract from a day on.
    pub(super) fn lines(&self, contract: i64, from: Date) -> impl Iterator<Item = i64> {
        let lines = self.0.get(&contract).map(|position| position.lines.range((from, i64::MIN)..));
        lines.into_iter().flatten().map(|(_, line)| *line)
    }

    /// Returns the balances in a currency before a day.
    pub(super) fn before(&self, contract: i64, currency: &str, day: Date) -> Balances {
        let days = self.0.get(&contract).and_then(|position| position.settled.get(currency));
        days.and_then(|days| days.range(..day).next_back()).map(|(_, balances)| *balances).unwrap_or_default()
    }

    /// Replaces the balances from a day on, and notes that the contract is settled.
    pub(super) fn settle(&mut self, contract: i64, from: Date, ends: DayEnds) {
        let Some(position) = self.0.get_mut(&contract) else { return };
        for days in position.settled.values_mut() {
            days.split_off(&from);
        }
        for (currency, days) in ends {
            position.settled.entry(currency).or_default().extend(days);
        }
        position.changed = None;
    }
}
