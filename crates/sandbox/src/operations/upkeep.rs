//! Actions on records that are no matter of the books.

use campfire_values::{Json, JsonObject};

use crate::messages::reply::Reply;
use crate::operations::call::Call;
use crate::state::record::server_time;
use crate::state::store::Store;

/// Counts the records of the resource.
pub(super) fn count(call: &Call<'_>, store: &Store) -> Reply {
    let count = i64::try_from(store.len(call.resource())).unwrap_or(i64::MAX);
    call.reply(&Json::Object(JsonObject::from([("count".to_owned(), Json::from(count))])))
}

/// Numbers the records in the order of the ids in the body.
pub(super) fn reorder(call: &Call<'_>, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
    let ids = body.values().filter_map(Json::as_array).flatten().filter_map(Json::as_i64);
    for (index, id) in ids.enumerate() {
        if store.get(call.resource(), id).is_none() {
            return Err(Reply::field_error("field_order", format!("Invalid pk \"{id}\" - object does not exist.")));
        }
        store.set(call.resource(), id, "display_order", i64::try_from(index + 1).unwrap_or(i64::MAX));
    }
    Ok(Reply::empty(call.operation().status))
}

/// Rejects a suggestion. What an accepted one does is not documented.
pub(super) fn decide(call: &Call<'_>, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
    let id = call.subject().filter(|id| store.get(call.resource(), *id).is_some()).ok_or_else(Reply::not_found)?;
    match body.get("action").and_then(Json::as_str) {
        Some("reject") => {}
        Some("accept") => {
            let reason = "The reference does not say what an accepted suggestion does to the ledger.";
            return Err(Reply::unmodelled(&format!("`{}` with `accept`", call.operation().id), Some(reason)));
        }
        _ => return Err(Reply::field_error("action", "It is `accept` or `reject`.")),
    }
    let now = server_time(store.now());
    store.change(call.resource(), id, |record| {
        record.fields.set("status", "rejected");
        record.fields.set("reviewed_at", now);
    });
    call.reply_with_record(store, call.resource(), id)
}
