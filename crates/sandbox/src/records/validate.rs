//! Checks of request bodies. Errors have the shape and wording of Django REST Framework.

use campfire_sandbox_model::{Bound, Field, Type};
use campfire_values::{Date, Decimal, Json, JsonObject, Timestamp};

use crate::model::api::Api;
use crate::records::key;
use crate::state::fields::Fields;
use crate::state::store::Store;

/// The circumstances in which an object is sent.
#[derive(Clone, Copy, Default)]
pub(crate) struct Context<'a> {
    /// `true` if required fields may be left out (PATCH).
    pub(crate) partial: bool,
    /// The ids in the path, which the body need not repeat.
    pub(crate) path: &'a [(&'static str, i64)],
    /// The record that the body changes. A null that it has may be sent back, even where the reference rules it out.
    pub(crate) record: Option<&'a Fields>,
}

impl Context<'_> {
    fn is_in_path(&self, field: &Field) -> bool {
        self.path.iter().any(|(name, _)| name.strip_suffix("_id") == Some(&field.name))
    }

    fn has_null(&self, field: &Field) -> bool {
        self.record.is_some_and(|record| !record.contains(&field.name))
    }
}

/// Checks an object against a schema. Read-only fields are ignored, as the server ignores them.
///
/// # Errors
/// The errors by field.
pub(crate) fn object(
    api: &Api,
    store: &Store,
    schema: &str,
    body: &JsonObject,
    context: Context<'_>,
) -> Result<(), JsonObject> {
    let mut errors = JsonObject::new();
    for field in api.fields(schema).iter().filter(|field| !field.read_only) {
        match body.get(&field.name) {
            None if context.is_in_path(field) => {}
            None if field.required && !context.partial => {
                errors.insert(field.name.clone(), messages("This field is required."));
            }
            None => {}
            Some(Json::Null) if context.has_null(field) => {}
            Some(value) => {
                if let Err(error) = self::field(api, store, field, value) {
                    errors.insert(field.name.clone(), error);
                }
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Checks the values of a body against the limits of the fields of the same name in a schema.
pub(crate) fn limits_of(api: &Api, schema: &str, body: &JsonObject) -> Result<(), JsonObject> {
    let fields = body.iter().filter_map(|(name, value)| Some((name, value, api.field(schema, name)?)));
    let errors: JsonObject = fields
        .filter(|(_, value, _)| !value.is_null())
        .filter_map(|(name, value, field)| Some((name.clone(), limits(field, value).err()?)))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn messages(text: impl Into<String>) -> Json {
    Json::Array(vec![Json::String(text.into())])
}

fn ensure(valid: bool, message: &str) -> Result<(), Json> {
    if valid { Ok(()) } else { Err(messages(message)) }
}

fn field(api: &Api, store: &Store, field: &Field, value: &Json) -> Result<(), Json> {
    if value.is_null() {
        return ensure(field.nullable, "This field may not be null.");
    }
    if field.blank && *value == "" {
        return Ok(());
    }
    self::value(api, store, &field.ty, value)?;
    limits(field, value)?;
    references(api, store, field, value)
}

/// Checks that the records exist whose ids a field holds.
fn references(api: &Api, store: &Store, field: &Field, value: &Json) -> Result<(), Json> {
    let Some(resource) = &field.references else { return Ok(()) };
    let must_exist = if field.unlisted {
        // A copy of another server lacks the records that no operation shows.
        !store.is_copy
    } else {
        // Tests need not seed resources that they do not use.
        store.is_in_use(resource)
    };
    if !must_exist {
        return Ok(());
    }
    let mut ids = value.as_array().unwrap_or(std::slice::from_ref(value)).iter();
    match ids.find(|id| !exists(api, store, resource, id)) {
        Some(id) => {
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            Err(messages(format!("Invalid pk \"{id}\" - object does not exist.")))
        }
        None => Ok(()),
    }
}

/// Returns `true` if a record has this id, which may be sent as text.
fn exists(api: &Api, store: &Store, resource: &str, id: &Json) -> bool {
    match (id.as_i64(), id.as_str()) {
        (Some(id), _) => store.get(resource, id).is_some(),
        (None, Some(key)) if api.key_field(resource).is_some() => key::find(api, store, resource, key).is_some(),
        (None, Some(text)) => text.parse().is_ok_and(|id| store.get(resource, id).is_some()),
        (None, None) => true,
    }
}

fn value(api: &Api, store: &Store, ty: &Type, value: &Json) -> Result<(), Json> {
    let text = value.as_str();
    match ty {
        // The framework also takes numbers for strings.
        Type::String => ensure(matches!(value, Json::String(_) | Json::Number(_)), "Not a valid string."),
        Type::Integer => {
            let is_integer = value.as_i64().is_some() || text.is_some_and(|text| text.parse::<i64>().is_ok());
            ensure(is_integer, "A valid integer is required.")
        }
        Type::Boolean => ensure(matches!(value, Json::Bool(_)), "Must be a valid boolean."),
        Type::Decimal => ensure(value.as_decimal().is_some(), "A valid number is required."),
        Type::Date => {
            let is_date = text.is_some_and(|text| text.parse::<Date>().is_ok());
            ensure(is_date, "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.")
        }
        Type::Timestamp => {
            let is_time = text.is_some_and(|text| text.parse::<Timestamp>().is_ok());
            ensure(is_time, "Datetime has wrong format.")
        }
        Type::Enum(name) => {
            let is_known = api.enum_values(name).iter().any(|value| Some(value.as_str()) == text);
            let shown = || text.map_or_else(|| value.to_string(), str::to_owned);
            if is_known { Ok(()) } else { Err(messages(format!("\"{}\" is not a valid choice.", shown()))) }
        }
        Type::List(inner) => list(api, store, inner, value),
        Type::Object(schema) => nested_object(api, store, schema, value),
        Type::Map(_) => ensure(matches!(value, Json::Object(_)), "Not a valid value."),
        Type::Json | Type::File => Ok(()),
    }
}

/// Checks the items of a list. The error has an entry per item, an empty object if the item is valid.
fn list(api: &Api, store: &Store, inner: &Type, value: &Json) -> Result<(), Json> {
    let Json::Array(items) = value else {
        return Err(messages(format!("Expected a list of items but got type \"{}\".", value.kind())));
    };
    let results: Vec<Result<(), Json>> = items.iter().map(|item| self::value(api, store, inner, item)).collect();
    if results.iter().all(Result::is_ok) {
        return Ok(());
    }
    let entry = |result: Result<(), Json>| result.err().unwrap_or(Json::Object(JsonObject::new()));
    Err(Json::Array(results.into_iter().map(entry).collect()))
}

fn nested_object(api: &Api, store: &Store, schema: &str, value: &Json) -> Result<(), Json> {
    let Json::Object(nested) = value else {
        let message = format!("Invalid data. Expected a dictionary, but got {}.", value.kind());
        return Err(Json::Object(JsonObject::from([("non_field_errors".to_owned(), messages(message))])));
    };
    // An object with an id was shown before.
    let shown = Fields::default();
    let record = nested.contains_key("id").then_some(&shown);
    object(api, store, schema, nested, Context { record, ..Context::default() }).map_err(Json::Object)
}

fn limits(field: &Field, value: &Json) -> Result<(), Json> {
    max_length(field, value)?;
    pattern(field, value)?;
    if let Some(format) = &field.format
        && let Some(text) = text(field, value)
    {
        self::format(format, text)?;
    }
    if let (Some(least), Json::Array(items)) = (field.min_items, value)
        && (items.len() as u64) < least
    {
        return Err(messages("This list may not be empty."));
    }
    match value.as_decimal() {
        Some(number) => bounds(field, number),
        None => Ok(()),
    }
}

/// Checks a string against the pattern of its field, if the syntax of the pattern is known.
fn pattern(field: &Field, value: &Json) -> Result<(), Json> {
    let pattern = field.pattern.as_deref().and_then(|pattern| regex_lite::Regex::new(pattern).ok());
    let (Some(pattern), Some(text)) = (pattern, text(field, value)) else { return Ok(()) };
    ensure(pattern.is_match(text), "Enter a valid value.")
}

/// Returns a value as text. A number in a string field is stored as its digits.
fn text<'a>(field: &Field, value: &'a Json) -> Option<&'a str> {
    match value {
        Json::Number(number) if field.ty == Type::String => Some(number.as_str()),
        value => value.as_str(),
    }
}

fn max_length(field: &Field, value: &Json) -> Result<(), Json> {
    let Some(max) = field.max_length else { return Ok(()) };
    let items = value.as_array().unwrap_or(std::slice::from_ref(value)).iter();
    let mut texts = items.filter_map(|value| text(field, value));
    if texts.any(|text| text.chars().count() as u64 > max) {
        return Err(messages(format!("Ensure this field has no more than {max} characters.")));
    }
    Ok(())
}

/// Returns the first number in a stored value that is out of its documented range, with the name of its field.
pub(crate) fn out_of_range<'a>(api: &'a Api, field: &'a Field, value: &Json) -> Option<(&'a str, Decimal)> {
    fn schema(ty: &Type) -> Option<&str> {
        match ty {
            Type::List(items) => schema(items),
            Type::Object(name) => Some(name),
            _ => None,
        }
    }
    match value {
        Json::Array(items) => items.iter().find_map(|item| out_of_range(api, field, item)),
        Json::Object(object) => {
            let mut fields = api.fields(schema(&field.ty)?).iter();
            fields.find_map(|field| out_of_range(api, field, object.get(&field.name)?))
        }
        Json::Number(number) => {
            let number = number.as_decimal()?;
            bounds(field, number).is_err().then_some((field.name.as_str(), number))
        }
        Json::Null | Json::Bool(_) | Json::String(_) => None,
    }
}

/// Checks a number against the range of a field.
pub(crate) fn bounds(field: &Field, number: Decimal) -> Result<(), Json> {
    let parsed = |bound: &Bound| bound.value.parse::<Decimal>().ok();
    if let Some(minimum) = &field.minimum
        && parsed(minimum).is_some_and(|bound| number < bound || (minimum.exclusive && number == bound))
    {
        let comparison = if minimum.exclusive { "greater than" } else { "greater than or equal to" };
        return Err(messages(format!("Ensure this value is {comparison} {}.", minimum.value)));
    }
    if let Some(maximum) = &field.maximum
        && parsed(maximum).is_some_and(|bound| number > bound || (maximum.exclusive && number == bound))
    {
        let comparison = if maximum.exclusive { "less than" } else { "less than or equal to" };
        return Err(messages(format!("Ensure this value is {comparison} {}.", maximum.value)));
    }
    Ok(())
}

/// Checks a string against a JSON Schema format.
fn format(format: &str, text: &str) -> Result<(), Json> {
    match format {
        "uuid" => ensure(uuid::Uuid::try_parse(text).is_ok(), "Must be a valid UUID."),
        "uri" => ensure(url::Url::parse(text).is_ok(), "Enter a valid URL."),
        "email" => ensure(is_email(text), "Enter a valid email address."),
        _ => Ok(()),
    }
}

fn is_email(text: &str) -> bool {
    let is_plain = |part: &str| {
        let allowed = |character: char| character.is_ascii_alphanumeric() || ".-_+".contains(character);
        !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && part.chars().all(allowed)
    };
    text.split_once('@').is_some_and(|(name, host)| is_plain(name) && is_plain(host) && host.contains('.'))
}
