//! Seeding: records that tests add as if the server had created them.

use campfire_values::{Json, JsonObject, Timestamp};

use crate::error::Error;
use crate::model::api::Api;
use crate::records::{key, write};
use crate::state::record::Record;
use crate::state::store::Store;

/// Adds a record, and returns its id.
///
/// # Errors
/// If there is no such resource.
pub(crate) fn seed(api: &'static Api, store: &mut Store, resource: &str, record: Json) -> Result<i64, Error> {
    let resource = api.table(resource);
    let schema = match api.record_schema(resource) {
        Some(schema) => schema,
        None if api.is_unlisted(resource) => "",
        None => return Err(Error::Resource(resource.to_owned())),
    };
    let given = record.as_object().cloned().unwrap_or_default();
    let present = key::find_sent(api, store, resource, &given).map(|(_, id)| id);
    let inserted = write::insert(api, store, resource, &given, &[]);
    let Some(mut record) = store.get(resource, inserted).cloned() else { return Ok(inserted) };
    let id = present.or_else(|| given.get("id").and_then(Json::as_i64)).unwrap_or(inserted);
    store.erase(resource, inserted);
    add_parents(api, resource, &given, &mut record);
    set_as_server(api, schema, given, &mut record);
    store.put(resource, id, record);
    Ok(id)
}

/// Puts the record below those that it references, as its path does.
pub(crate) fn add_parents(api: &'static Api, resource: &str, given: &JsonObject, record: &mut Record) {
    let operations = api.operations().iter().filter(|operation| operation.resource() == resource);
    let parameters = operations
        .filter(|operation| ["create", "list", "void"].contains(&operation.name()))
        .flat_map(|operation| operation.path.split('/'))
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    for name in parameters {
        let link = name.strip_suffix("_id").unwrap_or(name);
        if let Some(parent) = given.get(link).or_else(|| given.get(name)).and_then(Json::as_i64) {
            record.parents.push((name.into(), parent));
        }
    }
}

/// Sets the fields that only the server can set, and those that are not in the schema.
fn set_as_server(api: &Api, schema: &str, given: JsonObject, record: &mut Record) {
    for (name, value) in given {
        let time = || value.as_str()?.parse::<Timestamp>().ok().map(Timestamp::unix_seconds);
        match (name.as_str(), time()) {
            ("id", _) => {}
            ("created_at", Some(time)) => record.created = time,
            ("last_modified_at", Some(time)) => record.modified = time,
            _ if api.field(schema, &name).is_none_or(|field| field.read_only || field.is_computed()) => {
                record.fields.set(name, value);
            }
            _ => {}
        }
    }
}
