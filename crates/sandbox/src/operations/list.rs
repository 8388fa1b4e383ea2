//! Lists and pages.

use campfire_sandbox_model::Response;
use campfire_values::Json;

use crate::list::selection::Selection;
use crate::list::{filter, page};
use crate::messages::reply::Reply;
use crate::operations::call::Call;
use crate::records::deleted;
use crate::state::record::Record;
use crate::state::store::Store;

/// Replies with the records that the query selects.
pub(super) fn list(call: &Call<'_>, store: &Store) -> Result<Reply, Reply> {
    let operation = call.operation();
    if let Some(parameter) = filter::unmodelled(operation, &call.query) {
        return Err(Reply::unmodelled(&format!("`{}?{parameter}`", operation.id), None));
    }
    let selection = Selection::new(call.view(store), operation, &call.ids, &call.query).map_err(Reply::field_errors)?;
    let mut text = Vec::new();
    if let Response::List { .. } = operation.response {
        write(&mut text, call, store, selection.resource, &selection.all(operation, &call.query));
        return Ok(Reply::json_text(operation.status, text));
    }
    let url = format!("{}{}", call.caller.server, call.path);
    let page = page::page(&selection, operation, &call.query, call.caller.page_limit, &url)
        .map_err(|message| Reply::detail(400, &message))?;
    let link = |link: Option<String>| link.map_or(Json::Null, Json::String);
    let (count, next, previous) = (page.count, link(page.next), link(page.previous));
    text.extend(format!("{{\"count\":{count},\"next\":{next},\"previous\":{previous},\"results\":").into_bytes());
    write(&mut text, call, store, selection.resource, &page.records);
    text.push(b'}');
    Ok(Reply::json_text(operation.status, text))
}

/// Appends records as a JSON array.
fn write(text: &mut Vec<u8>, call: &Call<'_>, store: &Store, resource: &str, records: &[(i64, &Record)]) {
    let (view, schema) = (call.view(store), call.response_schema(resource));
    text.push(b'[');
    for (index, (id, record)) in records.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        if record.deleted.is_some() {
            let shown = deleted::show(view, resource, schema, *id, record);
            text.extend(shown.to_string().into_bytes());
        } else {
            view.record(resource, schema, *id, record).write(text);
        }
    }
    text.push(b']');
}
