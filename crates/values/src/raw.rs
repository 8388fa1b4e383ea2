//! The text of a JSON value before it becomes a value: what exact numbers are read from and written as.
//!
//! These are building blocks for deserializers that must see each digit of a number. Users of the SDK need none of them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{self, Serialize, Serializer};
use serde_json::value::RawValue;

/// Serializes the text of a number so that no digit is lost: as a JSON number if the serializer writes JSON text, else as a
/// number only if the serializer's own numbers give back the same digits, else as a string.
///
/// # Errors
/// If the text is not a JSON number, or the serializer fails.
pub fn serialize_number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if writes_json_text::<S>() {
        return RawValue::from_string(text.to_owned()).map_err(ser::Error::custom)?.serialize(serializer);
    }
    if serializer.is_human_readable() {
        match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(integer), _) if integer.to_string() == text => return serializer.serialize_i64(integer),
            (_, Ok(float)) if format!("{float:?}") == text => return serializer.serialize_f64(float),
            _ => {}
        }
    }
    serializer.serialize_str(text)
}

/// Returns `true` if a serializer writes JSON text, so that it takes the text of a number as it is.
///
/// `serde_json` has one serializer that writes text and another that makes a `Value`, whose numbers are floats. They can
/// be told apart by their names alone. A serializer that is not recognized still loses nothing: it gets a string.
fn writes_json_text<S>() -> bool {
    type_name::<S>().starts_with("serde_json::ser::Serializer<")
}

/// Returns `true` if a deserializer has nothing but the text of a value: because the format does not describe itself, or
/// because it guesses from the text what a value is, as `csv` does, which makes floats of decimals.
pub(crate) fn reads_text<'de, D: Deserializer<'de>>(deserializer: &D) -> bool {
    !deserializer.is_human_readable() || type_name::<D>().starts_with("csv::")
}

/// The name of a type without references to it.
fn type_name<T>() -> &'static str {
    std::any::type_name::<T>().trim_start_matches(['&', ' ']).trim_start_matches("mut ")
}

/// Serializes a value of the API as its JSON text, for formats that do not describe themselves, such as `bincode`: they
/// could not read back a field that is missing.
///
/// # Errors
/// If the value cannot be serialized.
pub fn serialize_as_text<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&serde_json::to_string(value).map_err(ser::Error::custom)?)
}

/// The newtype name for which `serde_json` yields the text of a value instead of the value.
///
/// `RawValue` itself rejects every other deserializer, including those behind `#[serde(flatten)]` and untagged enums, so
/// our types could not appear inside such types. Our own visitors accept both. The test
/// `raw_token_is_the_one_of_serde_json` pins the name.
pub const RAW_TOKEN: &str = "$serde_json::private::RawValue";

/// Reads the text that `serde_json` yields as a map with the single key [`RAW_TOKEN`].
///
/// Any other map is an ordinary object: the result is then `Err` with its first key, which has been consumed.
///
/// # Errors
/// If the deserializer fails.
pub fn raw_text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Result<Cow<'de, str>, Option<String>>, A::Error> {
    match map.next_key::<Text<'de>>()? {
        Some(key) if key.0 == RAW_TOKEN => Ok(Ok(map.next_value::<Text<'de>>()?.0)),
        Some(key) => Ok(Err(Some(key.0.into_owned()))),
        None => Ok(Err(None)),
    }
}

/// A string, borrowed from the input if possible.
#[derive(Debug)]
pub struct Text<'de>(pub Cow<'de, str>);

impl<'de> de::Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}
