//! What each operation does, told from its description.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::accounting::{self, Books, Done};
use super::fields::Fields;
use super::list::{self, Query, Selection};
use campfire_sandbox_model::{Approval, Operation, Response, Type};

use super::model::Model;
use super::render::{Shown, View};
use super::route::{self, Route};
use super::store::{Record, Store};
use super::{ResponseStyle, Role, render, validate};
use campfire_values::{Json, JsonObject};

/// Where drafts wait for approval.
const DRAFTS: &str = "draft_queue";

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
    /// `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u64>,
    /// `Date`, by the clock of the tenant, which tests may have moved.
    pub(crate) clock: Option<SystemTime>,
}

impl Reply {
    pub(crate) fn json(status: u16, value: &Json) -> Self {
        Self::text(status, value.to_string().into_bytes())
    }

    fn text(status: u16, body: Vec<u8>) -> Self {
        Self { status, content_type: "application/json".to_owned(), body, retry_after: None, clock: None }
    }

    pub(crate) fn detail(status: u16, text: &str) -> Self {
        Self::json(status, &Json::Object(JsonObject::from([("detail".to_owned(), Json::from(text))])))
    }

    pub(crate) fn invalid(errors: JsonObject) -> Self {
        Self::json(400, &Json::Object(errors))
    }

    pub(crate) fn throttled(wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let text = format!("Request was throttled. Expected available in {seconds} seconds.");
        Self { retry_after: Some(seconds), ..Self::detail(429, &text) }
    }

    pub(crate) fn nothing(status: u16) -> Self {
        Self { status, content_type: String::new(), body: Vec::new(), retry_after: None, clock: None }
    }
}

/// Who asks, and how they are answered.
pub(crate) struct Caller<'a> {
    pub(crate) model: &'static Model,
    pub(crate) url: &'a str,
    pub(crate) style: ResponseStyle,
    pub(crate) page_limit: usize,
    pub(crate) role: Role,
}

/// Answers a request.
pub(crate) fn answer(caller: &Caller<'_>, store: &Mutex<Store>, route: &Route, request: &Request<'_>) -> Reply {
    let operation = route.operation;
    let body = match body(operation, request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let call = Call { caller, model: caller.model, route, query: route::query(request.query), path: request.path };
    let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
    // What is refused half-way has changed nothing.
    store.whole(|store| call.run(store, &body)).unwrap_or_else(|refusal| refusal)
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
    caller: &'a Caller<'a>,
    model: &'static Model,
    route: &'a Route,
    query: Query,
    path: &'a str,
}

impl Call<'_> {
    fn run(&self, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
        let operation = self.route.operation;
        if self.caller.role == Role::ViewOnly && operation.method != "GET" {
            return Err(Reply::detail(403, "You do not have permission to perform this action."));
        }
        if let Some(body_type) = operation.body.as_ref().filter(|body| !body.multipart).map(|body| &body.ty)
            && let Type::Object(schema) = body_type
        {
            let partial = operation.method == "PATCH";
            validate::object(self.model, store, schema, body, partial, &self.route.parameters)
                .map_err(Reply::invalid)?;
            // What is stored must fit what is answered, where a body has a schema of its own.
            let record = self.model.record_schema(self.resource()).unwrap_or_default();
            if record != schema {
                validate::limits_of(self.model, record, body).map_err(Reply::invalid)?;
            }
        }
        if let Some(reply) = self.without_approval(store, body)? {
            return Ok(reply);
        }
        match (operation.name(), &operation.response) {
            _ if operation.effect.action.is_some() => self.act(store, body),
            (_, Response::Page { .. } | Response::List { .. }) if operation.method == "GET" => self.list(store),
            ("create" | "upload", Response::Value { ty: Type::Object(_) }) => self.create(store, body),
            ("retrieve" | "replace" | "update" | "delete", _) if self.item().is_some() && self.has_records() => {
                self.on_item(store, body)
            }
            ("bulk_search", Response::List { .. } | Response::Value { ty: Type::Json }) => {
                self.bulk_search(store, body)
            }
            (_, Response::Bytes { media }) => Ok(Reply {
                status: operation.status,
                content_type: media.clone(),
                body: render::file(media),
                retry_after: None,
                clock: None,
            }),
            _ => self.act(store, body),
        }
    }

    /// What a key gets that may not act alone: a draft where the reference says so, else a refusal.
    fn without_approval(&self, store: &mut Store, body: &JsonObject) -> Result<Option<Reply>, Reply> {
        let operation = self.route.operation;
        if self.caller.role.may_act() || operation.safe || operation.approval == Approval::None {
            return Ok(None);
        }
        if operation.approval == Approval::Required {
            return Err(Reply::detail(403, "You do not have permission to perform this action."));
        }
        let draft = store.new_id();
        let mut fields = Fields::default();
        fields.set("operation", operation.id.as_str());
        fields.set("path", self.path);
        fields.set("body", Json::Object(body.clone()));
        let now = store.now();
        store.put(DRAFTS, draft, Record { fields, created: now, modified: now, ..Record::default() });
        let mut value = render::shaped(self.model, &operation.response);
        match &mut value {
            Json::Object(members) => {
                for (name, value) in members.iter_mut() {
                    if name.ends_with("draft_id") {
                        *value = Json::from(draft);
                    } else if let Some(drafted) = name.strip_prefix("drafted_") {
                        let asked = body.iter().find(|(name, _)| name.ends_with(drafted));
                        *value = asked.map_or(Json::Array(Vec::new()), |(_, ids)| ids.clone());
                    }
                }
            }
            other => *other = Json::Object(JsonObject::from([("draft_id".to_owned(), Json::from(draft))])),
        }
        Ok(Some(Reply::json(operation.status, &value)))
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

    fn view<'s>(&self, store: &'s Store) -> View<'s> {
        View::new(self.model, store, self.caller.style)
    }

    /// A record in the shape that this operation answers.
    fn shown(&self, store: &Store, resource: &str, id: i64, record: &Record) -> Shown {
        self.view(store).record(resource, self.answer_schema(resource), id, record)
    }

    fn answer_schema(&self, resource: &str) -> &str {
        match &self.route.operation.response {
            Response::Value { ty: Type::Object(name) }
            | Response::Page { ty: Type::Object(name) }
            | Response::List { ty: Type::Object(name) } => name,
            _ => self.model.record_schema(resource).unwrap_or_default(),
        }
    }

    fn reply_with(&self, store: &Store, resource: &str, id: i64) -> Result<Reply, Reply> {
        let record = store.get(resource, id).ok_or_else(not_found)?;
        Ok(Reply::json(self.route.operation.status, &self.shown(store, resource, id, record).into_json()))
    }

    fn list(&self, store: &Store) -> Result<Reply, Reply> {
        let operation = self.route.operation;
        let selection =
            Selection::new(self.view(store), operation, &self.route.parameters, &self.query).map_err(Reply::invalid)?;
        let write = |text: &mut Vec<u8>, rows: &[(i64, &Record)]| {
            text.push(b'[');
            for (index, (id, record)) in rows.iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                if record.deleted.is_some() {
                    let resource = selection.resource;
                    let row =
                        render::deleted_row(self.view(store), resource, self.answer_schema(resource), *id, record);
                    text.extend(row.to_string().into_bytes());
                } else {
                    self.shown(store, selection.resource, *id, record).write(text);
                }
            }
            text.push(b']');
        };
        let mut text = Vec::new();
        if let Response::List { .. } = operation.response {
            write(&mut text, &selection.all(operation, &self.query));
            return Ok(Reply::text(operation.status, text));
        }
        let address = format!("{}{}", self.caller.url, self.path);
        let page = list::page(&selection, operation, &self.query, self.caller.page_limit, &address)
            .map_err(|message| Reply::detail(400, &message))?;
        let link = |link: Option<String>| link.map_or(Json::Null, Json::String);
        let (count, next, previous) = (page.count, link(page.next), link(page.previous));
        text.extend(format!("{{\"count\":{count},\"next\":{next},\"previous\":{previous},\"results\":").into_bytes());
        write(&mut text, &page.rows);
        text.push(b'}');
        Ok(Reply::text(operation.status, text))
    }

    fn create(&self, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
        let resource = self.resource();
        let id = insert(self.model, store, resource, body, &self.route.parameters);
        let mut books = Books { model: self.model, store, style: self.caller.style };
        books.created(resource, id, body)?;
        books.totals_must_fit(resource, id)?;
        self.reply_with(store, resource, id)
    }

    /// The resource whose records this operation makes and shows.
    fn resource(&self) -> &str {
        let operation = self.route.operation;
        operation.effect.records.of.as_deref().unwrap_or(operation.resource())
    }

    fn on_item(&self, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
        let operation = self.route.operation;
        let (id, parents) = self.item().ok_or_else(not_found)?;
        let resource = self.resource();
        let record = store.get(resource, id).filter(|record| record.is_below(parents)).ok_or_else(not_found)?;
        match operation.name() {
            "delete" => {
                Books { model: self.model, store, style: self.caller.style }.may_change(resource, id)?;
                store.delete(resource, id);
                Books { model: self.model, store, style: self.caller.style }.deleted(resource, id)?;
                return Ok(Reply::nothing(operation.status));
            }
            "replace" | "update" => {
                let mut fields = record.fields.clone();
                Books { model: self.model, store, style: self.caller.style }.may_change(resource, id)?;
                let whole = operation.name() == "replace";
                let schema = self.model.record_schema(resource).unwrap_or_default();
                render::change(self.model, store, schema, body, &mut fields, whole);
                store.change(resource, id, |record| record.fields = fields);
                let mut books = Books { model: self.model, store, style: self.caller.style };
                books.changed(resource, id, body)?;
                books.totals_must_fit(resource, id)?;
            }
            _ => {}
        }
        self.reply_with(store, resource, id)
    }

    /// Exact matches for the items of the body's list, in their order; with `upsert`, what is missing is created.
    fn bulk_search(&self, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
        let resource = self.route.operation.resource();
        let upsert = body.get("upsert").and_then(Json::as_bool).unwrap_or(false);
        let wanted: Vec<JsonObject> =
            body.values().filter_map(Json::as_array).flatten().filter_map(|item| item.as_object().cloned()).collect();
        let mut found = Vec::new();
        for item in wanted {
            // The first given member that any record equals decides: ids of other systems come before names.
            let hit = item.iter().filter(|(_, value)| !value.is_null()).find_map(|(name, value)| {
                store.live(resource).find(|(_, record)| record.fields.get(name) == Some(value)).map(|(id, _)| id)
            });
            let id = match hit {
                Some(id) => Some(id),
                None if upsert => Some(insert(self.model, store, resource, &item, &[])),
                None => None,
            };
            if let Some((id, record)) = id.and_then(|id| Some((id, store.get(resource, id)?))) {
                found.push(self.shown(store, resource, id, record).into_json());
            }
        }
        Ok(Reply::json(self.route.operation.status, &Json::Array(found)))
    }

    /// Whatever else: what the effect says, answered in the documented shape.
    fn act(&self, store: &mut Store, body: &JsonObject) -> Result<Reply, Reply> {
        let operation = self.route.operation;
        let effect = &operation.effect;
        let resource = operation.resource();
        let subject = self.route.parameters.last().map(|(_, id)| *id);
        if effect.link
            && let Some(id) = subject
        {
            store.get(resource, id).ok_or_else(not_found)?;
            let url = format!("{}{}{resource}/{id}", self.caller.url, super::files::PREFIX);
            let link = JsonObject::from([("url".to_owned(), Json::from(url.as_str()))]);
            return Ok(Reply::json(operation.status, &Json::Object(link)));
        }
        let mut answered = None;
        if let Some(id) = subject.filter(|id| store.get(resource, *id).is_some()) {
            if effect.delete {
                store.erase(resource, id);
            }
            if effect.copy
                && let Some(record) = store.get(resource, id).cloned()
            {
                let copy = store.new_id();
                let now = store.now();
                store.put(resource, copy, Record { created: now, modified: now, ..record });
                answered = Some(copy);
            }
            if !effect.set.is_empty() {
                store.change(resource, id, |record| {
                    for (name, value) in &effect.set {
                        let value = match value.as_str().and_then(|text| text.strip_prefix('$')) {
                            Some(member) => body.get(member).cloned().unwrap_or(Json::Null),
                            None => Json::from(value.clone()),
                        };
                        record.fields.set(name.as_str(), value);
                    }
                });
            }
            answered = answered.or(Some(id));
        } else if subject.is_some() && self.is_item_action() && store.has_given(resource) {
            return Err(not_found());
        }
        if let Some(action) = effect.action {
            let request = accounting::Request { resource, path: &self.route.parameters, query: &self.query, body };
            match (Books { model: self.model, store, style: self.caller.style }).act(action, &request)? {
                Done::Record(resource, id) => return self.reply_with(store, resource, id),
                Done::Value(value) => return Ok(Reply::json(operation.status, &value)),
                Done::Records(resource, ids) => {
                    let rows = ids.into_iter().filter_map(|id| Some((id, store.get(resource, id)?)));
                    let rows = rows.map(|(id, record)| self.shown(store, resource, id, record).into_json()).collect();
                    return Ok(Reply::json(operation.status, &Json::Array(rows)));
                }
                Done::Nothing => {}
            }
        }
        let mut value = match &operation.response {
            Response::List { .. } => return Ok(Reply::json(operation.status, &Json::Array(Vec::new()))),
            Response::Value { .. } => render::shaped(self.model, &operation.response),
            _ => return Ok(Reply::nothing(operation.status)),
        };
        if let Some((id, record)) = answered.and_then(|id| Some((id, store.get(resource, id)?))) {
            let own = self.model.record_schema(resource).unwrap_or_default();
            match &operation.response {
                Response::Value { ty: Type::Object(schema) } if schema == own => {
                    value = self.shown(store, resource, id, record).into_json();
                }
                Response::Value { ty: Type::Object(schema) } => {
                    // Another shape: what it has in common with the record.
                    let shown = self.view(store).record(resource, own, id, record).into_json();
                    let kind = |schema: &str, name: &str| self.model.field(schema, name).map(|field| &field.ty);
                    if let (Json::Object(members), Json::Object(shown)) = (&mut value, shown) {
                        for (name, value) in shown {
                            if members.contains_key(&name) && kind(schema, &name) == kind(own, &name) {
                                members.insert(name, value);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(Reply::json(operation.status, &value))
    }

    /// Whether the last parameter of the path names a record of this resource (`/contracts/{id}/terminate`).
    fn is_item_action(&self) -> bool {
        let operation = self.route.operation;
        let retrieve = self
            .model
            .operations()
            .iter()
            .find(|other| other.resource() == operation.resource() && other.name() == "retrieve");
        retrieve.is_some_and(|retrieve| retrieve.path.matches('{').count() == operation.path.matches('{').count())
    }
}

fn not_found() -> Reply {
    Reply::detail(404, "Not found.")
}

/// Creates a record; gives its id.
pub(crate) fn insert(
    model: &'static Model,
    store: &mut Store,
    resource: &str,
    body: &JsonObject,
    path: &[(&'static str, i64)],
) -> i64 {
    let schema = model.record_schema(resource).unwrap_or_default();
    let mut fields = render::new_record(model, store, schema, body);
    let mut parents = Vec::new();
    for (name, parent) in path {
        parents.push((Cow::Borrowed(*name), *parent));
        // The link to the parent, where the record has one.
        let link = name.strip_suffix("_id").unwrap_or(name);
        if model.field(schema, link).is_some() {
            fields.set(link, *parent);
        }
    }
    let id = store.new_id();
    let now = store.now();
    store.put(resource, id, Record { fields, parents, created: now, modified: now, ..Record::default() });
    id
}
