//! Fields of requests whose effect the sandbox does not model.

use campfire_sandbox_model::{Field, Type};
use campfire_values::{Json, JsonObject};

use crate::model::api::Api;
use crate::state::fields::Fields;

/// Returns the first such field that a body sets, and the reason. A value that the record already has asks for nothing, so that
/// a response can be sent back.
pub(crate) fn find<'a>(
    api: &'a Api,
    schema: &str,
    body: &JsonObject,
    record: Option<&Fields>,
) -> Option<(&'a str, &'a str)> {
    find_beside(api, schema, body, &|name| record?.get(name))
}

/// Compares with the values that an object `has`.
fn find_beside<'a, 'r>(
    api: &'a Api,
    schema: &str,
    body: &JsonObject,
    has: &dyn Fn(&str) -> Option<&'r Json>,
) -> Option<(&'a str, &'a str)> {
    api.fields(schema).iter().find_map(|field| {
        let before = has(&field.name);
        let value = body.get(&field.name).filter(|value| is_set(field, value) && before != Some(value))?;
        match &field.unmodelled {
            Some(reason) => Some((field.name.as_str(), reason.as_str())),
            None => find_in(api, &field.ty, value, before),
        }
    })
}

/// Looks in nested objects. The items of a list are those with the same id.
fn find_in<'a>(api: &'a Api, ty: &Type, value: &Json, before: Option<&Json>) -> Option<(&'a str, &'a str)> {
    match (ty, value) {
        (Type::List(inner), Json::Array(items)) => items.iter().find_map(|item| {
            let mut known = before.and_then(Json::as_array).unwrap_or_default().iter();
            let same = known.find(|known| known.get("id").is_some() && known.get("id") == item.get("id"));
            find_in(api, inner, item, same)
        }),
        (Type::Object(schema), Json::Object(object)) => find_beside(api, schema, object, &|name| before?.get(name)),
        _ => None,
    }
}

fn is_set(field: &Field, value: &Json) -> bool {
    asks_for_something(value) && !field.read_only
}

/// Returns `false` for null, `false`, zero, and what is empty.
pub(crate) fn asks_for_something(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(is_true) => *is_true,
        Json::Array(items) => !items.is_empty(),
        Json::Object(fields) => !fields.is_empty(),
        Json::String(text) => !text.is_empty() && value.as_decimal().is_none_or(|number| !number.is_zero()),
        Json::Number(_) => value.as_decimal().is_none_or(|number| !number.is_zero()),
    }
}
