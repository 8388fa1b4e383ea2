//! Records as responses show them.

use std::borrow::Cow;

use campfire_values::{Json, JsonObject};

/// The fields of a record in a response. It is a list: building a map per record took most of the time of a page.
pub(crate) struct Shown(pub(super) Vec<(Cow<'static, str>, Json)>);

impl Shown {
    pub(crate) fn into_object(self) -> JsonObject {
        self.0.into_iter().map(|(name, value)| (name.into_owned(), value)).collect()
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
            let _ = serde_json::to_writer(&mut *text, value);
        }
        text.push(b'}');
    }
}
