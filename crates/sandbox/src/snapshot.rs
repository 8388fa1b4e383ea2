//! The state of a tenant as JSON, and back.

use std::time::Duration;

use super::fields::Fields;
use super::model::Model;
use super::store::{Record, Store};
use campfire_values::{Json, JsonObject};

/// Rises when older snapshots can no longer be read.
const VERSION: i64 = 1;

pub(crate) fn take(store: &Store) -> Json {
    let record = |(id, record): (&i64, &Record)| {
        let fields = record.fields.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        let mut members = JsonObject::from([
            ("id".to_owned(), Json::from(*id)),
            ("created".to_owned(), Json::from(record.created)),
            ("modified".to_owned(), Json::from(record.modified)),
            ("fields".to_owned(), Json::Object(fields)),
        ]);
        if let Some(deleted) = record.deleted {
            members.insert("deleted".to_owned(), Json::from(deleted));
        }
        if record.system {
            members.insert("system".to_owned(), Json::Bool(true));
        }
        if !record.parents.is_empty() {
            let parents = record.parents.iter().map(|(name, id)| (name.clone().into_owned(), Json::from(*id)));
            members.insert("parents".to_owned(), Json::Object(parents.collect()));
        }
        Json::Object(members)
    };
    let tables = store
        .tables
        .iter()
        .filter(|(_, table)| !table.rows.is_empty())
        .map(|(name, table)| (name.clone(), Json::Array(table.rows.iter().map(record).collect())));
    let ahead = i64::try_from(store.ahead.as_secs()).unwrap_or(i64::MAX);
    Json::Object(JsonObject::from([
        ("version".to_owned(), Json::from(VERSION)),
        ("ahead_seconds".to_owned(), Json::from(ahead)),
        ("closed_until".to_owned(), store.closed_until.map_or(Json::Null, |day| Json::from(day.to_string().as_str()))),
        ("last_id".to_owned(), Json::from(store.last_id)),
        ("records".to_owned(), Json::Object(tables.collect())),
    ]))
}

pub(crate) fn read(model: &'static Model, snapshot: &Json) -> Result<Store, String> {
    let number = |json: &Json, name: &str| json.get(name).and_then(Json::as_i64);
    if number(snapshot, "version") != Some(VERSION) {
        return Err(format!("it is no snapshot of version {VERSION}"));
    }
    let mut store = Store::new(&model.links);
    let seconds = number(snapshot, "ahead_seconds").and_then(|seconds| u64::try_from(seconds).ok());
    store.ahead = Duration::from_secs(seconds.unwrap_or(0));
    store.closed_until = snapshot.get("closed_until").and_then(Json::as_str).and_then(|day| day.parse().ok());
    let tables = snapshot.get("records").and_then(Json::as_object).ok_or("`records` is missing")?;
    for (resource, rows) in tables {
        for row in rows.as_array().ok_or_else(|| format!("`records.{resource}` is no array"))? {
            let needs =
                |name: &str| number(row, name).ok_or_else(|| format!("a record of `{resource}` has no `{name}`"));
            let mut fields = Fields::default();
            for (name, value) in row.get("fields").and_then(Json::as_object).into_iter().flatten() {
                match model.known_name(resource, name) {
                    Some(known) => fields.set(known, value.clone()),
                    None => fields.set(name.clone(), value.clone()),
                }
            }
            let parents = row.get("parents").and_then(Json::as_object).into_iter().flatten();
            let record = Record {
                fields,
                parents: parents.filter_map(|(name, id)| Some((name.clone().into(), id.as_i64()?))).collect(),
                created: needs("created")?,
                modified: needs("modified")?,
                deleted: number(row, "deleted"),
                system: row.get("system").and_then(Json::as_bool).unwrap_or(false),
            };
            store.put(resource, needs("id")?, record);
        }
    }
    store.last_id = store.last_id.max(number(snapshot, "last_id").unwrap_or(0));
    Ok(store)
}
