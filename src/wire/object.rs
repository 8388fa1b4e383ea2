//! How objects of the API are read and written, once for all generated types.
//!
//! The rules are documented in `docs/decoding.md`. In short: identity must be present, anything else may be null or
//! missing, and unknown fields are kept in `extra`.

/// Implements serialization and deserialization of a generated struct from the table of its fields.
///
/// `required` fields are always present. `optional` ones are omitted when `None`. `loose` ones are optional and may have
/// another type than observed. `nullable` ones are written as null. `patch` ones distinguish leaving alone, clearing and
/// setting. Each field has a number, which is its index among the fields.
macro_rules! object {
    ($name:ident { $($index:literal $kind:ident $field:ident = $key:literal,)* } $($additional:ident)?) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                if !serializer.is_human_readable() {
                    return ::campfire_values::raw::serialize_as_text(self, serializer);
                }
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

        impl ::campfire_values::read_json::ReadJson for $name {
            const OPENS: ::std::option::Option<u8> = Some(b'{');

            #[inline]
            #[allow(unused_mut, non_snake_case)]
            fn read_json(
                reader: &mut ::campfire_values::reader::Reader<'_>,
            ) -> ::std::result::Result<::std::option::Option<Self>, ::campfire_values::ReadJsonError> {
                use ::campfire_values::reader::Key;
                const FIELDS: ::campfire_values::reader::Fields = &[$($key),*];
                const { assert!(FIELDS.len() <= ::campfire_values::reader::MAX_FIELDS) };
                let expected = concat!("an object (", stringify!($name), ")");
                let Some(mut object) = reader.object(FIELDS, expected)? else { return Ok(None) };
                $(let mut $field = None;)*
                $(let mut $additional = ::std::collections::BTreeMap::new();)?
                let mut extra = ::campfire_values::JsonObject::new();
                while let Some(key) = reader.key(&mut object)? {
                    let read = match key {
                        $(Key::Field($index) => {
                            crate::wire::object::read_field!($kind reader $key $field extra)
                        })*
                        _ => crate::wire::object::unknown_field!(reader object extra $($additional)?),
                    };
                    if let Err(error) = read {
                        return Err(object.locate(key, error));
                    }
                }
                Ok(Some($name {
                    $($field: crate::wire::object::take_field!($kind reader $key $field),)*
                    $($additional,)?
                    extra,
                }))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                ::campfire_values::serialization::deserialize(deserializer)
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
    (loose $reader:ident $key:literal $slot:ident $extra:ident) => {
        ::campfire_values::fields::loose($reader, $key, &mut $slot, &mut $extra)
    };
    ($kind:ident $reader:ident $key:literal $slot:ident $extra:ident) => {
        ::campfire_values::fields::field($reader, &mut $slot)
    };
}

macro_rules! unknown_field {
    ($reader:ident $object:ident $extra:ident) => {
        ::campfire_values::fields::unknown($reader, &mut $object, &mut $extra)
    };
    ($reader:ident $object:ident $extra:ident $additional:ident) => {
        ::campfire_values::fields::additional($reader, &mut $object, &mut $additional, &mut $extra)
    };
}

macro_rules! take_field {
    (required $reader:ident $key:literal $slot:ident) => {
        match $slot {
            Some(value) => value,
            None => return Err(::campfire_values::fields::missing($reader, $key)),
        }
    };
    ($kind:ident $reader:ident $key:literal $slot:ident) => {
        $slot
    };
}

pub(crate) use {object, read_field, take_field, unknown_field, write_field};
