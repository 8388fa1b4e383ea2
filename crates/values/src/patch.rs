//! [`Patch`]: a nullable field of an update.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A change to a nullable field.
///
/// A nullable field of an update has the type `Option<Patch<T>>`, which distinguishes three cases:
///
/// | value | sent | effect |
/// | --- | --- | --- |
/// | `None` | nothing | the field keeps its value |
/// | `Some(Patch::Clear)` | `null` | the field is cleared |
/// | `Some(Patch::Set(value))` | the value | the field is set |
///
/// ```
/// # use std::collections::BTreeMap;
/// # use campfire_values as campfire;
/// use campfire::Patch;
///
/// let update = BTreeMap::from([("closed_date", Patch::Clear), ("deal_name", Patch::Set("Northwind 2027"))]);
/// assert_eq!(serde_json::to_string(&update)?, r#"{"closed_date":null,"deal_name":"Northwind 2027"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Clears the field by sending `null`.
    Clear,
    /// Sets the field to this value.
    Set(T),
}

impl<T> Patch<T> {
    /// Returns the value to set, or `None` for [`Patch::Clear`].
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
