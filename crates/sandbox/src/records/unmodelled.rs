//! Fields of requests whose effect the sandbox does not model.

use campfire_sandbox_model::{Field, Type};
use campfire_values::{Json, JsonObject};

use crate::model::api::Api;

/// Returns the first such field that a body sets, and the reason.
pub(crate) fn find<'a>(api: &'a Api, schema: &str, body: &JsonObject) -> Option<(&'a str, &'a str)> {
    api.fields(schema).iter().find_map(|field| {
        let value = body.get(&field.name).filter(|value| is_set(field, value))?;
        match &field.unmodelled {
            Some(reason) => Some((field.name.as_str(), reason.as_str())),
            None => find_in(api, &field.ty, value),
        }
    })
}

/// Looks in nested objects.
fn find_in<'a>(api: &'a Api, ty: &Type, value: &Json) -> Option<(&'a str, &'a str)> {
    match (ty, value) {
        (Type::List(inner), Json::Array(items)) => items.iter().find_map(|item| find_in(api, inner, item)),
        (Type::Object(schema), Json::Object(object)) => find(api, schema, object),
        _ => None,
    }
}

/// Returns `true` if a value asks for something.
fn is_set(field: &Field, value: &Json) -> bool {
    let is_empty = match value {
        Json::Null | Json::Bool(false) => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    };
    !is_empty && !field.read_only
}
