//! The records of one resource, with indexes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::model::ledger::CONTRACT;
use crate::state::positions::Positions;
use crate::state::record::{Record, Seconds};

/// The records of one resource.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    records: BTreeMap<i64, Record>,
    /// All records, deleted ones included, in the order of change feeds.
    feed: BTreeSet<(Seconds, i64)>,
    /// For each field that references records: the id of the referenced record, and of the record that references it.
    links: BTreeMap<&'static str, BTreeSet<(i64, i64)>>,
    /// What the lines of contracts change.
    pub(super) positions: Positions,
    live: usize,
    /// The number of live records that the sandbox did not create for its own use.
    live_of_users: usize,
}

impl Table {
    /// Replaces a record, and returns the one that was there. `None` removes it.
    pub(super) fn replace(
        &mut self,
        links: Option<&'static BTreeSet<String>>,
        id: i64,
        record: Option<Record>,
    ) -> Option<Record> {
        let before = self.records.remove(&id);
        if let Some(before) = &before {
            self.index(links, id, before, false);
        }
        if let Some(record) = record {
            self.index(links, id, &record, true);
            self.records.insert(id, record);
        }
        before
    }

    /// Returns a record, even a deleted one.
    pub(super) fn get(&self, id: i64) -> Option<&Record> {
        self.records.get(&id)
    }

    /// Returns all records by id, deleted ones included.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &Record)> {
        self.records.iter().map(|(id, record)| (*id, record))
    }

    /// Returns all records in the order of change feeds, starting after a position.
    pub(super) fn feed(&self, after: Option<(Seconds, i64)>) -> impl Iterator<Item = (i64, &Record)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let order = self.feed.range((start, Bound::Unbounded));
        order.filter_map(|(_, id)| Some((*id, self.records.get(id)?)))
    }

    /// Returns the records that reference `id` in the field `by`, deleted ones included.
    pub(super) fn linked(&self, by: &str, id: i64) -> impl Iterator<Item = (i64, &Record)> {
        let links = self.links.get(by).into_iter().flat_map(move |links| links.range((id, i64::MIN)..=(id, i64::MAX)));
        links.filter_map(|(_, id)| Some((*id, self.records.get(id)?)))
    }

    /// Returns the number of records, deleted ones included.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn live(&self) -> usize {
        self.live
    }

    pub(super) fn live_of_users(&self) -> usize {
        self.live_of_users
    }

    /// Adds a record to the indexes, or removes it.
    fn index(&mut self, links: Option<&'static BTreeSet<String>>, id: i64, record: &Record, adds: bool) {
        let position = (record.touched(), id);
        if adds {
            self.feed.insert(position);
        } else {
            self.feed.remove(&position);
        }
        for field in links.into_iter().flatten() {
            if let Some(target) = record.fields.integer(field) {
                let links = self.links.entry(field).or_default();
                if adds {
                    links.insert((target, id));
                } else {
                    links.remove(&(target, id));
                }
            }
        }
        if record.deleted.is_none() {
            let step = |count: &mut usize| *count = if adds { *count + 1 } else { count.saturating_sub(1) };
            step(&mut self.live);
            if !record.system {
                step(&mut self.live_of_users);
            }
            if let Some(contract) = record.fields.integer(CONTRACT)
                && let Some(entry) = record.fields.integer("journal")
            {
                self.positions.note(contract, entry, id, adds);
            }
        }
    }
}
