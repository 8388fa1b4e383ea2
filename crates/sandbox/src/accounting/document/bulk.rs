//! Creating several documents at once.

use campfire_values::{Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::document::access::without_server_fields;
use crate::accounting::document::lifecycle;
use crate::accounting::kind::{Document, Kind};
use crate::accounting::request::Outcome;
use crate::messages::reply::Reply;
use crate::records::validate::{self, Context};
use crate::records::write;

/// Creates all documents in a body, or none of them.
pub(crate) fn create(books: &mut Books<'_>, kind: Kind, body: &JsonObject) -> Result<Outcome, Reply> {
    let resource = kind.layout().resource;
    let schema = books.api.record_schema(resource).unwrap_or_default();
    let mut ids = Vec::new();
    for item in body.values().filter_map(Json::as_array).flatten() {
        let item = item.as_object().cloned().unwrap_or_default();
        validate::object(books.api, books.store, schema, &item, Context::default()).map_err(Reply::field_errors)?;
        let item = without_server_fields(&item);
        let id = write::insert(books.api, books.store, resource, &item, &[]);
        lifecycle::created(books, Document::new(kind, id))?;
        ids.push(id);
    }
    if ids.is_empty() {
        return Err(Reply::field_error(resource, "This list may not be empty."));
    }
    Ok(Outcome::Records(resource, ids))
}
