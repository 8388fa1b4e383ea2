//! Deleted records in change feeds.

use campfire_values::{Json, JsonObject};

use crate::records::key;
use crate::records::view::View;
use crate::response_style::ResponseStyle;
use crate::state::record::Record;

/// Returns a deleted record as change feeds show it. The live server sends four fields, as the reference says in prose,
/// although its schemas require more.
pub(crate) fn show(view: View<'_>, resource: &str, schema: &str, id: i64, record: &Record) -> Json {
    let time = record.deleted.map_or(Json::Null, |time| view.time(time));
    let mut shown = match view.style {
        ResponseStyle::Documented => view.record(resource, schema, id, record).into_object(),
        ResponseStyle::Observed => JsonObject::from([match view.api.key_field(resource) {
            Some(field) => (field.name.clone(), key::of(field, id, record)),
            None => ("id".to_owned(), Json::from(id)),
        }]),
    };
    shown.insert("is_deleted".to_owned(), Json::Bool(true));
    shown.insert("deleted_at".to_owned(), time.clone());
    shown.insert("last_modified_at".to_owned(), time);
    Json::Object(shown)
}
