//! The store of a tenant.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use campfire_values::{Date, Json, Timestamp};

use crate::model::api::Links;
use crate::model::ledger::LINES;
use crate::state::account_balances::AccountBalances;
use crate::state::clock::Clock;
use crate::state::fields::Fields;
use crate::state::positions::{Balances, Place, Settled};
use crate::state::record::{Record, Seconds, is_large};
use crate::state::sharing::Sharing;
use crate::state::table::Table;
use crate::state::uuids::Uuids;

/// Ids from here on are not counted on from, so that the next id never overflows.
const LAST_COUNTED_ID: i64 = 1 << 53;

/// Orders of lists: version and ids, by a hash of the query.
type Orders = BTreeMap<u64, (u64, Arc<[i64]>)>;

/// The records of a tenant, its clock, and the day through which its books are closed.
#[derive(Debug)]
pub(crate) struct Store {
    tables: HashMap<String, Table>,
    links: &'static Links,
    sharing: Sharing,
    pub(crate) last_id: i64,
    pub(crate) clock: Clock,
    pub(crate) uuids: Uuids,
    /// The current time while the history of the demo company is created.
    pub(crate) pinned: Option<Seconds>,
    /// The last day of the closed books.
    pub(crate) closed_through: Option<Date>,
    /// The last day up to which everything that falls due by itself has been done.
    pub(crate) due_through: Option<Date>,
    /// `true` if records of another server have been adopted.
    pub(crate) is_copy: bool,
    /// `true` once an amount was stored that can take a total out of its documented range.
    pub(crate) has_large_amounts: bool,
    /// The records that the current call has replaced, newest last.
    undo: Option<Vec<(String, i64, Option<Record>)>>,
    /// The number of changes so far. Cached counts are valid for one version.
    version: u64,
    /// Cached lengths of lists: version and length, by a hash of the query.
    counts: Mutex<BTreeMap<u64, (u64, usize)>>,
    /// Cached orders of lists.
    orders: Mutex<Orders>,
    /// Cached balances of accounts, with the version and the day that they hold for.
    balances: Mutex<Option<(u64, Date, Arc<AccountBalances>)>>,
}

impl Store {
    pub(crate) fn new(links: &'static Links, seed: u64) -> Self {
        Store {
            tables: HashMap::new(),
            links,
            sharing: Sharing::default(),
            last_id: 0,
            clock: Clock::default(),
            uuids: Uuids::new(seed),
            pinned: None,
            closed_through: None,
            due_through: None,
            is_copy: false,
            has_large_amounts: false,
            undo: None,
            version: 0,
            counts: Mutex::default(),
            orders: Mutex::default(),
            balances: Mutex::default(),
        }
    }

    /// Returns the current time of the tenant.
    pub(crate) fn now(&self) -> Seconds {
        self.pinned.unwrap_or_else(|| self.clock.now().timestamp())
    }

    pub(crate) fn today(&self) -> Date {
        Timestamp::from_unix_seconds(self.now()).unwrap_or_else(Timestamp::now).utc_date()
    }

    /// Returns an unused id. Ids rise over all resources, so the id of one resource is never valid in another by chance.
    pub(crate) fn new_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// Returns a new UUID, which the seed determines.
    pub(crate) fn new_uuid(&mut self) -> String {
        self.uuids.next().to_string()
    }

    /// Returns the records that the running action has changed, by resource and id.
    pub(crate) fn changed(&self) -> Vec<(String, i64)> {
        self.undo.iter().flatten().map(|(resource, id, _)| (resource.clone(), *id)).collect()
    }

    /// Runs an action, and undoes its changes if it fails.
    pub(crate) fn all_or_nothing<T, E>(&mut self, action: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
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
}

/// Writing.
impl Store {
    /// Adds a record, and returns its id.
    pub(crate) fn add(&mut self, resource: &str, fields: Fields) -> i64 {
        self.add_below(resource, fields, Vec::new())
    }

    /// Adds a record below others in the path, and returns its id.
    pub(crate) fn add_below(&mut self, resource: &str, fields: Fields, parents: Vec<(Cow<'static, str>, i64)>) -> i64 {
        let id = self.new_id();
        let now = self.now();
        self.put(resource, id, Record { fields, parents, created: now, modified: now, ..Record::default() });
        id
    }

    /// Puts a record, replacing any that has this id.
    pub(crate) fn put(&mut self, resource: &str, id: i64, mut record: Record) {
        // Ids near the limit are kept, but not counted on from.
        if id < LAST_COUNTED_ID {
            self.last_id = self.last_id.max(id);
        }
        record.fields.compact(&mut self.sharing);
        self.has_large_amounts = self.has_large_amounts || record.fields.iter().any(|(_, value)| is_large(value));
        let before = self.replace(resource, id, Some(record));
        if let Some(undo) = &mut self.undo {
            undo.push((resource.to_owned(), id, before));
        }
    }

    /// Removes a record without a trace.
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

    /// Changes a live record and its modification time.
    pub(crate) fn change(&mut self, resource: &str, id: i64, change: impl FnOnce(&mut Record)) {
        let Some(mut record) = self.touched(resource, id) else { return };
        change(&mut record);
        self.put(resource, id, record);
    }

    /// Returns a copy of a live record, modified now.
    // A function of its own: in `change`, the compiler would write it for each change.
    fn touched(&self, resource: &str, id: i64) -> Option<Record> {
        Some(Record { modified: self.now(), ..self.get(resource, id)?.clone() })
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
        self.tables.get_mut(resource)?.replace(self.links.get(resource), id, record)
    }
}

/// The positions of contracts.
impl Store {
    /// Returns the entries of a contract that were touched since it was settled.
    pub(crate) fn touched_since_settled(&self, contract: i64) -> Vec<i64> {
        self.tables.get(LINES).map_or_else(Vec::new, |table| table.positions.touched(contract).collect())
    }

    /// Returns the live lines of a contract in an entry.
    pub(crate) fn contract_lines(&self, contract: i64, entry: i64) -> impl Iterator<Item = (i64, &Record)> {
        let lines = self.tables.get(LINES).map(|table| table.positions.lines(contract, entry));
        lines.into_iter().flatten().filter_map(|line| Some((line, self.get(LINES, line)?)))
    }

    /// Returns the currencies and places of an entry as of the last settlement of a contract.
    pub(crate) fn settled_places(&self, contract: i64, entry: i64) -> &[(String, Place)] {
        self.tables.get(LINES).map_or(&[], |table| table.positions.places(contract, entry))
    }

    /// Returns the entries of a contract in a currency from a place on, as of the last settlement.
    pub(crate) fn settled_from(&self, contract: i64, currency: &str, from: Place) -> impl Iterator<Item = i64> {
        let table = self.tables.get(LINES);
        table.into_iter().flat_map(move |table| table.positions.settled_from(contract, currency, from))
    }

    /// Returns the balances of a contract in a currency before a place, as of its last settlement.
    pub(crate) fn settled_before(&self, contract: i64, currency: &str, place: Place) -> Balances {
        let table = self.tables.get(LINES);
        table.map(|table| table.positions.before(contract, currency, place)).unwrap_or_default()
    }

    /// Notes that a contract is settled, with the balances from a place on.
    pub(crate) fn set_settled(&mut self, contract: i64, starts: &BTreeMap<String, Place>, settled: Settled) {
        if let Some(table) = self.tables.get_mut(LINES) {
            table.positions.settle(contract, starts, settled);
        }
    }
}

/// Reading.
impl Store {
    /// Returns a live record.
    pub(crate) fn get(&self, resource: &str, id: i64) -> Option<&Record> {
        self.get_any(resource, id).filter(|record| record.deleted.is_none())
    }

    /// Returns a record, even a deleted one.
    pub(crate) fn get_any(&self, resource: &str, id: i64) -> Option<&Record> {
        self.tables.get(resource)?.get(id)
    }

    /// Returns a copy of the fields of a live record, empty if there is none.
    pub(crate) fn fields(&self, resource: &str, id: i64) -> Fields {
        self.get(resource, id).map(|record| record.fields.clone()).unwrap_or_default()
    }

    /// Returns the live records of a resource by id.
    pub(crate) fn live(&self, resource: &str) -> impl Iterator<Item = (i64, &Record)> {
        self.records(resource).filter(|(_, record)| record.deleted.is_none())
    }

    /// Returns the live records of a resource that reference another record in a linked field, by id.
    pub(crate) fn linked(&self, resource: &str, by: &str, id: i64) -> impl Iterator<Item = (i64, &Record)> {
        let linked = self.tables.get(resource).map(|table| table.linked(by, id));
        linked.into_iter().flatten().filter(|(_, record)| record.deleted.is_none())
    }

    /// Returns all records in the order of change feeds, starting after a position.
    pub(crate) fn feed(&self, resource: &str, after: Option<(Seconds, i64)>) -> impl Iterator<Item = (i64, &Record)> {
        self.tables.get(resource).into_iter().flat_map(move |table| table.feed(after))
    }

    /// Returns all records of a resource by id, deleted ones included.
    pub(crate) fn records(&self, resource: &str) -> impl Iterator<Item = (i64, &Record)> {
        self.tables.get(resource).into_iter().flat_map(Table::iter)
    }

    /// Returns the names of the resources that have had records, in alphabetical order.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str).collect::<BTreeSet<_>>().into_iter()
    }

    /// Returns the number of records of a resource, deleted ones included.
    pub(crate) fn total(&self, resource: &str) -> usize {
        self.tables.get(resource).map_or(0, Table::len)
    }

    /// Returns the number of live records of a resource.
    pub(crate) fn len(&self, resource: &str) -> usize {
        self.tables.get(resource).map_or(0, Table::live)
    }

    /// Returns `true` if a user has put a record into the resource.
    pub(crate) fn is_in_use(&self, resource: &str) -> bool {
        self.tables.get(resource).is_some_and(|table| table.live_of_users() > 0)
    }

    /// Returns the balances of all accounts through a day, from the cache if nothing has changed.
    pub(crate) fn account_balances(&self, through: Date) -> Arc<AccountBalances> {
        let mut cached = self.balances.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            Some((version, day, balances)) if *version == self.version && *day == through => balances.clone(),
            _ => {
                let lines = self.live(LINES).map(|(_, line)| &line.fields);
                let balances = Arc::new(AccountBalances::of(lines, through));
                *cached = Some((self.version, through, balances.clone()));
                balances
            }
        }
    }

    /// Returns ids in an order from the cache, or computes it. It stays valid until something changes.
    pub(crate) fn cached_order(&self, key: u64, order: impl FnOnce() -> Vec<i64>) -> Arc<[i64]> {
        // A list of a million records has 8 MB.
        const MAX_ENTRIES: usize = 8;
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.retain(|_, (version, _)| *version == self.version);
        if let Some((_, order)) = orders.get(&key) {
            return order.clone();
        }
        if orders.len() >= MAX_ENTRIES {
            orders.clear();
        }
        let order: Arc<[i64]> = order().into();
        orders.insert(key, (self.version, order.clone()));
        order
    }

    /// Returns a count from the cache, or computes it. It stays valid until something changes.
    pub(crate) fn cached_count(&self, key: u64, count: impl FnOnce() -> usize) -> usize {
        const MAX_ENTRIES: usize = 1_000;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = counts.get(&key).filter(|(version, _)| *version == self.version) {
            return *count;
        }
        if counts.len() >= MAX_ENTRIES {
            counts.clear();
        }
        let count = count();
        counts.insert(key, (self.version, count));
        count
    }
}
