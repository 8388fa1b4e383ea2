//! Effects of operations beyond creating, reading, changing, and deleting records.

use campfire_sandbox_model::{Action, Effect, Response, Type};
use campfire_values::{Json, JsonObject};

use crate::accounting::actions;
use crate::accounting::request::{ActionRequest, Outcome};
use crate::messages::reply::Reply;
use crate::operations::call::Call;
use crate::operations::{caller, files, source, upkeep};
use crate::records::placeholder;
use crate::state::record::Record;
use crate::state::store::Store;
use crate::webhooks::event;

/// Applies the effect of an operation, and replies in the documented shape.
pub(super) fn apply(call: &Call<'_>, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
    let effect = &call.operation().effect;
    if effect.caller {
        return Ok(caller::reply(call, store));
    }
    if effect.link
        && let Some(id) = call.subject()
    {
        return link(call, store, id);
    }
    // The action sees the record as it was.
    let acted = effect.action.map_or(Ok(None), |action| act(call, store, action, body))?;
    // The id in the path of an action may be that of something else, such as the customer of a statement.
    match acted {
        Some(acted) if !effect.is_on_subject() => Ok(acted),
        acted => {
            let shown = change_subject(call, store, effect, body)?;
            Ok(acted.unwrap_or_else(|| reply(call, store, shown)))
        }
    }
}

/// Replies with a link to the file of a record.
fn link(call: &Call<'_>, store: &Store, id: i64) -> Result<Reply, Reply> {
    let resource = call.operation().resource();
    store.get(resource, id).ok_or_else(Reply::not_found)?;
    let url = files::link(call.caller.server, resource, id);
    Ok(call.reply(&Json::Object(JsonObject::from([("url".to_owned(), Json::from(url))]))))
}

/// Applies the parts of an effect that concern the record in the path. Returns the id of the record to show: the copy,
/// or else the record itself.
fn change_subject(
    call: &Call<'_>,
    store: &mut Store,
    effect: &'static Effect,
    body: &JsonObject,
) -> Result<Option<i64>, Reply> {
    let resource = call.operation().resource();
    let Some(id) = call.subject() else { return Ok(None) };
    if store.get(resource, id).is_none() {
        return if acts_on_item(call) { Err(Reply::not_found()) } else { Ok(None) };
    }
    if effect.delete {
        store.erase(resource, id);
    }
    let mut shown = id;
    if effect.copy
        && let Some(record) = store.get(resource, id).cloned()
    {
        let now = store.now();
        shown = store.new_id();
        store.put(resource, shown, Record { created: now, modified: now, ..record });
    }
    if !effect.set.is_empty() {
        store.change(resource, id, |record| set(record, effect, body));
    }
    Ok(Some(shown))
}

/// Sets fields to the values in the effect, or (`$name`) to fields of the body.
fn set(record: &mut Record, effect: &'static Effect, body: &JsonObject) {
    for (name, value) in &effect.set {
        let value = match value.as_str().and_then(|text| text.strip_prefix('$')) {
            Some(field) => body.get(field).cloned().unwrap_or(Json::Null),
            None => Json::from(value.clone()),
        };
        record.fields.set(name.as_str(), value);
    }
}

/// Runs an accounting action. `None` means that the response shows nothing of it.
fn act(call: &Call<'_>, store: &mut Store, action: Action, body: &JsonObject) -> Result<Option<Reply>, Reply> {
    let resource = call.operation().resource();
    match action {
        Action::Count => return Ok(Some(upkeep::count(call, store))),
        Action::Decide => return upkeep::decide(call, store, body).map(Some),
        Action::Reorder => return upkeep::reorder(call, store, body).map(Some),
        Action::SourceTransactions => return source::list(call, store).map(Some),
        Action::WebhookEvents => return events(call, store).map(Some),
        _ => {}
    }
    let request = ActionRequest { resource, path: &call.ids, query: &call.query, body };
    Ok(match actions::run(&mut call.books(store), action, &request)? {
        Outcome::Record(resource, id) => Some(call.reply_with_record(store, resource, id)?),
        Outcome::File(media, content) => Some(Reply::new(call.operation().status, media, content)),
        Outcome::Value(value) => Some(call.reply_with_computed(value)?),
        Outcome::Records(resource, ids) => {
            let records = ids.into_iter().filter_map(|id| Some((id, store.get(resource, id)?)));
            let shown = records.map(|(id, record)| call.shown(store, resource, id, record).into_json());
            Some(call.reply(&Json::Array(shown.collect())))
        }
        Outcome::Nothing => None,
    })
}

/// Replies with the delivery log of the webhook in the path.
fn events(call: &Call<'_>, store: &Store) -> Result<Reply, Reply> {
    let webhook = call.subject().filter(|id| store.get(event::WEBHOOKS, *id).is_some()).ok_or_else(Reply::not_found)?;
    let events = event::of(store, webhook).into_iter().filter_map(|id| Some((id, store.get(event::EVENTS, id)?)));
    let shown = events.map(|(id, record)| call.shown(store, event::EVENTS, id, record).into_json());
    Ok(call.reply(&Json::Array(shown.collect())))
}

/// Replies in the documented shape, with the fields of a record where they fit.
fn reply(call: &Call<'_>, store: &Store, id: Option<i64>) -> Reply {
    let operation = call.operation();
    let resource = operation.resource();
    match &operation.response {
        Response::List { .. } => call.reply(&Json::Array(Vec::new())),
        Response::Value { ty } => {
            let mut value = placeholder::body(call.api(), &operation.response);
            if let Type::Object(schema) = ty
                && let Some((id, record)) = id.and_then(|id| Some((id, store.get(resource, id)?)))
            {
                value = in_shape(call, store, schema, value, id, record);
            }
            call.reply(&value)
        }
        _ => Reply::empty(operation.status),
    }
}

/// Returns a record in the shape of a schema. If that is not its own, the fields that both have in common replace those
/// of the placeholder.
fn in_shape(call: &Call<'_>, store: &Store, schema: &str, placeholder: Json, id: i64, record: &Record) -> Json {
    let (api, resource) = (call.api(), call.operation().resource());
    let own = api.record_schema(resource).unwrap_or_default();
    if schema == own {
        return call.shown(store, resource, id, record).into_json();
    }
    let Json::Object(mut fields) = placeholder else { return placeholder };
    let ty = |schema: &str, name: &str| api.field(schema, name).map(|field| &field.ty);
    for (name, value) in call.view(store).record(resource, own, id, record).into_object() {
        if fields.contains_key(&name) && ty(schema, &name) == ty(own, &name) {
            fields.insert(name, value);
        }
    }
    Json::Object(fields)
}

/// Returns `true` if the last path parameter is the id of a record of this resource, as in `/contracts/{id}/terminate`.
fn acts_on_item(call: &Call<'_>) -> bool {
    let operation = call.operation();
    let mut operations = call.api().operations().iter();
    let retrieve = operations.find(|other| other.resource() == operation.resource() && other.name() == "retrieve");
    let parameters = |path: &str| path.matches('{').count();
    retrieve.is_some_and(|retrieve| parameters(&retrieve.path) == parameters(&operation.path))
}
