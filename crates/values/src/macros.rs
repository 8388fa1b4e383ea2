//! What the generator writes about a type, expanded: how its values are read, written and checked.
//!
//! The rules are documented in `docs/decoding.md`. In short: identity must be present, anything else may be null or
//! missing, and unknown fields are kept in `extra`.
//!
//! All methods are `#[inline]`, because the compiler generates no code for such a method before it is called. There are hundreds of
//! types, and a program uses few.

/// Implements serialization and deserialization of a generated struct from the table of its fields.
///
/// A row has the index of the field, how it is read and written, its name in Rust, and its name as in
/// [`Fields`](crate::reader::Fields). A value is read as it is ([`plain`](crate::fields::FieldsReader::plain)), or may have another
/// type than observed ([`loose`](crate::fields::FieldsReader::loose)). It is written [`always`], as null if there is none, or it is
/// [`optional`]. The `required` fields must be present.
///
/// The compiler reads the expansion for hundreds of types after every change of the description. So the rows are made of what stands
/// in the expanded code: per field, nothing is a macro again, and no constant is evaluated.
///
/// [`always`]: crate::fields_writer::FieldsWriter::always
/// [`optional`]: crate::fields_writer::FieldsWriter::optional
#[doc(hidden)]
#[macro_export]
macro_rules! object {
    (
        $name:ident { $($index:literal $read:ident $write:ident $field:ident = $key:literal,)* }
        required [$($required:ident = $required_index:literal),*] expected $expected:literal $($additional:ident)?
    ) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                if !serializer.is_human_readable() {
                    return $crate::raw::serialize_as_text(self, serializer);
                }
                let mut fields = $crate::fields_writer::FieldsWriter::new(serializer);
                $(fields.$write($key, &self.$field);)*
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
                use $crate::reader::Key::Field;
                let Some(mut fields) = $crate::fields::FieldsReader::new(reader, &[$($key),*], $expected)? else {
                    return Ok(None);
                };
                $(let mut $field = None;)*
                $(let mut $additional = ::std::collections::BTreeMap::new();)?
                while let Some(key) = fields.key(reader)? {
                    let read = match key {
                        $(Field($index) => fields.$read(reader, &mut $field),)*
                        _ => $crate::unknown_field!(reader fields $($additional)?),
                    };
                    if let Err(error) = read {
                        return Err(fields.locate(key, error));
                    }
                }
                $(let Some($required) = $required else { return Err(fields.missing(reader, $required_index)) };)*
                Ok(Some($name { $($field,)* $($additional,)? extra: fields.into_extra(reader)? }))
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
macro_rules! unknown_field {
    ($reader:ident $fields:ident) => {
        $fields.unknown($reader)
    };
    ($reader:ident $fields:ident $additional:ident) => {
        $fields.additional($reader, &mut $additional)
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
                $(visit(Step::Key($key), &[$($crate::limits::Limit::$limit($least, $most)),*], &self.$field);)*
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
