//! Records as responses show them.

use std::borrow::Cow;

use campfire_values::{Json, JsonObject};

/// The fields of a record in a response. It is a list with the stored values: building a map of copies per record took most
/// of the time of a page.
pub(crate) struct Shown<'a>(pub(super) Vec<(&'a str, Cow<'a, Json>)>);

impl Shown<'_> {
    pub(crate) fn into_object(self) -> JsonObject {
        self.0.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned())).collect()
    }

    pub(crate) fn into_json(self) -> Json {
        Json::Object(self.into_object())
    }

    /// Appends the record to a text as JSON.
    pub(crate) fn write(&self, text: &mut Vec<u8>) {
        text.push(b'{');
        for (index, (name, value)) in self.0.iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            // Writing strings and JSON values to memory cannot fail.
            let _ = serde_json::to_writer(&mut *text, name);
            text.push(b':');
            match &**value {
                // A serializer would copy and check the digits.
                Json::Number(number) => text.extend_from_slice(number.as_str().as_bytes()),
                value => drop(serde_json::to_writer(&mut *text, value)),
            }
        }
        text.push(b'}');
    }
}
