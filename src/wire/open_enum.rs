//! Open enums: new values do not break them.

/// Defines an open enum: the known values, and `Unknown` for all others, which keep their text.
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
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl ::std::convert::From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                Ok(text.into())
            }
        }

        impl ::std::fmt::Display for $name {
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
                <campfire_values::raw::Text<'de> as ::serde::Deserialize>::deserialize(deserializer).map(|text| (&*text.0).into())
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
                ::campfire_values::schema::open_enum(Self::KNOWN)
            }
        }

        impl ::campfire_values::limits::Check for $name {}

        impl ::campfire_values::read_json::ReadJson for $name {
            #[inline]
            fn read_json(
                reader: &mut ::campfire_values::reader::Reader<'_>,
            ) -> ::std::result::Result<::std::option::Option<Self>, ::campfire_values::ReadJsonError> {
                ::campfire_values::read_json::parsed(reader, ::std::str::FromStr::from_str)
            }
        }
    };
}

pub(crate) use open_enum;
