//! What distinguishes a value from others, apart from what it says.

use std::fmt;

use campfire_sandbox_model::{Field, Type};
use campfire_values::{Date, Decimal, Json, Timestamp};

use crate::model::api::Api;

/// The form of the offset in timestamps of the live server.
pub(crate) const LIVE_OFFSET: &str = "+0000";

/// The form of the offset in timestamps of the reference.
pub(crate) const DOCUMENTED_OFFSET: &str = "Z";

/// The class of a value. Two values of the same class are decoded in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Null,
    Boolean,
    Integer,
    Number,
    Text(Format),
    Array,
    Object,
}

/// The format of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Any text.
    Any,
    /// The empty text.
    Empty,
    Date,
    /// A time, with the form of its offset.
    Time(&'static str),
    Number,
    Uuid,
    Uri,
    Email,
    /// A value of an enum.
    Listed,
    /// A text in place of a value of an enum.
    Unlisted(String),
}

impl Class {
    /// Returns the class of a value of a type.
    pub(crate) fn of(api: &Api, value: &Json, ty: &Type, field: Option<&Field>) -> Self {
        match value {
            Json::Null => Class::Null,
            Json::Bool(_) => Class::Boolean,
            // 100 and 100.5 are decimals alike.
            Json::Number(_) if *ty == Type::Decimal => Class::Number,
            Json::Number(number) if number.as_i64().is_some() => Class::Integer,
            Json::Number(_) => Class::Number,
            Json::String(text) => Class::Text(format(api, text, ty, field)),
            Json::Array(_) => Class::Array,
            Json::Object(_) => Class::Object,
        }
    }

    /// Returns the class that values of a type have; `None` if they may have any.
    pub(crate) fn of_type(ty: &Type, field: Option<&Field>) -> Option<Self> {
        Some(match ty {
            Type::String => Class::Text(match field.and_then(|field| field.format.as_deref()) {
                Some("uuid") => Format::Uuid,
                Some("uri") => Format::Uri,
                Some("email") => Format::Email,
                _ => Format::Any,
            }),
            Type::Integer => Class::Integer,
            Type::Boolean => Class::Boolean,
            Type::Date => Class::Text(Format::Date),
            Type::Decimal => Class::Number,
            Type::Timestamp => Class::Text(Format::Time(LIVE_OFFSET)),
            Type::List(_) => Class::Array,
            Type::Map(_) | Type::Object(_) => Class::Object,
            Type::Enum(_) => Class::Text(Format::Listed),
            Type::File | Type::Json => return None,
        })
    }
}

fn format(api: &Api, text: &str, ty: &Type, field: Option<&Field>) -> Format {
    let has_format = field.is_some_and(|field| field.format.is_some());
    match ty {
        Type::Enum(schema) if api.is_enum_value(schema, text) => Format::Listed,
        Type::Enum(_) if !text.is_empty() => Format::Unlisted(text.to_owned()),
        Type::String if !has_format => Format::Any,
        _ => any_format(text),
    }
}

/// Returns the narrowest format of a text.
fn any_format(text: &str) -> Format {
    if text.is_empty() {
        Format::Empty
    } else if text.len() == 10 && text.parse::<Date>().is_ok() {
        Format::Date
    } else if text.parse::<Decimal>().is_ok() {
        Format::Number
    } else if text.parse::<Timestamp>().is_ok() {
        Format::Time(offset(text))
    } else if text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) {
        Format::Uuid
    } else if text.contains("://") {
        Format::Uri
    } else if text.contains('@') {
        Format::Email
    } else {
        Format::Any
    }
}

/// Returns the form of the offset of a time, whatever the offset is.
fn offset(time: &str) -> &'static str {
    let clock = time.split_once(['T', ' ']).map_or(time, |(_, clock)| clock);
    match clock.split_once(['+', '-']) {
        None if clock.ends_with('Z') => DOCUMENTED_OFFSET,
        None => "no offset",
        Some((_, offset)) if offset.contains(':') => "+00:00",
        Some(_) => LIVE_OFFSET,
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Class::Null => f.write_str("null"),
            Class::Boolean => f.write_str("a boolean"),
            Class::Integer => f.write_str("an integer"),
            Class::Number => f.write_str("a number"),
            Class::Text(format) => format.fmt(f),
            Class::Array => f.write_str("an array"),
            Class::Object => f.write_str("an object"),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Format::Any => f.write_str("a string"),
            Format::Empty => f.write_str("an empty string"),
            Format::Date => f.write_str("a date"),
            Format::Time(offset) => write!(f, "a timestamp with `{offset}`"),
            Format::Number => f.write_str("a number as a string"),
            Format::Uuid => f.write_str("a UUID"),
            Format::Uri => f.write_str("a URI"),
            Format::Email => f.write_str("an email address"),
            Format::Listed => f.write_str("a value of the enum"),
            Format::Unlisted(value) => write!(f, "the value `{value}`, which the enum does not list"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        for (text, expected) in [
            ("2026-01-05", Format::Date),
            ("2026-01-05T10:00:00Z", Format::Time("Z")),
            ("2026-01-05T10:00:00.123Z", Format::Time("Z")),
            ("2026-01-05T10:00:00+0000", Format::Time("+0000")),
            ("2026-01-05T10:00:00-05:00", Format::Time("+00:00")),
            ("2026-01-05T10:00:00", Format::Time("no offset")),
            ("-12.50", Format::Number),
            ("0190c0de-0000-7000-8000-000000000001", Format::Uuid),
            ("https://example.com/", Format::Uri),
            ("a@example.com", Format::Email),
            ("05/01/2026", Format::Any),
            ("", Format::Empty),
        ] {
            assert_eq!(any_format(text), expected, "{text}");
        }
    }
}
