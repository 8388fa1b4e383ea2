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
    api.fields(schema).iter().find_map(|field| {
        let is_new = |value: &Json| record.and_then(|record| record.get(&field.name)) != Some(value);
        let value = body.get(&field.name).filter(|value| is_set(field, value) && is_new(value))?;
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
        (Type::Object(schema), Json::Object(object)) => find(api, schema, object, None),
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
