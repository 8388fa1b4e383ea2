//! Bodies against the description, refused as Django REST Framework refuses them.

use campfire_sandbox_model::{Bound, Field, Type};

use super::model::Model;
use super::store::Store;
use campfire_values::{Date, Decimal, Json, JsonObject, Timestamp};

/// Checks an object; gives what is wrong, by field.
///
/// `partial` bodies (PATCH) need nothing. Read-only fields are ignored, as the server ignores them.
pub(crate) fn object(
    model: &Model,
    store: &Store,
    schema: &str,
    body: &JsonObject,
    partial: bool,
    path: &[(&str, i64)],
) -> Result<(), JsonObject> {
    let mut errors = JsonObject::new();
    for field in model.fields(schema).iter().filter(|field| !field.read_only) {
        match body.get(&field.name) {
            // What the path says need not be said again.
            None if path.iter().any(|(name, _)| name.strip_suffix("_id") == Some(&field.name)) => {}
            None if field.required && !partial => {
                errors.insert(field.name.clone(), messages("This field is required."));
            }
            None => {}
            Some(value) => {
                if let Err(error) = self::field(model, store, field, value) {
                    errors.insert(field.name.clone(), error);
                }
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Checks members against the limits of the fields of a schema that have their names.
pub(crate) fn limits_of(model: &Model, schema: &str, body: &JsonObject) -> Result<(), JsonObject> {
    let fields = body.iter().filter_map(|(name, value)| Some((name, value, model.field(schema, name)?)));
    let errors: JsonObject = fields
        .filter(|(_, value, _)| !value.is_null())
        .filter_map(|(name, value, field)| Some((name.clone(), limits(field, value).err()?)))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn messages(text: impl Into<String>) -> Json {
    Json::Array(vec![Json::String(text.into())])
}

fn field(model: &Model, store: &Store, field: &Field, value: &Json) -> Result<(), Json> {
    if value.is_null() {
        return if field.nullable { Ok(()) } else { Err(messages("This field may not be null.")) };
    }
    if field.blank && *value == "" {
        return Ok(());
    }
    self::value(model, store, &field.ty, value)?;
    limits(field, value)?;
    if let (Some(resource), Some(id)) = (&field.references, value.as_i64())
        // An empty resource would make every test seed the world first.
        && store.has_given(resource)
        && store.get(resource, id).is_none()
    {
        return Err(messages(format!("Invalid pk \"{id}\" - object does not exist.")));
    }
    Ok(())
}

fn value(model: &Model, store: &Store, ty: &Type, value: &Json) -> Result<(), Json> {
    let text = value.as_str();
    let fine = match ty {
        Type::String => match value {
            // The framework takes numbers for texts, too.
            Json::String(_) | Json::Number(_) => true,
            _ => return Err(messages("Not a valid string.")),
        },
        Type::Integer => {
            let integer = value.as_i64().is_some() || text.is_some_and(|text| text.parse::<i64>().is_ok());
            if !integer {
                return Err(messages("A valid integer is required."));
            }
            true
        }
        Type::Boolean => match value {
            Json::Bool(_) => true,
            _ => return Err(messages("Must be a valid boolean.")),
        },
        Type::Decimal => {
            if value.as_decimal().is_none() {
                return Err(messages("A valid number is required."));
            }
            true
        }
        Type::Date => {
            if text.and_then(|text| text.parse::<Date>().ok()).is_none() {
                let message = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.";
                return Err(messages(message));
            }
            true
        }
        Type::Timestamp => {
            if text.and_then(|text| text.parse::<Timestamp>().ok()).is_none() {
                return Err(messages("Datetime has wrong format."));
            }
            true
        }
        Type::Enum(name) => {
            let known = model.enum_values(name).iter().any(|value| Some(value.as_str()) == text);
            if !known {
                let shown = text.map_or_else(|| value.to_string(), str::to_owned);
                return Err(messages(format!("\"{shown}\" is not a valid choice.")));
            }
            true
        }
        Type::List(inner) => {
            let Json::Array(items) = value else {
                return Err(messages(format!("Expected a list of items but got type \"{}\".", value.kind())));
            };
            let results: Vec<Result<(), Json>> =
                items.iter().map(|item| self::value(model, store, inner, item)).collect();
            if results.iter().any(Result::is_err) {
                // One entry per item, an empty object where the item is fine.
                let entry = |result: Result<(), Json>| result.err().unwrap_or(Json::Object(JsonObject::new()));
                return Err(Json::Array(results.into_iter().map(entry).collect()));
            }
            true
        }
        Type::Object(name) => {
            let Json::Object(members) = value else {
                let message = format!("Invalid data. Expected a dictionary, but got {}.", value.kind());
                return Err(Json::Object(JsonObject::from([("non_field_errors".to_owned(), messages(message))])));
            };
            return object(model, store, name, members, false, &[]).map_err(Json::Object);
        }
        Type::Map(_) => matches!(value, Json::Object(_)),
        Type::Json | Type::File => true,
    };
    if fine { Ok(()) } else { Err(messages("Not a valid value.")) }
}

/// Texts that are to be something.
fn format(format: &str, text: &str) -> Result<(), Json> {
    let (fine, message) = match format {
        "uuid" => (uuid::Uuid::try_parse(text).is_ok(), "Must be a valid UUID."),
        "uri" => (url::Url::parse(text).is_ok(), "Enter a valid URL."),
        "email" => {
            let parts = text.split_once('@');
            let is_plain = |part: &str| {
                let allowed = |character: char| character.is_ascii_alphanumeric() || ".-_+".contains(character);
                !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && part.chars().all(allowed)
            };
            let fine = parts.is_some_and(|(name, host)| is_plain(name) && is_plain(host) && host.contains('.'));
            (fine, "Enter a valid email address.")
        }
        _ => (true, ""),
    };
    if fine { Ok(()) } else { Err(messages(message)) }
}

fn limits(field: &Field, value: &Json) -> Result<(), Json> {
    // A number for a text is kept as its digits.
    let mut texts = value.as_array().unwrap_or(std::slice::from_ref(value)).iter().filter_map(|value| match value {
        Json::Number(number) if field.ty == Type::String => Some(number.as_str()),
        value => value.as_str(),
    });
    if let Some(most) = field.max_length
        && texts.any(|text| text.chars().count() as u64 > most)
    {
        return Err(messages(format!("Ensure this field has no more than {most} characters.")));
    }
    if let Some(format) = &field.format {
        match value {
            Json::String(text) => self::format(format, text)?,
            Json::Number(number) if field.ty == Type::String => self::format(format, number.as_str())?,
            _ => {}
        }
    }
    if let (Some(least), Json::Array(items)) = (field.min_items, value)
        && (items.len() as u64) < least
    {
        return Err(messages("This list may not be empty."));
    }
    let number = value.as_decimal();
    let bound = |text: &str| text.parse::<Decimal>().ok();
    if let (Some(Bound { value: text, exclusive }), Some(number)) = (&field.minimum, number)
        && bound(text).is_some_and(|bound| number < bound || (*exclusive && number == bound))
    {
        let word = if *exclusive { "greater than" } else { "greater than or equal to" };
        return Err(messages(format!("Ensure this value is {word} {text}.")));
    }
    if let (Some(Bound { value: text, exclusive }), Some(number)) = (&field.maximum, number)
        && bound(text).is_some_and(|bound| number > bound || (*exclusive && number == bound))
    {
        let word = if *exclusive { "less than" } else { "less than or equal to" };
        return Err(messages(format!("Ensure this value is {word} {text}.")));
    }
    Ok(())
}
