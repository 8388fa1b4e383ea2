//! The state of a tenant as JSON.

use campfire_values::{Json, JsonObject};

use crate::model::api::Api;
use crate::state::clock::Clock;
use crate::state::fields::Fields;
use crate::state::record::Record;
use crate::state::store::Store;

/// Increased when older snapshots can no longer be read.
const VERSION: i64 = 1;

pub(crate) fn take(store: &Store) -> Json {
    let tables = store.resources().filter(|resource| store.total(resource) > 0).map(|resource| {
        let records = store.records(resource).map(|(id, record)| write_record(id, record));
        (resource.to_owned(), Json::Array(records.collect()))
    });
    let frozen_at = store.clock.is_frozen().then(|| store.clock.now().timestamp());
    let uuids = i64::try_from(store.uuids.given).unwrap_or(i64::MAX);
    let closed_through = store.closed_through.map_or(Json::Null, |day| Json::from(day.to_string()));
    let mut snapshot = JsonObject::from([
        ("version".to_owned(), Json::from(VERSION)),
        ("ahead_seconds".to_owned(), store.clock.offset_seconds().map_or(Json::Null, Json::from)),
        ("frozen_at".to_owned(), frozen_at.map_or(Json::Null, Json::from)),
        ("closed_until".to_owned(), closed_through),
        ("last_id".to_owned(), Json::from(store.last_id)),
        ("uuids".to_owned(), Json::from(uuids)),
        ("records".to_owned(), Json::Object(tables.collect())),
    ]);
    if store.is_copy {
        snapshot.insert("copy".to_owned(), Json::Bool(true));
    }
    Json::Object(snapshot)
}

fn write_record(id: i64, record: &Record) -> Json {
    let fields = record.fields.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    let mut json = JsonObject::from([
        ("id".to_owned(), Json::from(id)),
        ("created".to_owned(), Json::from(record.created)),
        ("modified".to_owned(), Json::from(record.modified)),
        ("fields".to_owned(), Json::Object(fields)),
    ]);
    if let Some(deleted) = record.deleted {
        json.insert("deleted".to_owned(), Json::from(deleted));
    }
    if record.system {
        json.insert("system".to_owned(), Json::Bool(true));
    }
    if !record.parents.is_empty() {
        let parents = record.parents.iter().map(|(name, id)| (name.clone().into_owned(), Json::from(*id)));
        json.insert("parents".to_owned(), Json::Object(parents.collect()));
    }
    Json::Object(json)
}

/// Reads a snapshot.
///
/// # Errors
/// The reason why it is not a snapshot.
pub(crate) fn read(api: &'static Api, snapshot: &Json, seed: u64) -> Result<Store, String> {
    if number(snapshot, "version") != Some(VERSION) {
        return Err(format!("its `version` is not {VERSION}"));
    }
    let mut store = Store::new(api.links(), seed);
    store.clock = Clock::restored(number(snapshot, "ahead_seconds").unwrap_or(0), number(snapshot, "frozen_at"));
    store.uuids.given = number(snapshot, "uuids").and_then(|given| u64::try_from(given).ok()).unwrap_or(0);
    store.closed_through = snapshot.get("closed_until").and_then(Json::as_str).and_then(|day| day.parse().ok());
    store.is_copy = snapshot.get("copy").and_then(Json::as_bool).unwrap_or(false);
    let tables = snapshot.get("records").and_then(Json::as_object).ok_or("`records` is missing")?;
    for (resource, records) in tables {
        for record in records.as_array().ok_or_else(|| format!("`records.{resource}` is not an array"))? {
            let (id, record) = read_record(api, resource, record)?;
            store.put(resource, id, record);
        }
    }
    store.last_id = store.last_id.max(number(snapshot, "last_id").unwrap_or(0));
    Ok(store)
}

fn read_record(api: &'static Api, resource: &str, json: &Json) -> Result<(i64, Record), String> {
    let required = |name: &str| number(json, name).ok_or_else(|| format!("a record of `{resource}` has no `{name}`"));
    let mut fields = Fields::default();
    for (name, value) in json.get("fields").and_then(Json::as_object).into_iter().flatten() {
        match api.known_name(resource, name) {
            Some(known) => fields.set(known, value.clone()),
            None => fields.set(name.clone(), value.clone()),
        }
    }
    let parents = json.get("parents").and_then(Json::as_object).into_iter().flatten();
    let record = Record {
        fields,
        parents: parents.filter_map(|(name, id)| Some((name.clone().into(), id.as_i64()?))).collect(),
        created: required("created")?,
        modified: required("modified")?,
        deleted: number(json, "deleted"),
        system: json.get("system").and_then(Json::as_bool).unwrap_or(false),
    };
    Ok((required("id")?, record))
}

fn number(json: &Json, name: &str) -> Option<i64> {
    json.get(name).and_then(Json::as_i64)
}
