//! Serialization and deserialization with `serde`, for users' own types and formats. The client reads responses without it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::decimal::Decimal;
use crate::json::{Json, JsonNumber, JsonObject};
use crate::raw::{RAW_TOKEN, raw_text, reads_text, serialize_as_text, serialize_number};
use crate::read_json::{self, ReadJson};
use crate::reader::TWICE;

impl Serialize for JsonNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_number(self.as_str(), serializer)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serialize_as_text(self, serializer);
        }
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(number) => number.serialize(serializer),
            Json::String(text) => serializer.serialize_str(text),
            Json::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Json::Object(members) => members.serialize(serializer),
        }
    }
}

impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> de::Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = JsonObject;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject, A::Error> {
                let first = map.next_key()?;
                members(first, map)
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}

impl<'de> de::Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return String::deserialize(deserializer)?.parse().map_err(de::Error::custom);
        }
        deserializer.deserialize_newtype_struct(RAW_TOKEN, JsonVisitor { may_be_raw: true })
    }
}

/// The text of any JSON value, borrowed from the input if possible.
#[derive(Debug)]
pub struct RawText<'de>(pub Cow<'de, str>);

/// Passes on what `serde_json` does not present as text.
macro_rules! as_json {
    ($($visit:ident($($argument:ident: $ty:ty)?);)*) => {$(
        fn $visit<E: de::Error>(self $(, $argument: $ty)?) -> Result<Self::Value, E> {
            BUFFERED.$visit($($argument)?).map(RawText::from)
        }
    )*};
}

impl<'de> de::Deserialize<'de> for RawText<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl<'de> Visitor<'de> for RawVisitor {
            type Value = RawText<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any JSON value")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                match raw_text(&mut map)? {
                    Ok(text) => Ok(RawText(text)),
                    Err(first) => members(first, map).map(|object| RawText::from(Json::Object(object))),
                }
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.deserialize_any(BUFFERED).map(RawText::from)
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.deserialize_any(BUFFERED).map(RawText::from)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                BUFFERED.visit_seq(seq).map(RawText::from)
            }
            as_json! {
                visit_unit();
                visit_none();
                visit_bool(value: bool);
                visit_i64(value: i64);
                visit_u64(value: u64);
                visit_f64(value: f64);
                visit_str(text: &str);
            }
        }
        if reads_text(&deserializer) {
            return String::deserialize(deserializer).map(|text| RawText(text.into()));
        }
        deserializer.deserialize_newtype_struct(RAW_TOKEN, RawVisitor)
    }
}

impl From<Json> for RawText<'_> {
    fn from(json: Json) -> Self {
        Self(json.to_string().into())
    }
}

/// Reads the rest of an object whose first key has been consumed.
fn members<'de, A: MapAccess<'de>>(first: Option<String>, mut map: A) -> Result<JsonObject, A::Error> {
    let mut members = Vec::new();
    let mut key = first;
    while let Some(name) = key {
        members.push((name, map.next_value()?));
        key = map.next_key()?;
    }
    JsonObject::from_unique(members).map_err(|key| de::Error::custom(format_args!("`{key:.80}`: {TWICE}")))
}

/// Reads what a deserializer has buffered.
const BUFFERED: JsonVisitor = JsonVisitor { may_be_raw: false };

struct JsonVisitor {
    /// A map may stand for the text of a value, as `serde_json` presents it. A deserializer that buffers values, as
    /// `#[serde(flatten)]` does, presents objects of the input instead, and whoever wrote that can write any key.
    may_be_raw: bool,
}

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        if !self.may_be_raw {
            let first = map.next_key()?;
            return members(first, map).map(Json::Object);
        }
        match raw_text(&mut map)? {
            Ok(text) => text.parse().map_err(de::Error::custom),
            Err(first) => members(first, map).map(Json::Object),
        }
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(BUFFERED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(JsonNumber::from_text(&value.to_string())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(from_f64(value)?.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_number(&self.to_string(), serializer)
    }
}

impl<'de> de::Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        self::deserialize(deserializer)
    }
}

/// Converts a float that another deserializer has already made of the text. Up to 15 digits the float still identifies
/// the decimal that it came from; longer ones are rejected.
fn from_f64<E: de::Error>(value: f64) -> Result<Decimal, E> {
    // As it is written with a point: `1.0`, not `1`.
    let text = format!("{value:?}");
    let digits = text.bytes().filter(u8::is_ascii_digit).count() - usize::from(value.abs() < 1.0);
    if !value.is_finite() || digits > 15 {
        return Err(E::custom(format_args!(
            "the number {text} went through binary floating point and may have lost digits; decode from JSON text"
        )));
    }
    text.parse().map_err(E::custom)
}

/// Deserializes a value of the API from the JSON text that the deserializer holds, or from whatever else it offers.
///
/// # Errors
/// If the deserializer fails, or the value does not fit.
pub fn deserialize<'de, D: Deserializer<'de>, T: ReadJson>(deserializer: D) -> Result<T, D::Error> {
    let RawText(text) = de::Deserialize::deserialize(deserializer)?;
    read_json::from_text(&text).map_err(de::Error::custom)
}
