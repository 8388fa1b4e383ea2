//! Ids of records, a type per resource.

/// Defines the type of the ids of a resource: an integer that is no id of anything else.
///
/// All methods are `#[inline]`, because the compiler generates no code for such a method before it is called.
#[doc(hidden)]
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Creates an ID from its number.
            #[inline]
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            /// Returns the number.
            #[inline]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl ::std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::write!(f, ::std::concat!(::std::stringify!($name), "({})"), self.0)
            }
        }

        impl ::std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::num::ParseIntError;

            #[inline]
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::str::FromStr::from_str(text).map(Self)
            }
        }

        $crate::id_from!($name: i64 i32 u32);

        impl ::std::convert::From<&$name> for $name {
            #[inline]
            fn from(id: &$name) -> Self {
                *id
            }
        }

        impl ::std::convert::From<$name> for i64 {
            #[inline]
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::std::cmp::PartialEq<i64> for $name {
            #[inline]
            fn eq(&self, other: &i64) -> bool {
                self.0 == *other
            }
        }

        impl ::serde::Serialize for $name {
            #[inline]
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                ::serde::Serialize::serialize(&self.0, serializer)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            #[inline]
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                ::serde::Deserialize::deserialize(deserializer).map(Self)
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                <i64 as ::schemars::JsonSchema>::inline_schema()
            }

            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                <i64 as ::schemars::JsonSchema>::schema_name()
            }

            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                <i64 as ::schemars::JsonSchema>::schema_id()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                <i64 as ::schemars::JsonSchema>::json_schema(generator)
            }
        }

        impl $crate::limits::Check for $name {
            #[inline]
            fn check(
                &self,
                limit: $crate::limits::Limit,
                path: &str,
                found: &mut ::std::vec::Vec<$crate::limits::Violation>,
            ) {
                $crate::limits::Check::check(&self.0, limit, path, found);
            }
        }

        impl $crate::read_json::ReadJson for $name {
            #[inline]
            fn read_json(
                reader: &mut $crate::reader::Reader<'_>,
            ) -> ::std::result::Result<::std::option::Option<Self>, $crate::ReadJsonError> {
                <i64 as $crate::read_json::ReadJson>::read_json(reader).map(|id| id.map(Self))
            }
        }
    };
}

/// Converts integers, owned and borrowed, to ids.
#[doc(hidden)]
#[macro_export]
macro_rules! id_from {
    ($name:ident: $($integer:ident)*) => {$(
        impl ::std::convert::From<$integer> for $name {
            #[inline]
            fn from(id: $integer) -> Self {
                Self(::std::convert::From::from(id))
            }
        }

        impl ::std::convert::From<&$integer> for $name {
            #[inline]
            fn from(id: &$integer) -> Self {
                Self::from(*id)
            }
        }
    )*};
}

#[cfg(test)]
mod tests {
    use crate::limits::{Check, Limit};
    use crate::read_json::from_text;

    id! {
        /// The ID of a thing.
        ThingId
    }

    #[test]
    fn ids_are_numbers_on_the_wire() {
        let id = ThingId::new(7);
        assert_eq!(serde_json::to_string(&[Some(id), None]).unwrap(), "[7,null]");
        assert_eq!(serde_json::from_str::<ThingId>("7").unwrap(), id);
        assert!(serde_json::from_str::<ThingId>("7.5").is_err());
    }

    #[test]
    fn ids_are_read_with_the_tolerance_of_integers() {
        for text in ["7", "\"7\"", "7.0"] {
            assert_eq!(from_text::<ThingId>(text).unwrap(), 7, "{text}");
        }
        for text in ["7.5", "\"007\"", "\"seven\"", "true", "9223372036854775808", "null"] {
            let (id, integer) = (from_text::<ThingId>(text).unwrap_err(), from_text::<i64>(text).unwrap_err());
            assert_eq!(id.to_string(), integer.to_string(), "{text}");
        }
    }

    #[test]
    fn ids_convert_to_and_from_integers_and_text() {
        let id: ThingId = 7.into();
        let all = [
            ThingId::from(7_i64),
            ThingId::from(7_u32),
            ThingId::from(&7_i32),
            ThingId::from(&id),
            "7".parse().unwrap(),
        ];
        assert_eq!(all, [id; 5]);
        assert_eq!((i64::from(id), id.get(), id.to_string()), (7, 7, "7".to_owned()));
        assert_eq!(format!("{id:?} {id:>3}"), "ThingId(7)   7");
        assert!("x".parse::<ThingId>().is_err());
        assert!(ThingId::new(2) < ThingId::new(10), "sorted as numbers");
    }

    #[test]
    fn documented_limits_hold_for_ids() {
        let mut found = Vec::new();
        ThingId::new(0).check(Limit::Range(Some(("1", false)), None), "thing", &mut found);
        ThingId::new(1).check(Limit::Range(Some(("1", false)), None), "thing", &mut found);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
