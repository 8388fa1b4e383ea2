//! Bulk search.

use campfire_values::{Json, JsonObject};

use crate::messages::reply::Reply;
use crate::operations::call::Call;
use crate::records::write;
use crate::state::store::Store;

/// Replies with the records that equal the items in the body, in the same order. With `upsert`, creates those that are
/// missing.
pub(super) fn bulk_search(call: &Call<'_>, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
    let resource = call.operation().resource();
    // A search that is documented to change nothing creates nothing.
    let upsert = !call.operation().safe && body.get("upsert").and_then(Json::as_bool).unwrap_or(false);
    let items = body.values().filter_map(Json::as_array).flatten().filter_map(Json::as_object);
    let mut found = Vec::new();
    for item in items {
        let id = match find(store, resource, item) {
            None if upsert => Some(write::insert(call.api(), store, resource, item, &[])),
            id => id,
        };
        if let Some((id, record)) = id.and_then(|id| Some((id, store.get(resource, id)?))) {
            found.push(call.shown(store, resource, id, record).into_json());
        }
    }
    Ok(call.reply(&Json::Array(found)))
}

/// Returns the record that equals the item in the first field that any record equals. Fields are tried in alphabetical
/// order, so `external_id` comes before `name`.
fn find(store: &Store, resource: &str, item: &JsonObject) -> Option<i64> {
    item.iter().filter(|(_, value)| !value.is_null()).find_map(|(name, value)| {
        store.live(resource).find(|(_, record)| record.fields.get(name) == Some(value)).map(|(id, _)| id)
    })
}
