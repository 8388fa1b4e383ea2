//! What the generator writes about a type, expanded: how its values are read, written and checked.
//!
//! The rules are documented in `docs/decoding.md`. In short: identity must be present, anything else may be null or
//! missing, and unknown fields are kept in `extra`.
//!
//! All methods are `#[inline]`, because the compiler generates no code for such a method before it is called. There are hundreds of
//! types, and a program uses few.

/// Implements serialization and deserialization of a generated struct from the table of its fields.
///
/// `required` fields are always present. `optional` ones are omitted when `None`. `loose` ones are optional and may have
/// another type than observed. `nullable` ones are written as null. `patch` ones distinguish leaving alone, clearing and
/// setting. Each field has a number, which is its index among the fields.
#[doc(hidden)]
#[macro_export]
macro_rules! object {
    ($name:ident { $($index:literal $kind:ident $field:ident = $key:literal,)* } $($additional:ident)?) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                if !serializer.is_human_readable() {
                    return $crate::raw::serialize_as_text(self, serializer);
                }
                let mut fields = $crate::fields_writer::FieldsWriter::new(serializer);
                $($crate::write_field!($kind fields $key self.$field);)*
                $(fields.entries(&self.$additional);)?
                fields.entries(&self.extra);
                fields.end()
            }
        }

        impl $crate::read_json::ReadJson for $name {
            const OPENS: ::std::option::Option<u8> = Some(b'{');

            #[inline]
            #[allow(unused_mut, non_snake_case)]
            fn read_json(
                reader: &mut $crate::reader::Reader<'_>,
            ) -> ::std::result::Result<::std::option::Option<Self>, $crate::ReadJsonError> {
                use $crate::reader::Key;
                const FIELDS: $crate::reader::Fields = $crate::fields![$($key),*];
                const { assert!(FIELDS.len() <= $crate::reader::MAX_FIELDS) };
                let expected = concat!("an object (", stringify!($name), ")");
                let Some(mut object) = reader.object(FIELDS, expected)? else { return Ok(None) };
                $(let mut $field = None;)*
                $(let mut $additional = ::std::collections::BTreeMap::new();)?
                let mut extra = $crate::fields::Extra::default();
                while let Some(key) = reader.key(&mut object)? {
                    let read = match key {
                        $(Key::Field($index) => {
                            $crate::read_field!($kind reader $key $field extra)
                        })*
                        _ => $crate::unknown_field!(reader object extra $($additional)?),
                    };
                    if let Err(error) = read {
                        return Err(object.locate(key, error));
                    }
                }
                Ok(Some($name {
                    $($field: $crate::take_field!($kind reader $key $field),)*
                    $($additional,)?
                    extra: extra.into_object(reader)?,
                }))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::serialization::deserialize(deserializer)
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! write_field {
    (required $fields:ident $key:literal $self:ident.$field:ident) => {
        $fields.field($key, &$self.$field)
    };
    (nullable $fields:ident $key:literal $self:ident.$field:ident) => {
        $fields.field($key, &$self.$field)
    };
    ($kind:ident $fields:ident $key:literal $self:ident.$field:ident) => {
        $fields.optional($key, &$self.$field)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! read_field {
    (loose $reader:ident $key:literal $slot:ident $extra:ident) => {
        $crate::fields::loose($reader, $key, &mut $slot, &mut $extra)
    };
    ($kind:ident $reader:ident $key:literal $slot:ident $extra:ident) => {
        $crate::fields::field($reader, &mut $slot)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! unknown_field {
    ($reader:ident $object:ident $extra:ident) => {
        $crate::fields::unknown($reader, &mut $object, &mut $extra)
    };
    ($reader:ident $object:ident $extra:ident $additional:ident) => {
        $crate::fields::additional($reader, &mut $object, &mut $additional, &mut $extra)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! take_field {
    (required $reader:ident $key:literal $slot:ident) => {
        match $slot {
            Some(value) => value,
            None => return Err($crate::fields::missing($reader, $key)),
        }
    };
    ($kind:ident $reader:ident $key:literal $slot:ident) => {
        $slot
    };
}

/// Implements [`Check`](crate::limits::Check) for a generated struct from the table of its limits.
#[doc(hidden)]
#[macro_export]
macro_rules! check {
    ($name:ident { $($field:ident = $key:literal: [$($limit:ident($least:expr, $most:expr)),*],)* }) => {
        impl $crate::limits::Check for $name {
            #[inline]
            #[allow(deprecated, unused_imports)]
            fn inside(&self, visit: &mut $crate::limits::Visit<'_>) {
                use $crate::limits::Step;
                $(visit(Step::Key($key), const { &[$($crate::limits::Limit::$limit($least, $most)),*] }, &self.$field);)*
            }
        }
    };
}

/// Defines an open enum: the known values, and `Unknown` for all others, which keep their text.
#[doc(hidden)]
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }
    ) => {
        $(#[$meta])*
        ///
        /// New values appear over time: a value that is not listed here is decoded as `Unknown` and written back unchanged.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[allow(non_camel_case_types)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
            /// A value that this version of the SDK does not know.
            Unknown(String),
        }

        impl $name {
            /// The values that this version of the SDK knows.
            pub const KNOWN: &'static [&'static str] = &[$($text),*];

            /// Returns the value as it is sent.
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            #[inline]
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl ::std::convert::From<String> for $name {
            #[inline]
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            #[inline]
            fn from_str(text: &str) -> ::std::result::Result<Self, ::std::convert::Infallible> {
                Ok(text.into())
            }
        }

        impl ::std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                <$crate::raw::Text<'de> as ::serde::Deserialize>::deserialize(deserializer).map(|text| (&*text.0).into())
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(stringify!($name))
            }

            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(concat!("campfire::types::", stringify!($name)))
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                $crate::schema::open_enum(Self::KNOWN)
            }
        }

        impl $crate::limits::Check for $name {}

        impl $crate::read_json::ReadJson for $name {
            #[inline]
            fn read_json(
                reader: &mut $crate::reader::Reader<'_>,
            ) -> ::std::result::Result<::std::option::Option<Self>, $crate::ReadJsonError> {
                $crate::read_json::parsed(reader, ::std::str::FromStr::from_str)
            }
        }
    };
}

/// Defines types that never exist. Where the areas that they belong to are not compiled, the compiler finds them in place of the
/// types of these names, and says which feature is missing.
#[doc(hidden)]
#[macro_export]
macro_rules! configured_out {
    ($features:meta: $($name:ident)*) => {$(
        #[cfg($features)]
        pub struct $name;
    )*};
}
