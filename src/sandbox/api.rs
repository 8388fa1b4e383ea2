//! What each operation does, told from its description.

use std::sync::{Mutex, PoisonError};

use super::list::{self, Query};
use super::model::{Answer, Model, Operation, Type};
use super::route::{self, NoRoute, Route};
use super::store::{Record, Store, wire_time};
use super::{Settings, render, validate};
use crate::{Json, JsonObject};

/// A request, read.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

/// An answer, before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    /// The operation that was found, for the log.
    pub(crate) operation: Option<&'static str>,
}

impl Reply {
    fn json(status: u16, value: &Json) -> Self {
        Self {
            status,
            content_type: "application/json".to_owned(),
            body: value.to_string().into_bytes(),
            operation: None,
        }
    }

    pub(crate) fn detail(status: u16, text: &str) -> Self {
        Self::json(status, &Json::Object(JsonObject::from([("detail".to_owned(), Json::from(text))])))
    }

    fn invalid(errors: JsonObject) -> Self {
        Self::json(400, &Json::Object(errors))
    }

    fn nothing(status: u16) -> Self {
        Self { status, content_type: String::new(), body: Vec::new(), operation: None }
    }
}

/// Answers a request.
pub(crate) fn answer(model: &'static Model, settings: &Settings, store: &Mutex<Store>, request: &Request<'_>) -> Reply {
    let key =
        request.authorization.and_then(|value| value.strip_prefix("Token ").or_else(|| value.strip_prefix("Bearer ")));
    if request.authorization.is_none() {
        return Reply::detail(401, "Authentication credentials were not provided.");
    }
    if key != Some(settings.key.as_str()) {
        return Reply::detail(401, "Invalid token.");
    }
    let route = match route::find(model, request.method, request.path) {
        Ok(route) => route,
        Err(NoRoute::Path) => return Reply::detail(404, "Not found."),
        Err(NoRoute::Method) => return Reply::detail(405, &format!("Method \"{}\" not allowed.", request.method)),
    };
    let operation = route.operation;
    let body = match body(operation, request) {
        Ok(body) => body,
        Err(reply) => return Reply { operation: Some(&operation.id), ..reply },
    };
    let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
    let call = Call { model, settings, route: &route, query: route::query(request.query), path: request.path };
    let reply = call.run(&mut store, &body).unwrap_or_else(|refusal| refusal);
    Reply { operation: Some(&operation.id), ..reply }
}

/// The members of a body; empty where there is none.
fn body(operation: &Operation, request: &Request<'_>) -> Result<JsonObject, Reply> {
    let content_type = request.content_type.unwrap_or_default();
    match &operation.body {
        Some(body) if body.multipart => {
            if !content_type.starts_with("multipart/form-data") {
                return Err(Reply::detail(415, &format!("Unsupported media type \"{content_type:.80}\" in request.")));
            }
            Ok(super::multipart::members(content_type, request.body))
        }
        _ if request.body.is_empty() => Ok(JsonObject::new()),
        _ => match Json::from_slice(request.body) {
            Ok(Json::Object(members)) => Ok(members),
            Ok(_) => Err(Reply::detail(400, "Invalid data. Expected a dictionary.")),
            Err(error) => Err(Reply::detail(400, &format!("JSON parse error - {error}"))),
        },
    }
}

struct Call<'a> {
    model: &'static Model,
    settings: &'a Settings,
    route: &'a Route,
    query: Query,
    path: &'a str,
}

impl Call<'_> {
    fn run(&self, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
        let operation = self.route.operation;
        if let Some(body_type) = operation.body.as_ref().filter(|body| !body.multipart).map(|body| &body.ty)
            && let Type::Object(schema) = body_type
        {
            let partial = operation.method == "PATCH";
            validate::object(self.model, store, schema, body, partial, &self.route.parameters)
                .map_err(Reply::invalid)?;
        }
        match (operation.action(), &operation.answer) {
            ("list", Answer::Page { .. } | Answer::List { .. }) => self.list(store),
            ("create" | "upload", Answer::Value { ty: Type::Object(_) }) => self.create(store, body),
            ("retrieve" | "replace" | "update" | "delete", _) if self.item().is_some() && self.has_records() => {
                self.on_item(store, body)
            }
            ("bulk_search", Answer::List { ty: Type::Object(schema) }) => self.bulk_search(store, schema, body),
            (_, Answer::Bytes { media }) => Ok(Reply {
                status: operation.status,
                content_type: media.clone(),
                body: render::file(media),
                operation: None,
            }),
            (_, Answer::Page { .. }) => self.list(store),
            _ => self.act(store, body),
        }
    }

    /// The id that the path ends with or acts on, and the ids above it.
    fn item(&self) -> Option<(i64, &[(&'static str, i64)])> {
        let (last, parents) = self.route.parameters.split_last()?;
        Some((last.1, parents))
    }

    /// Whether records of this resource can be made or read at all; some are only ever deleted through their owner.
    fn has_records(&self) -> bool {
        self.model.record_schema(self.route.operation.resource()).is_some()
    }

    fn record_schema(&self) -> &str {
        self.model.record_schema(self.route.operation.resource()).unwrap_or_default()
    }

    fn shown(&self, store: &Store, record: &Record) -> Json {
        render::record(self.model, store, self.settings.face, self.record_schema(), record)
    }

    fn list(&self, store: &Store) -> Result<Reply, Reply> {
        let operation = self.route.operation;
        let rows = list::select(store, operation, &self.route.parameters, &self.query).map_err(Reply::invalid)?;
        let show = |(id, record): &(i64, &Record)| {
            if record.deleted.is_some() { render::deleted_row(*id, record) } else { self.shown(store, record) }
        };
        if let Answer::List { .. } = operation.answer {
            return Ok(Reply::json(operation.status, &Json::Array(rows.iter().map(show).collect())));
        }
        let address = format!("{}{}", self.settings.url, self.path);
        let window = list::window(operation, &self.query, rows.len(), self.settings.page_limit, &address)
            .map_err(|message| Reply::detail(400, &message))?;
        let link = |link: Option<String>| link.map_or(Json::Null, Json::String);
        Ok(Reply::json(
            operation.status,
            &Json::Object(JsonObject::from([
                ("count".to_owned(), Json::from(i64::try_from(rows.len()).unwrap_or(i64::MAX))),
                ("next".to_owned(), link(window.next)),
                ("previous".to_owned(), link(window.previous)),
                ("results".to_owned(), Json::Array(rows[window.start..window.end].iter().map(show).collect())),
            ])),
        ))
    }

    fn create(&self, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
        let operation = self.route.operation;
        let id = insert(self.model, store, operation.resource(), body, &self.route.parameters);
        match store.get(operation.resource(), id) {
            Some(record) => Ok(Reply::json(operation.status, &self.shown(store, record))),
            None => Err(Reply::detail(500, "the record was lost")),
        }
    }

    fn on_item(&self, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
        let operation = self.route.operation;
        let (id, parents) = self.item().ok_or_else(not_found)?;
        let resource = operation.resource();
        let below = |record: &&Record| parents.iter().all(|(name, id)| record.parents.get(*name) == Some(id));
        let record = store.get(resource, id).filter(below).ok_or_else(not_found)?;
        match operation.action() {
            "delete" => {
                let now = store.now();
                if let Some(record) = store.get_mut(resource, id) {
                    record.deleted = Some(now);
                    record.modified = now;
                }
                return Ok(Reply::nothing(operation.status));
            }
            "replace" | "update" => {
                let mut fields = record.fields.clone();
                let whole = operation.action() == "replace";
                render::change(self.model, store, self.record_schema(), body, &mut fields, whole);
                let now = store.now();
                if let Some(record) = store.get_mut(resource, id) {
                    record.fields = fields;
                    record.modified = now;
                }
            }
            _ => {}
        }
        let record = store.get(resource, id).ok_or_else(not_found)?;
        Ok(Reply::json(operation.status, &self.shown(store, record)))
    }

    /// Exact matches for the items of the body's list, in their order; with `upsert`, what is missing is created.
    fn bulk_search(&self, store: &mut Store, schema: &str, body: &JsonObject) -> Result<Reply, Reply> {
        let resource = self.route.operation.resource();
        let upsert = body.get("upsert").and_then(Json::as_bool).unwrap_or(false);
        let wanted: Vec<JsonObject> =
            body.values().filter_map(Json::as_array).flatten().filter_map(|item| item.as_object().cloned()).collect();
        let mut found = Vec::new();
        for item in wanted {
            // The first given member that any record equals decides: ids of other systems come before names.
            let hit = item.iter().filter(|(_, value)| !value.is_null()).find_map(|(name, value)| {
                let mut rows = store.table(resource).filter(|(_, record)| record.deleted.is_none());
                rows.find(|(_, record)| record.fields.get(name) == Some(value)).map(|(id, _)| id)
            });
            let id = match hit {
                Some(id) => Some(id),
                None if upsert => Some(insert(self.model, store, resource, &item, &[])),
                None => None,
            };
            if let Some(record) = id.and_then(|id| store.get(resource, id)) {
                found.push(render::record(self.model, store, self.settings.face, schema, record));
            }
        }
        Ok(Reply::json(self.route.operation.status, &Json::Array(found)))
    }

    /// Whatever else: what the effect says, answered in the documented shape.
    fn act(&self, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
        let operation = self.route.operation;
        let resource = operation.resource();
        let subject = self.route.parameters.last().map(|(_, id)| *id);
        let mut answered = None;
        if let Some(id) = subject.filter(|id| store.get(resource, *id).is_some()) {
            if operation.effect.copy
                && let Some(record) = store.get(resource, id).cloned()
            {
                let copy = store.new_id();
                let mut fields = record.fields.clone();
                fields.insert("id".to_owned(), Json::from(copy));
                let modified = store.now();
                store.insert(resource, copy, Record { fields, modified, ..record });
                answered = Some(copy);
            }
            if !operation.effect.set.is_empty() {
                let now = store.now();
                if let Some(record) = store.get_mut(resource, id) {
                    for (name, value) in &operation.effect.set {
                        let value = match value.as_str().and_then(|text| text.strip_prefix('$')) {
                            Some(member) => body.get(member).cloned().unwrap_or(Json::Null),
                            None => value.clone(),
                        };
                        record.fields.insert(name.clone(), value);
                    }
                    record.fields.insert("last_modified_at".to_owned(), wire_time(now));
                    record.modified = now;
                }
            }
            answered = answered.or(Some(id));
        } else if subject.is_some() && self.is_item_action() && !store.is_empty(resource) {
            return Err(not_found());
        }
        let Answer::Value { ty } = &operation.answer else {
            return Ok(match &operation.answer {
                Answer::List { .. } => Reply::json(operation.status, &Json::Array(Vec::new())),
                _ => Reply::nothing(operation.status),
            });
        };
        let mut value = render::shaped(self.model, &operation.answer);
        if let (Type::Object(schema), Some(record)) = (ty, answered.and_then(|id| store.get(resource, id))) {
            let shown = render::record(self.model, store, self.settings.face, self.record_schema(), record);
            if *schema == self.record_schema() {
                value = shown;
            } else if let (Json::Object(members), Json::Object(shown)) = (&mut value, shown) {
                // Another shape: what it has in common with the record.
                let kind = |schema: &str, name: &str| {
                    self.model.fields(schema).iter().find(|field| field.name == name).map(|field| field.ty.clone())
                };
                for (name, value) in shown {
                    if members.contains_key(&name) && kind(schema, &name) == kind(self.record_schema(), &name) {
                        members.insert(name, value);
                    }
                }
            }
        }
        Ok(Reply::json(operation.status, &value))
    }

    /// Whether the last parameter of the path names a record of this resource (`/contracts/{id}/terminate`).
    fn is_item_action(&self) -> bool {
        let operation = self.route.operation;
        let retrieve = self
            .model
            .operations
            .iter()
            .find(|other| other.resource() == operation.resource() && other.action() == "retrieve");
        retrieve.is_some_and(|retrieve| retrieve.path.matches('{').count() == operation.path.matches('{').count())
    }
}

fn not_found() -> Reply {
    Reply::detail(404, "Not found.")
}

/// Creates a record; gives its id.
pub(crate) fn insert(
    model: &Model,
    store: &mut Store,
    resource: &str,
    body: &JsonObject,
    path: &[(&'static str, i64)],
) -> i64 {
    let schema = model.record_schema(resource).unwrap_or_default();
    let id = match body.get("id").and_then(Json::as_i64).filter(|_| path.is_empty()) {
        Some(id) => id,
        None => store.new_id(),
    };
    let mut fields = render::new_record(model, store, schema, body, id);
    let mut parents = std::collections::BTreeMap::new();
    for (name, parent) in path {
        parents.insert((*name).to_owned(), *parent);
        // The link to the parent, where the record has one.
        let link = name.strip_suffix("_id").unwrap_or(name);
        if model.fields(schema).iter().any(|field| field.name == link) {
            fields.insert(link.to_owned(), Json::from(*parent));
        }
    }
    let modified = store.now();
    store.insert(resource, id, Record { fields, parents, modified, deleted: None });
    id
}
