//! What a tenant has: records by resource, with ids and times set as the server sets them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::fields::Fields;
use campfire_values::{Date, Json, Timestamp};

/// Seconds since 1970: the server's times have no fractions.
pub(crate) type Seconds = i64;

/// A stored record.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    pub(crate) fields: Fields,
    /// The ids in the path below which it lives (`contract_id`).
    pub(crate) parents: Vec<(Cow<'static, str>, i64)>,
    pub(crate) created: Seconds,
    pub(crate) modified: Seconds,
    pub(crate) deleted: Option<Seconds>,
    /// Made by the sandbox for its own use, such as the control accounts of an empty chart.
    pub(crate) system: bool,
}

impl Record {
    pub(crate) fn is_below(&self, parents: &[(&'static str, i64)]) -> bool {
        parents.iter().all(|(name, id)| self.parents.iter().any(|(known, parent)| known == name && parent == id))
    }

    /// The time that orders the feeds, and that their filters ask for.
    pub(crate) fn touched(&self) -> Seconds {
        self.deleted.unwrap_or(self.modified)
    }
}

/// The fields by which records are found from the records that they name: field names by resource.
pub(crate) type Links = BTreeMap<String, BTreeSet<String>>;

#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: BTreeMap<i64, Record>,
    /// Live and deleted rows in the order of the feeds.
    order: BTreeSet<(Seconds, i64)>,
    links: BTreeMap<String, BTreeMap<i64, BTreeSet<i64>>>,
    live: usize,
    /// Live rows that are not the sandbox's own.
    given: usize,
}

/// All records of one tenant.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) tables: BTreeMap<String, Table>,
    links: &'static Links,
    pub(crate) last_id: i64,
    pub(crate) ahead: Duration,
    /// The time that it is while the demo company's past is made up.
    pub(crate) pinned: Option<Seconds>,
    /// The last day of the closed books.
    pub(crate) closed_until: Option<Date>,
    /// What was there before the call that is being answered, newest last.
    undo: Option<Vec<(String, i64, Option<Record>)>>,
    /// Rises with every change, so that counts can be kept while it stands still.
    pub(crate) version: u64,
    /// How many rows a list has: by what it asks for, with the version at which they were counted.
    counts: Mutex<BTreeMap<u64, (u64, usize)>>,
}

/// `2025-01-01T00:00:00+0000`: how the server writes an instant.
pub(crate) fn wire_time(time: Seconds) -> Json {
    let utc = chrono::DateTime::<chrono::Utc>::from_timestamp(time, 0).unwrap_or_default();
    Json::String(utc.format("%Y-%m-%dT%H:%M:%S+0000").to_string())
}

impl Store {
    pub(crate) fn new(links: &'static Links) -> Self {
        Store {
            tables: BTreeMap::new(),
            links,
            last_id: 0,
            ahead: Duration::ZERO,
            pinned: None,
            closed_until: None,
            undo: None,
            version: 0,
            counts: Mutex::default(),
        }
    }

    /// Now: the clock of the machine, plus what tests have added.
    pub(crate) fn now(&self) -> Seconds {
        self.pinned.unwrap_or_else(|| Timestamp::from(SystemTime::now() + self.ahead).unix_seconds())
    }

    pub(crate) fn today(&self) -> Date {
        Timestamp::from_unix_seconds(self.now()).unwrap_or_else(Timestamp::now).utc_date()
    }

    /// An id that no record has. They rise over all resources, so that an id of another kind is never right by chance.
    pub(crate) fn new_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// Does something as a whole: if it is refused, nothing has changed.
    pub(crate) fn whole<T, E>(&mut self, action: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let outer = self.undo.replace(Vec::new());
        let outcome = action(self);
        let changes = std::mem::replace(&mut self.undo, outer).unwrap_or_default();
        if outcome.is_err() {
            for (resource, id, before) in changes.into_iter().rev() {
                self.replace(&resource, id, before);
            }
        } else if let Some(outer) = &mut self.undo {
            outer.extend(changes);
        }
        outcome
    }

    /// Puts a record where another may have been.
    pub(crate) fn put(&mut self, resource: &str, id: i64, mut record: Record) {
        self.last_id = self.last_id.max(id);
        record.fields.shrink();
        let before = self.replace(resource, id, Some(record));
        if let Some(undo) = &mut self.undo {
            undo.push((resource.to_owned(), id, before));
        }
    }

    /// Removes a record as if it had never been.
    pub(crate) fn erase(&mut self, resource: &str, id: i64) {
        let before = self.replace(resource, id, None);
        if let Some(undo) = &mut self.undo {
            undo.push((resource.to_owned(), id, before));
        }
    }

    /// Marks a record as deleted.
    pub(crate) fn delete(&mut self, resource: &str, id: i64) {
        let now = self.now();
        self.change(resource, id, |record| record.deleted = Some(now));
    }

    /// Changes a live record, and with it the time of its last change; gives whether there is one.
    pub(crate) fn change(&mut self, resource: &str, id: i64, change: impl FnOnce(&mut Record)) -> bool {
        let Some(mut record) = self.get(resource, id).cloned() else { return false };
        record.modified = self.now();
        change(&mut record);
        self.put(resource, id, record);
        true
    }

    /// Sets one field of a live record.
    pub(crate) fn set(&mut self, resource: &str, id: i64, name: &'static str, value: impl Into<Json>) {
        self.change(resource, id, |record| record.fields.set(name, value));
    }

    fn replace(&mut self, resource: &str, id: i64, record: Option<Record>) -> Option<Record> {
        self.version += 1;
        if !self.tables.contains_key(resource) {
            self.tables.insert(resource.to_owned(), Table::default());
        }
        let links = self.links.get(resource);
        let table = self.tables.get_mut(resource)?;
        let before = table.rows.remove(&id);
        if let Some(before) = &before {
            table.index(links, id, before, false);
        }
        if let Some(record) = record {
            table.index(links, id, &record, true);
            table.rows.insert(id, record);
        }
        before
    }

    /// The live records of a resource, by id.
    pub(crate) fn live(&self, resource: &str) -> impl Iterator<Item = (i64, &Record)> {
        let rows = self.tables.get(resource).into_iter().flat_map(|table| &table.rows);
        rows.filter(|(_, record)| record.deleted.is_none()).map(|(id, record)| (*id, record))
    }

    /// The live records of a resource that name another record in a linked field, by id.
    pub(crate) fn linked(&self, resource: &str, by: &str, id: i64) -> impl Iterator<Item = (i64, &Record)> {
        let table = self.tables.get(resource);
        let ids = table.and_then(|table| table.links.get(by)?.get(&id)).into_iter().flatten();
        ids.filter_map(move |id| Some((*id, table?.rows.get(id)?))).filter(|(_, record)| record.deleted.is_none())
    }

    /// All records in the order of the feeds, from behind a place in it.
    pub(crate) fn feed(&self, resource: &str, after: Option<(Seconds, i64)>) -> impl Iterator<Item = (i64, &Record)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let start = after.map_or(Unbounded, Excluded);
        let table = self.tables.get(resource);
        let order = table.into_iter().flat_map(move |table| table.order.range((start, Unbounded)));
        order.filter_map(move |(_, id)| Some((*id, table?.rows.get(id)?)))
    }

    /// All records, deleted ones included, by id.
    pub(crate) fn rows(&self, resource: &str) -> impl Iterator<Item = (i64, &Record)> {
        self.tables.get(resource).into_iter().flat_map(|table| &table.rows).map(|(id, record)| (*id, record))
    }

    /// How many records there have ever been.
    pub(crate) fn ever(&self, resource: &str) -> usize {
        self.tables.get(resource).map_or(0, |table| table.rows.len())
    }

    /// A record, be it deleted.
    pub(crate) fn get_any(&self, resource: &str, id: i64) -> Option<&Record> {
        self.tables.get(resource)?.rows.get(&id)
    }

    /// How many live records there are.
    pub(crate) fn len(&self, resource: &str) -> usize {
        self.tables.get(resource).map_or(0, |table| table.live)
    }

    /// Whether anybody has put a record there.
    pub(crate) fn has_given(&self, resource: &str) -> bool {
        self.tables.get(resource).is_some_and(|table| table.given > 0)
    }

    /// A count that stays the same until something changes.
    pub(crate) fn counted(&self, key: u64, count: impl FnOnce() -> usize) -> usize {
        const MOST: usize = 1_000;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = counts.get(&key).filter(|(version, _)| *version == self.version) {
            return *count;
        }
        if counts.len() >= MOST {
            counts.clear();
        }
        let count = count();
        counts.insert(key, (self.version, count));
        count
    }

    /// A live record.
    pub(crate) fn get(&self, resource: &str, id: i64) -> Option<&Record> {
        self.tables.get(resource)?.rows.get(&id).filter(|record| record.deleted.is_none())
    }
}

impl Table {
    fn index(&mut self, links: Option<&BTreeSet<String>>, id: i64, record: &Record, adds: bool) {
        let key = (record.touched(), id);
        if adds {
            self.order.insert(key);
        } else {
            self.order.remove(&key);
        }
        for field in links.into_iter().flatten() {
            let Some(target) = record.fields.integer(field) else { continue };
            if !self.links.contains_key(field) {
                self.links.insert(field.clone(), BTreeMap::new());
            }
            let Some(targets) = self.links.get_mut(field) else { continue };
            if adds {
                targets.entry(target).or_default().insert(id);
            } else if let Some(sources) = targets.get_mut(&target) {
                sources.remove(&id);
                if sources.is_empty() {
                    targets.remove(&target);
                }
            }
        }
        if record.deleted.is_none() {
            let step = |count: &mut usize| *count = if adds { *count + 1 } else { count.saturating_sub(1) };
            step(&mut self.live);
            if !record.system {
                step(&mut self.given);
            }
        }
    }
}
