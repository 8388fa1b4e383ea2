//! Custom fields: fields that users of the web app have added to records.

use crate::json::{Json, JsonObject};

/// What the API writes before the name of a custom field.
const PREFIX: &str = "custom_field_";

/// Returns `true` if a field of a record is a custom field, by its name in the API.
pub fn is_custom(key: &str) -> bool {
    key.starts_with(PREFIX)
}

/// Custom fields. Records return them beside their other fields, as `custom_field_<name>`, so they are in `extra`.
///
/// ```
/// # use campfire_values::{Json, JsonObject};
/// let mut extra = JsonObject::default();
/// extra.set_custom_field("arr", Json::from(1200));
/// assert_eq!(extra.custom_field("arr").and_then(Json::as_i64), Some(1200));
/// assert_eq!(extra.custom_fields().map(|(name, _)| name).collect::<Vec<_>>(), ["arr"]);
/// ```
///
/// The reference lists them in no schema. That records return them was seen on a contract; that creates and updates take them
/// the same way was never checked against the live server.
impl JsonObject {
    /// Returns the value of a custom field, by its name without `custom_field_`.
    pub fn custom_field(&self, name: &str) -> Option<&Json> {
        self.get(&format!("{PREFIX}{name}"))
    }

    /// Sets the value of a custom field, by its name without `custom_field_`. Returns the value that it had before.
    pub fn set_custom_field(&mut self, name: &str, value: impl Into<Json>) -> Option<Json> {
        self.insert(format!("{PREFIX}{name}"), value.into())
    }

    /// Returns the custom fields by their names without `custom_field_`, sorted.
    pub fn custom_fields(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.iter().filter_map(|(key, value)| Some((key.strip_prefix(PREFIX)?, value)))
    }
}
