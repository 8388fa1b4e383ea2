//! From bodies to stored records.

use std::borrow::Cow;

use campfire_sandbox_model::{Field, Type};
use campfire_values::custom_fields::is_custom;
use campfire_values::{Json, JsonObject};

use crate::model::api::{Api, is_integer_id};
use crate::records::placeholder::initial;
use crate::state::fields::Fields;
use crate::state::markers;
use crate::state::record::server_time;
use crate::state::store::Store;

/// Creates a record from a body, and returns its id. `path` holds the ids in the path above the record.
pub(crate) fn insert(
    api: &'static Api,
    store: &mut Store,
    resource: &str,
    body: &JsonObject,
    path: &[(&'static str, i64)],
) -> i64 {
    let schema = api.record_schema(resource).unwrap_or_default();
    let mut fields = new_fields(api, store, schema, body);
    let mut parents = Vec::new();
    for (name, parent) in path {
        parents.push((Cow::Borrowed(*name), *parent));
        let link = name.strip_suffix("_id").unwrap_or(name);
        if api.field(schema, link).is_some() {
            fields.set(link, *parent);
        }
    }
    store.add_below(resource, fields, parents)
}

/// Returns the fields of the record that a body creates: those that were sent, and those that the server sets.
pub(crate) fn new_fields(api: &'static Api, store: &mut Store, schema: &str, body: &JsonObject) -> Fields {
    let mut fields = Fields::default();
    for field in api.fields(schema) {
        match body.get(&field.name).filter(|_| is_stored(field)) {
            Some(value) => fields.set(field.name.as_str(), stored_value(api, store, &field.ty, value)),
            None if is_stored(field) || field.default.is_some() => fields.set(field.name.as_str(), initial(field)),
            None => {}
        }
    }
    keep_undocumented(api, schema, body, &mut fields);
    fields
}

/// Changes the fields of a record by a body. With `replace`, fields that the body leaves out return to their defaults.
pub(crate) fn change(
    api: &'static Api,
    store: &mut Store,
    schema: &str,
    body: &JsonObject,
    fields: &mut Fields,
    replace: bool,
) {
    for field in api.fields(schema).iter().filter(|field| is_stored(field)) {
        match body.get(&field.name) {
            Some(value) => fields.set(field.name.as_str(), stored_value(api, store, &field.ty, value)),
            // In a PUT, Django REST Framework keeps fields that are left out, unless they have a default.
            None if replace && field.default.is_some() => fields.set(field.name.as_str(), initial(field)),
            None => {}
        }
    }
    keep_undocumented(api, schema, body, fields);
}

fn is_stored(field: &Field) -> bool {
    !field.read_only && !is_integer_id(field) && !field.is_computed() && field.collects.is_none()
}

/// Keeps custom fields, which are undocumented top-level fields, and the content of uploads.
fn keep_undocumented(api: &'static Api, schema: &str, body: &JsonObject, fields: &mut Fields) {
    for (name, value) in body.iter().filter(|(name, _)| is_custom(name) || markers::is_content(name)) {
        if api.field(schema, name).is_none() {
            fields.set(name.clone(), value.clone());
        }
    }
}

/// Returns a value as the server stores it. Numbers may be sent as strings, and strings as numbers.
fn stored_value(api: &'static Api, store: &mut Store, ty: &Type, value: &Json) -> Json {
    match (ty, value) {
        (Type::List(inner), Json::Array(items)) => {
            Json::Array(items.iter().map(|item| stored_value(api, store, inner, item)).collect())
        }
        (Type::Object(schema), Json::Object(sent)) => Json::Object(stored_object(api, store, schema, sent)),
        (Type::String, Json::Number(number)) => Json::from(number.as_str()),
        (Type::Integer, Json::String(text)) => text.parse::<i64>().map_or_else(|_| value.clone(), Json::from),
        (Type::Decimal, Json::String(_)) => value.as_decimal().map_or_else(|| value.clone(), Json::from),
        _ => value.clone(),
    }
}

/// Returns a nested object with the ids and times that the server adds.
fn stored_object(api: &'static Api, store: &mut Store, schema: &str, sent: &JsonObject) -> JsonObject {
    let mut stored = JsonObject::new();
    for field in api.fields(schema).iter().filter(|field| !field.is_computed()) {
        let value = match (field.name.as_str(), &field.ty) {
            ("id", Type::Integer) if field.identity => Json::from(store.new_id()),
            ("created_at" | "last_modified_at", Type::Timestamp) if field.read_only => server_time(store.now()),
            _ if field.read_only => continue,
            _ => match sent.get(&field.name) {
                Some(value) => stored_value(api, store, &field.ty, value),
                None => initial(field),
            },
        };
        if !value.is_null() {
            stored.insert(field.name.clone(), value);
        }
    }
    stored.extend(sent.iter().filter(|(name, _)| is_custom(name)).map(|(name, value)| (name.clone(), value.clone())));
    stored
}
