//! How objects of the API are read and written, once for all generated types.
//!
//! The rules are documented in `docs/decoding.md`. In short: identity must be present, anything else may be null or
//! missing, and unknown fields are kept in `extra`.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use campfire_values::{Json, JsonObject, ParseJsonError, Patch, RawText};
use serde::de::{self, MapAccess};

use super::path::{at_key, duplicate};
use super::value::{Slot, Wire};

/// Reads the value of a known key into its slot.
pub(crate) fn field<'de, A: MapAccess<'de>, T: Wire>(
    map: &mut A,
    key: &'static str,
    slot: &mut Option<T>,
) -> Result<(), A::Error> {
    let value = map.next_value_seed(Slot(PhantomData)).map_err(|error| at_key(key, &error))?;
    if slot.is_some() {
        return Err(duplicate(key));
    }
    *slot = value;
    Ok(())
}

/// Reads a value whose documented type differs from the observed one. The server may send either: a value that does not
/// have the observed type is kept in `extra`, under its own name. Mistakes inside a value of the right kind are errors.
pub(crate) fn loose<'de, A: MapAccess<'de>, T: Wire>(
    map: &mut A,
    key: &'static str,
    slot: &mut Option<T>,
    extra: &mut JsonObject,
) -> Result<(), A::Error> {
    let text = map.next_value::<RawText<'de>>().map_err(|error| at_key(key, &error))?.0;
    let text = text.trim();
    if slot.is_some() || extra.contains_key(key) {
        return Err(duplicate(key));
    }
    match T::read(&mut serde_json::Deserializer::from_str(text)) {
        Ok(value) => *slot = value,
        Err(error) if T::OPENS.is_some() && text.as_bytes().first() == T::OPENS.as_ref() => {
            return Err(at_key(key, &de::Error::custom(error)));
        }
        Err(_) => {
            let value = text.parse().map_err(|error| at_key(key, &de::Error::custom::<ParseJsonError>(error)))?;
            extra.insert(key.to_owned(), value);
        }
    }
    Ok(())
}

/// Reads the value of a key of an update, in which null has a meaning.
pub(crate) fn patch<'de, A: MapAccess<'de>, T: Wire>(
    map: &mut A,
    key: &'static str,
    slot: &mut Option<Patch<T>>,
) -> Result<(), A::Error> {
    let value: Option<T> = map.next_value_seed(Slot(PhantomData)).map_err(|error| at_key(key, &error))?;
    if slot.is_some() {
        return Err(duplicate(key));
    }
    *slot = Some(value.map_or(Patch::Clear, Patch::Set));
    Ok(())
}

/// Keeps the value of an unknown key.
pub(crate) fn unknown<'de, A: MapAccess<'de>>(
    map: &mut A,
    key: String,
    extra: &mut JsonObject,
) -> Result<(), A::Error> {
    let value = map.next_value::<Json>().map_err(|error| at_key(&key, &error))?;
    match extra.insert(key.clone(), value) {
        Some(_) => Err(duplicate(&key)),
        None => Ok(()),
    }
}

/// Keeps the value of a key that is data: typed if possible, else as JSON.
pub(crate) fn additional<'de, A: MapAccess<'de>, T: de::DeserializeOwned>(
    map: &mut A,
    key: String,
    additional: &mut BTreeMap<String, T>,
    extra: &mut JsonObject,
) -> Result<(), A::Error> {
    let value = map.next_value::<Json>().map_err(|error| at_key(&key, &error))?;
    let double = match value.decode::<T>() {
        Ok(value) => additional.insert(key.clone(), value).is_some(),
        Err(_) => extra.insert(key.clone(), value).is_some(),
    };
    if double { Err(duplicate(&key)) } else { Ok(()) }
}

/// Implements serialization and deserialization of a generated struct from the table of its fields.
///
/// `required` fields are always present. `optional` ones are omitted when `None`. `loose` ones are optional and may have
/// another type than observed. `nullable` ones are written as null. `patch` ones distinguish leaving alone, clearing and
/// setting.
macro_rules! object {
    ($name:ident { $($kind:ident $field:ident = $key:literal,)* } $($additional:ident)?) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(crate::wire::object::write_field!($kind map $key self.$field);)*
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
                        let mut extra = ::campfire_values::JsonObject::new();
                        while let Some(key) = map.next_key::<campfire_values::raw::Text<'de>>()? {
                            match &*key.0 {
                                $($key => crate::wire::object::read_field!($kind map $key $field extra),)*
                                _ => crate::wire::object::unknown_field!(map key extra $($additional)?),
                            }
                        }
                        Ok($name {
                            $($field: crate::wire::object::take_field!($kind $key $field),)*
                            $($additional,)?
                            extra,
                        })
                    }
                }
                deserializer.deserialize_map(Members)
            }
        }

        impl crate::wire::value::Wire for $name {
            const OPENS: ::std::option::Option<u8> = Some(b'{');

            fn read<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<::std::option::Option<Self>, D::Error> {
                ::serde::Deserialize::deserialize(deserializer)
            }
        }

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
        crate::wire::object::loose(&mut $map, $key, &mut $slot, &mut $extra)?
    };
    (patch $map:ident $key:literal $slot:ident $extra:ident) => {
        crate::wire::object::patch(&mut $map, $key, &mut $slot)?
    };
    ($kind:ident $map:ident $key:literal $slot:ident $extra:ident) => {
        crate::wire::object::field(&mut $map, $key, &mut $slot)?
    };
}

macro_rules! unknown_field {
    ($map:ident $key:ident $extra:ident) => {
        crate::wire::object::unknown(&mut $map, $key.0.into_owned(), &mut $extra)?
    };
    ($map:ident $key:ident $extra:ident $additional:ident) => {
        crate::wire::object::additional(&mut $map, $key.0.into_owned(), &mut $additional, &mut $extra)?
    };
}

macro_rules! take_field {
    (required $key:literal $slot:ident) => {
        $slot.ok_or_else(|| crate::wire::path::missing($key))?
    };
    ($kind:ident $key:literal $slot:ident) => {
        $slot
    };
}

pub(crate) use {object, read_field, take_field, unknown_field, write_field};
