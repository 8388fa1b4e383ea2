//! Surprises: undocumented keys and enum values, as recorded responses of the live server have them.

use std::borrow::Cow;

use campfire_sandbox_model::{Field, Type};
use campfire_values::Json;

use crate::model::api::Api;
use crate::records::shown::Shown;

/// One record in this many has a surprise.
const INTERVAL: i64 = 32;

/// Adds what the live server sends now and then: an undocumented key, and an enum value that is not in the reference.
/// The enum value replaces only a null, so that every test reads what it wrote.
pub(super) fn add(api: &Api, schema: &str, id: i64, shown: &mut Shown<'_>) {
    if id % INTERVAL != INTERVAL - 1 {
        return;
    }
    let is_unset_enum = |(name, value): &&mut (&str, Cow<'_, Json>)| {
        let is_enum = |field: &Field| field.nullable && matches!(field.ty, Type::Enum(_));
        value.is_null() && api.field(schema, name).is_some_and(is_enum)
    };
    if let Some((_, value)) = shown.0.iter_mut().find(is_unset_enum) {
        *value = Cow::Owned(Json::from("VALUE_OF_TOMORROW"));
    }
    let explanation = Json::from("the reference does not list every key");
    shown.0.push(("unlisted_key", Cow::Owned(explanation)));
}
