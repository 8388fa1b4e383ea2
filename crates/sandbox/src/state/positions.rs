//! Which ledger lines of a contract have to be divided anew between deferred and unbilled revenue.
//!
//! The lines of an entry count as one change, and each change affects those after it. So each contract remembers the entries
//! that were touched since it was settled, and the balances after each change before. A new invoice then reads only
//! what comes after it, even if others have the same date.

use std::collections::{BTreeMap, BTreeSet};

use campfire_values::{Date, Decimal};

/// Deferred and unbilled revenue.
pub(crate) type Balances = (Decimal, Decimal);

/// The place of a change in the order of changes. On the same day, bills come before revenue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) date: Date,
    pub(crate) is_revenue: bool,
    pub(crate) entry: i64,
}

/// The balances after each change, by currency.
pub(crate) type Settled = BTreeMap<String, BTreeMap<Place, Balances>>;

/// The positions of all contracts.
#[derive(Clone, Debug, Default)]
pub(super) struct Positions(BTreeMap<i64, Position>);

#[derive(Clone, Debug, Default)]
struct Position {
    /// The live lines, each after its entry.
    lines: BTreeSet<(i64, i64)>,
    /// The entries whose lines were added or removed since the contract was settled.
    touched: BTreeSet<i64>,
    /// The balances as of the last settlement.
    settled: Settled,
    /// The places of each entry in `settled`: currency and place.
    places: BTreeMap<i64, Vec<(String, Place)>>,
}

impl Positions {
    /// Notes that a line of a contract was added or removed.
    pub(super) fn note(&mut self, contract: i64, entry: i64, line: i64, adds: bool) {
        let position = self.0.entry(contract).or_default();
        position.touched.insert(entry);
        if adds {
            position.lines.insert((entry, line));
        } else {
            position.lines.remove(&(entry, line));
        }
    }

    /// Returns the entries that were touched since the contract was settled.
    pub(super) fn touched(&self, contract: i64) -> impl Iterator<Item = i64> {
        self.0.get(&contract).into_iter().flat_map(|position| &position.touched).copied()
    }

    /// Returns the lines of a contract in an entry.
    pub(super) fn lines(&self, contract: i64, entry: i64) -> impl Iterator<Item = i64> {
        let lines = self.0.get(&contract).map(|position| position.lines.range((entry, i64::MIN)..=(entry, i64::MAX)));
        lines.into_iter().flatten().map(|(_, line)| *line)
    }

    /// Returns the currencies and places of an entry as of the last settlement.
    pub(super) fn places(&self, contract: i64, entry: i64) -> &[(String, Place)] {
        self.0.get(&contract).and_then(|position| position.places.get(&entry)).map_or(&[], Vec::as_slice)
    }

    /// Returns the entries of a currency from a place on, as of the last settlement.
    pub(super) fn settled_from(&self, contract: i64, currency: &str, from: Place) -> impl Iterator<Item = i64> {
        let changes = self.0.get(&contract).and_then(|position| position.settled.get(currency));
        changes.into_iter().flat_map(move |changes| changes.range(from..)).map(|(place, _)| place.entry)
    }

    /// Returns the balances in a currency before a place.
    pub(super) fn before(&self, contract: i64, currency: &str, place: Place) -> Balances {
        let changes = self.0.get(&contract).and_then(|position| position.settled.get(currency));
        changes
            .and_then(|changes| changes.range(..place).next_back())
            .map(|(_, balances)| *balances)
            .unwrap_or_default()
    }

    /// Replaces the balances of each currency from a place on, and notes that the contract is settled.
    pub(super) fn settle(&mut self, contract: i64, starts: &BTreeMap<String, Place>, settled: Settled) {
        let Some(position) = self.0.get_mut(&contract) else { return };
        for (currency, start) in starts {
            let Some(changes) = position.settled.get_mut(currency) else { continue };
            for place in changes.split_off(start).into_keys() {
                if let Some(places) = position.places.get_mut(&place.entry) {
                    places.retain(|(other, _)| other != currency);
                }
            }
        }
        for (currency, changes) in settled {
            for place in changes.keys() {
                position.places.entry(place.entry).or_default().push((currency.clone(), *place));
            }
            position.settled.entry(currency).or_default().extend(changes);
        }
        for entry in std::mem::take(&mut position.touched) {
            if position.places.get(&entry).is_some_and(Vec::is_empty) {
                position.places.remove(&entry);
            }
        }
    }
}
