//! Adopting records that another server has shown.

use campfire_sandbox_model::{Field, FieldPath, Type};
use campfire_values::{Json, JsonObject, Timestamp};

use crate::accounting::adopted;
use crate::accounting::books::Books;
use crate::error::Error;
use crate::model::api::{Api, is_integer_id};
use crate::seed;
use crate::state::markers;
use crate::state::record::{Record, Seconds};
use crate::state::store::Store;

/// Adds records as another server has shown them, each with the resource that it belongs to, and infers what responses do
/// not show.
///
/// # Errors
/// If there is no such resource. Nothing is added then.
pub(crate) fn adopt(books: &mut Books<'_>, records: &[(String, Json)]) -> Result<(), Error> {
    let api = books.api;
    for (resource, _) in records {
        let resource = api.table(resource);
        api.record_schema(resource).ok_or_else(|| Error::Resource(resource.to_owned()))?;
    }
    for (resource, record) in records {
        if let Json::Object(shown) = record {
            add(api, books.store, api.table(resource), shown);
        }
    }
    books.store.is_copy = true;
    adopted::infer(books);
    Ok(())
}

fn add(api: &'static Api, store: &mut Store, resource: &str, shown: &JsonObject) {
    let schema = api.record_schema(resource).unwrap_or_default();
    let id = shown.get("id").and_then(Json::as_i64).unwrap_or_else(|| store.new_id());
    let now = store.now();
    let time = |name: &str| seconds(shown.get(name)).unwrap_or(now);
    let mut record = Record { created: time("created_at"), modified: time("last_modified_at"), ..Record::default() };
    for (name, value) in shown {
        match api.field(schema, name) {
            None if markers::is_marker(name) => {}
            None => record.fields.set(name.clone(), value.clone()),
            // The sandbox computes these itself, and a stored value would hide that. From the ledger it cannot, as a copy
            // lacks most lines.
            Some(field) if field.is_computed() && field.ledger.is_none() || is_integer_id(field) => {}
            Some(field) => match &field.collects {
                Some(path) => add_collected(api, store, field, path, id, value),
                None => record.fields.set(field.name.as_str(), value.clone()),
            },
        }
    }
    if shown.get("is_deleted").and_then(Json::as_bool) == Some(true) {
        record.deleted = Some(seconds(shown.get("deleted_at")).unwrap_or(record.modified));
    }
    seed::add_parents(api, resource, shown, &mut record);
    store.put(resource, id, record);
}

/// Adds the records that another one shows in a list, unless the list shows only summaries of them. A record that is already
/// there may be more complete.
fn add_collected(api: &'static Api, store: &mut Store, field: &Field, path: &FieldPath, id: i64, items: &Json) {
    let shows_records = matches!(&field.ty, Type::List(item)
        if matches!(&**item, Type::Object(schema) if api.record_schema(&path.owner) == Some(schema)));
    for item in items.as_array().unwrap_or_default() {
        let item_id = item.get("id").and_then(Json::as_i64);
        let is_new = item_id.is_some_and(|item| store.get_any(&path.owner, item).is_none());
        if let (Json::Object(item), true) = (item, shows_records && is_new) {
            let mut shown = item.clone();
            shown.insert(path.field.clone(), Json::from(id));
            add(api, store, &path.owner, &shown);
        }
    }
}

fn seconds(time: Option<&Json>) -> Option<Seconds> {
    Some(time?.as_str()?.parse::<Timestamp>().ok()?.unix_seconds())
}
