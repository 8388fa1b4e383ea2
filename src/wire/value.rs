//! How each kind of value is read from a response: decimals, dates, integers, lists, objects with free keys.
//! The rules are documented in `docs/decoding.md`. A value that would have to be changed or dropped to fit is an error.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use campfire_values::raw::Text;
use campfire_values::{Date, DateOrTimestamp, Decimal, Json, ParseTimestampError, RawText, Timestamp};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::path::{at_index, at_key, duplicate};

/// A value in a response. It reads as `None` if the server sent null, or an empty string that means nothing.
pub(crate) trait Wire: Sized {
    /// The first byte of its JSON, if that is certain.
    const OPENS: Option<u8> = None;

    /// Reads the value.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;
}

macro_rules! as_option {
    ($($ty:ty)*) => {$(
        impl Wire for $ty {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                Option::deserialize(deserializer)
            }
        }
    )*};
}
as_option!(String bool);

impl Wire for Json {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Json::deserialize(deserializer).map(|json| (!json.is_null()).then_some(json))
    }
}

impl Wire for Decimal {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }
}

/// Reads a string and parses it. Null and `""` read as `None`.
pub(crate) fn text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, D::Error> {
    match Option::<Text<'de>>::deserialize(deserializer)? {
        None => Ok(None),
        Some(text) if text.0.is_empty() => Ok(None),
        Some(text) => parse(&text.0).map(Some).map_err(de::Error::custom),
    }
}

macro_rules! as_parsed_text {
    ($($ty:ty)*) => {$(
        impl Wire for $ty {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                text(deserializer, |text| text.parse().map_err(|error: ParseTimestampError| error.to_string()))
            }
        }
    )*};
}
as_parsed_text!(Timestamp DateOrTimestamp);

impl Wire for Date {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        text(deserializer, |text| text.parse().map_err(|_| format!("`{text:.80}` is not a date such as 2025-01-31")))
    }
}

/// Integers arrive as numbers, as strings, and as `12.0`. They are read from the text of the value, because `serde_json`
/// reads `3624174951516434.0` as a float, and as a neighboring one.
impl Wire for i64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let text = RawText::deserialize(deserializer)?.0;
        let text = text.trim();
        if text == "null" {
            return Ok(None);
        }
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let digits = quoted.unwrap_or(text);
        if let Ok(integer) = digits.parse::<i64>()
            // `007` and `+7` would not be written back unchanged.
            && (quoted.is_none() || integer.to_string() == digits)
        {
            return Ok(Some(integer));
        }
        if quoted.is_none()
            && let Ok(decimal) = text.parse::<Decimal>()
        {
            return decimal
                .to_i64()
                .map(Some)
                .ok_or_else(|| de::Error::custom(format_args!("the number {text:.40} is not a 64-bit integer")));
        }
        let found = match text.as_bytes().first() {
            Some(b'"') => de::Unexpected::Str(digits),
            Some(b'{') => de::Unexpected::Map,
            Some(b'[') => de::Unexpected::Seq,
            Some(b't') => de::Unexpected::Bool(true),
            Some(b'f') => de::Unexpected::Bool(false),
            _ => de::Unexpected::Other("number"),
        };
        Err(de::Error::invalid_type(found, &"an integer"))
    }
}

/// Lists skip nulls, which carry no data.
impl<T: Wire> Wire for Vec<T> {
    const OPENS: Option<u8> = Some(b'[');

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Wire> Visitor<'de> for Items<T> {
            type Value = Option<Vec<T>>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                let mut index = 0_usize;
                while let Some(item) =
                    seq.next_element_seed(Slot(PhantomData)).map_err(|error| at_index(index, &error))?
                {
                    items.extend(item);
                    index += 1;
                }
                Ok(Some(items))
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }
            fn visit_none<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.deserialize_seq(self)
            }
        }
        deserializer.deserialize_option(Items(PhantomData))
    }
}

/// Objects whose keys are data skip nulls as well.
impl<T: Wire> Wire for BTreeMap<String, T> {
    const OPENS: Option<u8> = Some(b'{');

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Wire> Visitor<'de> for Members<T> {
            type Value = Option<BTreeMap<String, T>>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    let value = map.next_value_seed(Slot(PhantomData)).map_err(|error| at_key(&key, &error))?;
                    if let Some(value) = value
                        && members.insert(key.clone(), value).is_some()
                    {
                        return Err(duplicate(&key));
                    }
                }
                Ok(Some(members))
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }
            fn visit_none<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.deserialize_map(self)
            }
        }
        deserializer.deserialize_option(Members(PhantomData))
    }
}

/// Reads one value through [`Wire`].
pub(crate) struct Slot<T>(pub(crate) PhantomData<T>);

impl<'de, T: Wire> DeserializeSeed<'de> for Slot<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        T::read(deserializer)
    }
}
