//! Checks values against the table, before anything is sent: names, types, required fields, documented limits.

use campfire_values::limits::{Check, Limit, Violation};
use campfire_values::{Date, DateOrTimestamp, Decimal, Json, JsonObject, Timestamp};

use crate::schema::{Bound, Field, Limits, Schema, SchemaKind, Type};
use crate::suggest;

/// Finds a schema by name.
pub type FindSchema = fn(&str) -> Option<Schema<'static>>;

/// Checks a body, and collects what is wrong with it.
pub struct Checker {
    schema: FindSchema,
    violations: Vec<Violation>,
}

impl Checker {
    /// Returns a checker that looks up schemas in a table.
    pub fn new(schema: FindSchema) -> Self {
        Self { schema, violations: Vec::new() }
    }

    /// Checks a body. A partial one changes only the fields that it contains, so none is required.
    pub fn body(mut self, ty: &Type<'static>, partial: bool, body: &Json) -> Vec<Violation> {
        self.value(ty, partial, &mut String::new(), body);
        self.violations
    }

    fn report(&mut self, path: &str, message: impl Into<String>) {
        self.violations.push(Violation { path: path.to_owned(), message: message.into() });
    }

    fn value(&mut self, ty: &Type<'static>, partial: bool, path: &mut String, value: &Json) {
        match (ty, value) {
            (Type::Json, _) => {}
            (Type::List(inner), Json::Array(items)) => self.items(inner, path, items),
            (Type::Map(inner), Json::Object(object)) => {
                for (key, value) in object.iter() {
                    self.at_key(path, key, |checker, path| checker.value(inner, false, path, value));
                }
            }
            (Type::Object(name), Json::Object(object)) => self.object(name, partial, path, object),
            _ if is_scalar_of(ty, value) => {}
            _ => self.report(path, expected(ty, value)),
        }
    }

    fn items(&mut self, ty: &Type<'static>, path: &mut String, items: &[Json]) {
        for (index, item) in items.iter().enumerate() {
            let parent = path.len();
            path.push_str(&format!("[{index}]"));
            self.value(ty, false, path, item);
            path.truncate(parent);
        }
    }

    fn object(&mut self, name: &str, partial: bool, path: &mut String, object: &JsonObject) {
        let Some(schema) = (self.schema)(name) else { return };
        let SchemaKind::Object { fields, additional } = schema.kind else { return };
        for (key, value) in object.iter() {
            let field = fields.iter().find(|field| field.name == key);
            self.at_key(path, key, |checker, path| match (field, &additional) {
                (Some(field), _) => checker.field(field, path, value),
                (None, Some(ty)) => checker.value(ty, false, path, value),
                (None, None) => checker.unknown(key, &fields, path),
            });
        }
        let is_missing = |field: &&Field<'_>| field.required && !field.read_only && !object.contains_key(field.name);
        for field in fields.iter().filter(is_missing).filter(|_| !partial) {
            self.at_key(path, field.name, |checker, path| checker.report(path, "is required"));
        }
    }

    fn field(&mut self, field: &Field<'static>, path: &mut String, value: &Json) {
        match value {
            _ if field.read_only => self.report(path, "is set by the server and cannot be sent"),
            Json::Null if field.nullable => {}
            Json::Null => self.report(path, "must not be null; leave it out instead"),
            value => {
                self.value(&field.ty, false, path, value);
                self.limits(field, path, value);
            }
        }
    }

    fn unknown(&mut self, key: &str, fields: &[Field<'_>], path: &str) {
        let writable = fields.iter().filter(|field| !field.read_only).map(|field| field.name);
        let hint = suggest::hint(&suggest::similar(key, writable));
        self.report(path, format!("is not a field of this object{hint}"));
    }

    fn limits(&mut self, field: &Field<'static>, path: &str, value: &Json) {
        let found = &mut self.violations;
        for limit in limits(&field.limits) {
            match (&field.ty, value) {
                (Type::Integer | Type::Decimal, value) => {
                    decimal(value).into_iter().for_each(|number| number.check(limit, path, found));
                }
                (_, Json::String(text)) => text.check(limit, path, found),
                (_, Json::Array(items)) => items.check(limit, path, found),
                _ => {}
            }
        }
    }

    /// Goes to the value of a key, and back.
    fn at_key(&mut self, path: &mut String, key: &str, check: impl FnOnce(&mut Self, &mut String)) {
        let parent = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
        check(self, path);
        path.truncate(parent);
    }
}

fn limits(limits: &Limits<'static>) -> impl Iterator<Item = Limit> {
    let bound = |bound: &Option<Bound<'static>>| bound.as_ref().map(|bound| (bound.value, bound.exclusive));
    let Limits { minimum, maximum, min_length, max_length, min_items, max_items } = limits;
    [
        Limit::Range(bound(minimum), bound(maximum)),
        Limit::Length(*min_length, *max_length),
        Limit::Items(*min_items, *max_items),
    ]
    .into_iter()
}

/// Returns a number, which may be written as a string.
fn decimal(value: &Json) -> Option<Decimal> {
    match value {
        Json::Number(number) => number.as_decimal(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Returns `true` if a value has this type. Enums are open, so any string may be one.
fn is_scalar_of(ty: &Type<'_>, value: &Json) -> bool {
    match (ty, value) {
        (Type::String | Type::Enum(_), Json::String(_)) | (Type::Boolean, Json::Bool(_)) => true,
        (Type::Integer, Json::Number(number)) => number.as_i64().is_some(),
        (Type::Decimal, value) => decimal(value).is_some(),
        (_, Json::String(text)) => is_text_of(ty, text),
        _ => false,
    }
}

/// Returns `true` if a text is a value of a type that is written as text.
fn is_text_of(ty: &Type<'_>, text: &str) -> bool {
    match ty {
        Type::Date => text.parse::<Date>().is_ok(),
        Type::Timestamp => text.parse::<Timestamp>().is_ok(),
        Type::DateOrTimestamp => text.parse::<DateOrTimestamp>().is_ok(),
        Type::Decimal => text.parse::<Decimal>().is_ok(),
        _ => false,
    }
}

/// Returns the text of a single value. Text that reads as the expected type is accepted, because parameters are text.
///
/// # Errors
/// If it does not.
pub fn text(ty: &Type<'_>, json: &Json) -> Result<String, String> {
    let text = match json {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.as_str().to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Null | Json::Array(_) | Json::Object(_) => return Err(expected(ty, json)),
    };
    let fits = match ty {
        Type::Integer => text.parse::<i64>().is_ok(),
        Type::Boolean => matches!(text.as_str(), "true" | "false"),
        Type::String | Type::Enum(_) | Type::Json => true,
        _ => is_text_of(ty, &text),
    };
    if fits { Ok(text) } else { Err(expected(ty, json)) }
}

/// Returns the message for a value of another type.
pub fn expected(ty: &Type<'_>, value: &Json) -> String {
    let expected = match ty {
        Type::String => "a string",
        Type::Integer => "an integer",
        Type::Boolean => "true or false",
        Type::Date => "a date such as 2026-11-30",
        Type::Decimal => "a decimal number",
        Type::Timestamp => "a time such as 2026-11-30T12:00:00Z",
        Type::DateOrTimestamp => "a date such as 2026-11-30 or a time such as 2026-11-30T12:00:00Z",
        Type::File => "a file",
        Type::Json => "a value",
        Type::List(_) => "an array",
        Type::Map(_) | Type::Object(_) => "an object",
        Type::Enum(_) => "a string",
    };
    let found: String = value.to_string().chars().take(60).collect();
    format!("expects {expected}, not {found}")
}
