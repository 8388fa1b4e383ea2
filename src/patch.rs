//! [`Patch`]: a nullable field of an update.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an update does to a field that may be null.
///
/// A nullable field of an update is an `Option<Patch<T>>`, which says three things that JSON keeps apart:
///
/// | value | sent | effect |
/// | --- | --- | --- |
/// | `None` | nothing | the field stays as it is |
/// | `Some(Patch::Clear)` | `null` | the field is emptied |
/// | `Some(Patch::Set(value))` | the value | the field gets the value |
///
#[cfg_attr(feature = "revenue-recognition", doc = "```")]
#[cfg_attr(not(feature = "revenue-recognition"), doc = "```ignore")]
/// use campfire::{Patch, types::ContractUpdate};
///
/// let update = ContractUpdate {
///     deal_name: Some("Northwind 2027".into()),
///     closed_date: Some(Patch::Clear),
///     ..Default::default()
/// };
/// assert_eq!(serde_json::to_string(&update)?, r#"{"deal_name":"Northwind 2027","closed_date":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Empty the field: sends `null`.
    Clear,
    /// Set the field to this value.
    Set(T),
}

impl<T> Patch<T> {
    /// The value to set, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Patch::Clear => None,
            Patch::Set(value) => Some(value),
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Patch::Set(value)
    }
}

impl From<&str> for Patch<String> {
    fn from(value: &str) -> Self {
        Patch::Set(value.to_owned())
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Patch::Clear => serializer.serialize_none(),
            Patch::Set(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::deserialize(deserializer)? {
            None => Patch::Clear,
            Some(value) => Patch::Set(value),
        })
    }
}
