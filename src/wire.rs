//! How objects of the API are read and written: the rules of tolerance, once, for all generated types.
//!
//! The rules are in `docs/decoding.md`. In short: identity must be there; anything else may be null or missing; what
//! is not known is kept in `extra`; a value that would have to be changed or dropped to fit is an error. Errors carry
//! the JSON path, which costs nothing until there is one.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use campfire_values::RawText;
use campfire_values::raw::Text;
use crate::{Date, DateOrTimestamp, Decimal, Json, Patch, Timestamp};

/// A value as it stands in an answer: `None` where the server sent null, or an empty text that means nothing.
pub(crate) trait Wire: Sized {
    /// The byte with which its JSON begins, where that is certain.
    const OPENS: Option<u8> = None;

    /// Reads it.
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

/// Reads a text and parses it; null and `""` are none.
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

impl Wire for Timestamp {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        text(deserializer, |text| {
            text.parse().map_err(|error: campfire_values::ParseTimestampError| error.to_string())
        })
    }
}

impl Wire for DateOrTimestamp {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        text(deserializer, |text| {
            text.parse().map_err(|error: campfire_values::ParseTimestampError| error.to_string())
        })
    }
}

impl Wire for Date {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        text(deserializer, |text| text.parse().map_err(|_| format!("`{text:.80}` is not a date such as 2025-01-31")))
    }
}

/// Integers come as numbers, as texts, and as `12.0`. They are read from the text of the value: `serde_json` reads
/// `3624174951516434.0` as a float, and as a neighbouring one.
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
            // `007` and `+7` are texts that would have to be changed.
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
                .ok_or_else(|| de::Error::custom(format_args!("the number {text:.40} is no integer of 64 bits")));
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

/// Lists skip nulls: they carry nothing.
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

/// Objects whose keys are data skip nulls, too.
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
                        return Err(twice(&key));
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

/// Reads one value as [`Wire`] says.
pub(crate) struct Slot<T>(pub(crate) PhantomData<T>);

impl<'de, T: Wire> DeserializeSeed<'de> for Slot<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        T::read(deserializer)
    }
}

/// Reads the value of a known key into its place.
pub(crate) fn field<'de, A: MapAccess<'de>, T: Wire>(
    map: &mut A,
    key: &'static str,
    slot: &mut Option<T>,
) -> Result<(), A::Error> {
    let value = map.next_value_seed(Slot(PhantomData)).map_err(|error| at_key(key, &error))?;
    if slot.is_some() {
        return Err(twice(key));
    }
    *slot = value;
    Ok(())
}

/// Reads a value whose documented type is not the observed one. It may come either way: what is not as observed is
/// kept in `extra`, under its own name. Mistakes inside a value of the right kind are errors as everywhere.
pub(crate) fn loose<'de, A: MapAccess<'de>, T: Wire>(
    map: &mut A,
    key: &'static str,
    slot: &mut Option<T>,
    extra: &mut crate::JsonObject,
) -> Result<(), A::Error> {
    let text = map.next_value::<RawText<'de>>().map_err(|error| at_key(key, &error))?.0;
    let text = text.trim();
    if slot.is_some() || extra.contains_key(key) {
        return Err(twice(key));
    }
    match T::read(&mut serde_json::Deserializer::from_str(text)) {
        Ok(value) => *slot = value,
        Err(error) if T::OPENS.is_some() && text.as_bytes().first() == T::OPENS.as_ref() => {
            return Err(at_key(key, &de::Error::custom(error)));
        }
        Err(_) => {
            let value =
                text.parse().map_err(|error| at_key(key, &de::Error::custom::<campfire_values::ParseJsonError>(error)))?;
            extra.insert(key.to_owned(), value);
        }
    }
    Ok(())
}

/// Reads the value of a key of an update, where null says something.
pub(crate) fn patch<'de, A: MapAccess<'de>, T: Wire>(
    map: &mut A,
    key: &'static str,
    slot: &mut Option<Patch<T>>,
) -> Result<(), A::Error> {
    let value: Option<T> = map.next_value_seed(Slot(PhantomData)).map_err(|error| at_key(key, &error))?;
    if slot.is_some() {
        return Err(twice(key));
    }
    *slot = Some(value.map_or(Patch::Clear, Patch::Set));
    Ok(())
}

/// Keeps the value of a key that is not known.
pub(crate) fn unknown<'de, A: MapAccess<'de>>(
    map: &mut A,
    key: String,
    extra: &mut crate::JsonObject,
) -> Result<(), A::Error> {
    let value = map.next_value::<Json>().map_err(|error| at_key(&key, &error))?;
    match extra.insert(key.clone(), value) {
        Some(_) => Err(twice(&key)),
        None => Ok(()),
    }
}

/// Keeps the value of a key that is data: typed where it fits, else as JSON.
pub(crate) fn additional<'de, A: MapAccess<'de>, T: de::DeserializeOwned>(
    map: &mut A,
    key: String,
    additional: &mut BTreeMap<String, T>,
    extra: &mut crate::JsonObject,
) -> Result<(), A::Error> {
    let value = map.next_value::<Json>().map_err(|error| at_key(&key, &error))?;
    let double = match value.decode::<T>() {
        Ok(value) => additional.insert(key.clone(), value).is_some(),
        Err(_) => extra.insert(key.clone(), value).is_some(),
    };
    if double { Err(twice(&key)) } else { Ok(()) }
}

#[cold]
pub(crate) fn missing<E: de::Error>(key: &'static str) -> E {
    E::custom(format_args!("`{key}`: is missing or null, and every record must have it"))
}

#[cold]
fn twice<E: de::Error>(key: &str) -> E {
    E::custom(format_args!("`{key}`: stands twice in one object"))
}

/// Puts a key before the path of an error: ``"`tax`: …"`` becomes ``"`lines.tax`: …"``.
#[cold]
pub(crate) fn at_key<E: de::Error>(key: &str, error: &E) -> E {
    let text = error.to_string();
    match text.strip_prefix('`').filter(|rest| rest.contains("`: ")) {
        Some(rest) if rest.starts_with('[') => E::custom(format_args!("`{key}{rest}")),
        Some(rest) => E::custom(format_args!("`{key}.{rest}")),
        None => E::custom(format_args!("`{key}`: {text}")),
    }
}

/// Puts an index before the path of an error.
#[cold]
pub(crate) fn at_index<E: de::Error>(index: usize, error: &E) -> E {
    let text = error.to_string();
    match text.strip_prefix('`').filter(|rest| rest.contains("`: ")) {
        Some(rest) => E::custom(format_args!("`[{index}].{rest}")),
        None => E::custom(format_args!("`[{index}]`: {text}")),
    }
}

/// Splits what [`at_key`] and [`at_index`] have built into path and reason.
pub(crate) fn split_path(text: &str) -> (String, String) {
    match text.strip_prefix('`').and_then(|rest| rest.split_once("`: ")) {
        Some((path, reason)) => (crate::error::one_line(path), reason.to_owned()),
        None => (String::new(), text.to_owned()),
    }
}

/// Writes the (de)serialization of a generated struct from the table of its fields.
///
/// `required` fields are there, `optional` ones are left out when `None`, `loose` ones are optional and of no certain
/// type, `nullable` ones are written as null, and `patch` ones tell apart leaving alone, clearing and setting.
macro_rules! object {
    ($name:ident { $($kind:ident $field:ident = $key:literal,)* } $($additional:ident)?) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(crate::wire::write_field!($kind map $key self.$field);)*
                $(for (key, value) in &self.$additional {
                    map.serialize_entry(key, value)?;
                })?
                for (key, value) in &self.extra {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                struct Members;
                impl<'de> ::serde::de::Visitor<'de> for Members {
                    type Value = $name;
                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(concat!("an object (", stringify!($name), ")"))
                    }
                    #[allow(unused_mut, non_snake_case)]
                    fn visit_map<A: ::serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> ::std::result::Result<$name, A::Error> {
                        $(let mut $field = None;)*
                        $(let mut $additional = ::std::collections::BTreeMap::new();)?
                        let mut extra = crate::JsonObject::new();
                        while let Some(key) = map.next_key::<campfire_values::raw::Text<'de>>()? {
                            match &*key.0 {
                                $($key => crate::wire::read_field!($kind map $key $field extra),)*
                                _ => crate::wire::unknown_field!(map key extra $($additional)?),
                            }
                        }
                        Ok($name {
                            $($field: crate::wire::take_field!($kind $key $field),)*
                            $($additional,)?
                            extra,
                        })
                    }
                }
                deserializer.deserialize_map(Members)
            }
        }

        impl crate::wire::Wire for $name {
            const OPENS: ::std::option::Option<u8> = Some(b'{');

            fn read<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<::std::option::Option<Self>, D::Error> {
                ::serde::Deserialize::deserialize(deserializer)
            }
        }

        crate::decode::json_answer!($name);
    };
}

macro_rules! write_field {
    (required $map:ident $key:literal $self:ident.$field:ident) => {
        $map.serialize_entry($key, &$self.$field)?
    };
    (nullable $map:ident $key:literal $self:ident.$field:ident) => {
        $map.serialize_entry($key, &$self.$field)?
    };
    ($kind:ident $map:ident $key:literal $self:ident.$field:ident) => {
        if let Some(value) = &$self.$field {
            $map.serialize_entry($key, value)?;
        }
    };
}

macro_rules! read_field {
    (loose $map:ident $key:literal $slot:ident $extra:ident) => {
        crate::wire::loose(&mut $map, $key, &mut $slot, &mut $extra)?
    };
    (patch $map:ident $key:literal $slot:ident $extra:ident) => {
        crate::wire::patch(&mut $map, $key, &mut $slot)?
    };
    ($kind:ident $map:ident $key:literal $slot:ident $extra:ident) => {
        crate::wire::field(&mut $map, $key, &mut $slot)?
    };
}

macro_rules! unknown_field {
    ($map:ident $key:ident $extra:ident) => {
        crate::wire::unknown(&mut $map, $key.0.into_owned(), &mut $extra)?
    };
    ($map:ident $key:ident $extra:ident $additional:ident) => {
        crate::wire::additional(&mut $map, $key.0.into_owned(), &mut $additional, &mut $extra)?
    };
}

macro_rules! take_field {
    (required $key:literal $slot:ident) => {
        $slot.ok_or_else(|| crate::wire::missing($key))?
    };
    ($kind:ident $key:literal $slot:ident) => {
        $slot
    };
}

pub(crate) use {object, read_field, take_field, unknown_field, write_field};
