//! Forms instead of JSON. A form has only text, which the fields of the schema give a type.

use std::collections::BTreeMap;

use campfire_sandbox_model::Type;
use campfire_values::{Json, JsonObject};

use crate::model::api::Api;

/// The values of a form, by name. A name may have several.
pub(crate) type Values = BTreeMap<String, Vec<Json>>;

/// Reads a URL-encoded form.
pub(crate) fn fields(body: &[u8]) -> Values {
    let mut values = Values::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        values.entry(name.into_owned()).or_default().push(Json::String(value.into_owned()));
    }
    values
}

/// Wraps the parts of a multipart form, each of which has one value.
pub(crate) fn single(parts: JsonObject) -> Values {
    parts.into_iter().map(|(name, value)| (name, vec![value])).collect()
}

/// Gives the values the types of the schema. Lists of objects and nested objects are written as JSON.
pub(crate) fn typed(api: &Api, ty: &Type, values: Values) -> JsonObject {
    let schema = if let Type::Object(schema) = ty { schema.as_str() } else { "" };
    let value = |name: &str, mut values: Vec<Json>| match api.field(schema, name).map(|field| &field.ty) {
        Some(Type::List(items)) if !matches!(**items, Type::Object(_)) => {
            Json::Array(values.into_iter().map(|value| scalar(items, value)).collect())
        }
        Some(ty) => scalar(ty, values.pop().unwrap_or_default()),
        None => values.pop().unwrap_or_default(),
    };
    values
        .into_iter()
        .map(|(name, values)| {
            let value = value(&name, values);
            (name, value)
        })
        .collect()
}

fn scalar(ty: &Type, value: Json) -> Json {
    let Some(text) = value.as_str() else { return value };
    match ty {
        Type::Boolean if text.eq_ignore_ascii_case("true") || text == "1" => Json::Bool(true),
        Type::Boolean if text.eq_ignore_ascii_case("false") || text == "0" => Json::Bool(false),
        Type::List(_) | Type::Object(_) | Type::Map(_) | Type::Json => text.parse().unwrap_or(value),
        // An empty input of a form is no number and no date.
        Type::Integer | Type::Decimal | Type::Date | Type::Timestamp if text.is_empty() => Json::Null,
        _ => value,
    }
}
