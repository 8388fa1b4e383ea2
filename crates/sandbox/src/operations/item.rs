//! Creating, reading, changing, and deleting single records.

use campfire_sandbox_model::Type;
use campfire_values::{Json, JsonObject};

use crate::accounting::hooks;
use crate::messages::reply::Reply;
use crate::operations::call::Call;
use crate::operations::{reassign, route};
use crate::records::{key, validate, write};
use crate::state::record::Record;
use crate::state::store::Store;
use crate::webhooks::event;

pub(super) fn create(call: &Call<'_>, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
    let resource = call.resource();
    if !route::all_exist(call.api(), store, call.route, &call.ids) {
        return Err(Reply::not_found());
    }
    let body = &hooks::without_server_fields(call.api(), resource, body);
    if let Some((key, _)) = key::find_sent(call.api(), store, resource, body) {
        return Err(Reply::field_error(&key, format!("A record with this {key} already exists.")));
    }
    let id = write::insert(call.api(), store, resource, body, &call.ids);
    name_parents(call, store, resource, id);
    set_from_query(call, store, id)?;
    if resource == event::WEBHOOKS {
        event::complete(store, id);
    }
    let mut books = call.books(store);
    hooks::created(&mut books, resource, id, body)?;
    call.reply_with_record(store, resource, id)
}

pub(super) fn retrieve(call: &Call<'_>, store: &mut Store) -> Result<Reply, Reply> {
    let (id, _) = find(call, store)?;
    call.reply_with_record(store, call.resource(), id)
}

/// Stores the keys of the records above a new record, where it has a field for them.
fn name_parents(call: &Call<'_>, store: &mut Store, resource: &str, id: i64) {
    let is_text = |name: &str| call.operation().text_ids.iter().any(|text| text == name);
    for (name, key) in call.route.parameters.iter().filter(|(name, _)| is_text(name)) {
        let link = name.strip_suffix("_id").unwrap_or(name);
        if let Some(known) = call.api().known_name(resource, link) {
            store.set(resource, id, known, key.as_str());
        }
    }
}

/// Stores the parameters of the query that are fields of the record, such as what an uploaded file belongs to.
fn set_from_query(call: &Call<'_>, store: &mut Store, id: i64) -> Result<(), Reply> {
    let schema = call.api().record_schema(call.resource()).unwrap_or_default();
    let mut sent = JsonObject::new();
    for field in call.operation().query.iter().filter_map(|name| call.api().field(schema, name)) {
        let Some(text) = call.query.given(&field.name) else { continue };
        let value = match field.ty {
            Type::Integer => text.parse::<i64>().map(Json::from).ok(),
            _ => Some(Json::from(text)),
        };
        let value = value.ok_or_else(|| Reply::field_error(&field.name, "A valid integer is required."))?;
        sent.insert(field.name.clone(), value);
    }
    validate::limits_of(call.api(), schema, &sent).map_err(Reply::field_errors)?;
    if !sent.is_empty() {
        store.change(call.resource(), id, |record| {
            sent.into_iter().for_each(|(name, value)| record.fields.set(name, value));
        });
    }
    Ok(())
}

/// Replaces (PUT) or updates (PATCH) a record.
pub(super) fn change(call: &Call<'_>, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
    let resource = call.resource();
    let body = &hooks::without_server_fields(call.api(), resource, body);
    let (id, record) = find(call, store)?;
    let before = record.fields.clone();
    if let Some(field) = call.api().key_field(resource)
        && body.get(&field.name).is_some_and(|sent| *sent != key::of(field, id, record))
        && !field.read_only
    {
        return Err(Reply::field_error(&field.name, "The key of a record cannot be changed."));
    }
    hooks::check_change(&call.books(store), resource, id)?;
    let schema = call.api().record_schema(resource).unwrap_or_default();
    let mut fields = before.clone();
    let is_replacement = call.operation().name() == "replace";
    write::change(call.api(), store, schema, body, &mut fields, is_replacement);
    store.change(resource, id, |record| record.fields = fields);
    let mut books = call.books(store);
    hooks::changed(&mut books, resource, id, body, &before)?;
    call.reply_with_record(store, resource, id)
}

pub(super) fn delete(call: &Call<'_>, store: &mut Store) -> Result<Reply, Reply> {
    let resource = call.resource();
    let (id, _) = find(call, store)?;
    hooks::check_change(&call.books(store), resource, id)?;
    reassign::hand_over(call, store, id)?;
    hooks::check_delete(&call.books(store), resource, id)?;
    store.delete(resource, id);
    hooks::deleted(&mut call.books(store), resource, id)?;
    Ok(Reply::empty(call.operation().status))
}

/// Returns the record in the path, which must be below the others in the path.
fn find<'s>(call: &Call<'_>, store: &'s mut Store) -> Result<(i64, &'s Record), Reply> {
    let Some(((_, id), parents)) = call.ids.split_last() else { return only_record(call, store) };
    let record = store.get(call.resource(), *id).filter(|record| record.is_below(parents));
    Ok((*id, record.ok_or_else(Reply::not_found)?))
}

/// Returns the only record of a resource whose path has no id. It always exists.
fn only_record<'s>(call: &Call<'_>, store: &'s mut Store) -> Result<(i64, &'s Record), Reply> {
    let (resource, id) = (call.resource(), call.record_id());
    if store.get(resource, id).is_none() {
        let schema = call.api().record_schema(resource).unwrap_or_default();
        let fields = write::new_fields(call.api(), store, schema, &JsonObject::new());
        let now = store.now();
        store.put(resource, id, Record { fields, created: now, modified: now, system: true, ..Record::default() });
    }
    Ok((id, store.get(resource, id).ok_or_else(Reply::not_found)?))
}
