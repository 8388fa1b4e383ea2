//! Keys: how records are identified whose identity is not the integer `id`.
//!
//! The sandbox numbers all records. Where the API identifies them by another field, that field is looked up when a request
//! arrives.

use campfire_sandbox_model::{Field, Type};
use campfire_values::{Json, JsonObject};

use crate::model::api::Api;
use crate::state::record::Record;
use crate::state::store::Store;

/// Returns the key of a record: the one that was sent, or else one that the server made from the number of the record.
pub(crate) fn of(field: &Field, id: i64, record: &Record) -> Json {
    record.fields.get(&field.name).cloned().unwrap_or_else(|| made(field, id))
}

/// Returns the key that the server makes for a record.
pub(crate) fn made(field: &Field, id: i64) -> Json {
    match (&field.ty, field.format.as_deref()) {
        (Type::String, Some("uuid")) => Json::from(format!("00000000-0000-4000-8000-{id:012x}")),
        (Type::String, _) => Json::from(id.to_string()),
        _ => Json::from(id),
    }
}

/// Returns the live record of a resource that a key identifies.
pub(crate) fn find(api: &Api, store: &Store, resource: &str, key: &str) -> Option<i64> {
    let field = api.key_field(resource)?;
    store.live(resource).find(|(id, record)| is(&of(field, *id, record), key)).map(|(id, _)| id)
}

/// Returns the live record that has the same key as a body, unless the server makes the keys.
pub(crate) fn find_sent(api: &Api, store: &Store, resource: &str, body: &JsonObject) -> Option<(String, i64)> {
    let field = api.key_field(resource).filter(|field| !field.read_only)?;
    let key = text(body.get(&field.name)?)?;
    Some((field.name.clone(), find(api, store, resource, &key)?))
}

/// Returns `true` if a JSON value is this key.
fn is(value: &Json, key: &str) -> bool {
    match value {
        Json::String(text) => text == key,
        Json::Number(number) => number.as_str() == key,
        _ => false,
    }
}

fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}
