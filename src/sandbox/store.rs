//! What a tenant has: records by resource, with ids and times set as the server sets them.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::{Json, JsonObject, Timestamp};

/// A stored record.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) fields: JsonObject,
    /// The ids in the path below which it lives (`contract_id`).
    pub(crate) parents: BTreeMap<String, i64>,
    pub(crate) modified: Timestamp,
    pub(crate) deleted: Option<Timestamp>,
}

/// All records of one tenant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    tables: BTreeMap<String, BTreeMap<i64, Record>>,
    last_id: i64,
    clock: Clock,
}

/// The time of the sandbox: that of the machine, plus what tests have added.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    ahead: Duration,
}

impl Clock {
    /// Now, in whole seconds as the server has it.
    pub(crate) fn now(self) -> Timestamp {
        let now = Timestamp::from(SystemTime::now() + self.ahead);
        Timestamp::from_unix_seconds(now.unix_seconds()).unwrap_or(now)
    }
}

/// `2025-01-01T00:00:00+0000`: how the server writes an instant.
pub(crate) fn wire_time(time: Timestamp) -> Json {
    let utc = chrono::DateTime::<chrono::Utc>::from(time);
    Json::String(utc.format("%Y-%m-%dT%H:%M:%S+0000").to_string())
}

impl Store {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn advance(&mut self, time: Duration) {
        self.clock.ahead += time;
    }

    /// An id that no record has. They rise over all resources, so that an id of another kind is never right by chance.
    pub(crate) fn new_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn insert(&mut self, resource: &str, id: i64, record: Record) {
        self.last_id = self.last_id.max(id);
        self.tables.entry(resource.to_owned()).or_default().insert(id, record);
    }

    pub(crate) fn table(&self, resource: &str) -> impl Iterator<Item = (i64, &Record)> {
        self.tables.get(resource).into_iter().flatten().map(|(id, record)| (*id, record))
    }

    pub(crate) fn is_empty(&self, resource: &str) -> bool {
        self.tables.get(resource).is_none_or(BTreeMap::is_empty)
    }

    /// A live record.
    pub(crate) fn get(&self, resource: &str, id: i64) -> Option<&Record> {
        self.tables.get(resource)?.get(&id).filter(|record| record.deleted.is_none())
    }

    pub(crate) fn get_mut(&mut self, resource: &str, id: i64) -> Option<&mut Record> {
        self.tables.get_mut(resource)?.get_mut(&id).filter(|record| record.deleted.is_none())
    }
}
