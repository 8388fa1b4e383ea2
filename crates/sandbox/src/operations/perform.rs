//! Performing operations.

use std::sync::{Mutex, PoisonError};

use campfire_sandbox_model::Response;
use campfire_values::{Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::due;
use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::operations::call::Call;
pub(crate) use crate::operations::call::Caller;
use crate::operations::route::{self, Route};
use crate::operations::work::Work;
use crate::operations::{approval, body, effect, item, list, search};
use crate::records::placeholder;
use crate::role::Role;
use crate::state::store::Store;
use crate::webhooks::event;

/// Performs the operation of a request. A refused call changes nothing.
pub(crate) fn perform(caller: &Caller<'_>, store: &Mutex<Store>, route: &Route, request: &Request<'_>) -> Reply {
    let fields = match body::read(caller.api, route.operation, request) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
    due::catch_up(&mut Books { api: caller.api, store: &mut store, style: caller.style });
    let ids = route::ids(caller.api, &store, route);
    let call = Call { caller, route, ids, query: Query::parse(request.query), path: request.path };
    store.all_or_nothing(|store| run(&call, store, &fields)).unwrap_or_else(|refusal| {
        if refusal.is_unmodelled() && caller.allow_unmodelled { canned(&call) } else { refusal }
    })
}

fn run(call: &Call<'_>, store: &mut Store, fields: &JsonObject) -> Result<Reply, Reply> {
    let operation = call.operation();
    if call.caller.role == Role::ViewOnly && operation.method != "GET" {
        return Err(Reply::forbidden());
    }
    body::check(call, store, fields)?;
    if let Some(draft) = approval::draft(call, store, fields)? {
        return Ok(draft);
    }
    let reply = match Work::of(call.api(), operation) {
        Work::List => list::list(call, store),
        Work::Create => item::create(call, store, fields),
        Work::Retrieve => item::retrieve(call, store),
        Work::Change => item::change(call, store, fields),
        Work::Delete => item::delete(call, store),
        Work::Search => search::bulk_search(call, store, fields),
        Work::Effect => effect::apply(call, store, fields),
        Work::Refusal => Err(refusal(call, store)),
        Work::Unmodelled => Err(Reply::unmodelled(&format!("`{}`", operation.id), operation.unmodelled.as_deref())),
    }?;
    call.books(store).check_ranges()?;
    announce(call, store, &reply);
    Ok(reply)
}

/// Returns the refusal of an operation that needs what the company of the sandbox lacks.
fn refusal(call: &Call<'_>, store: &Store) -> Reply {
    match &call.operation().refusal {
        Some(refusal) if route::all_exist(call.api(), store, call.route, &call.ids) => {
            Reply::detail(refusal.status, &refusal.detail)
        }
        _ => Reply::not_found(),
    }
}

/// Logs an event for the webhooks that want to know of the call. Webhooks themselves are no news.
fn announce(call: &Call<'_>, store: &mut Store, reply: &Reply) {
    let operation = call.operation();
    if operation.safe || operation.resource() == event::WEBHOOKS || store.len(event::WEBHOOKS) == 0 {
        return;
    }
    let id = || Json::Object(call.subject().map(|id| ("id".to_owned(), Json::from(id))).into_iter().collect());
    let object = Json::from_slice(&reply.body).unwrap_or_else(|_| id());
    event::record(store, &operation.id, &object);
}

/// A page without records.
const EMPTY_PAGE: &str = r#"{"count":0,"next":null,"previous":null,"results":[]}"#;

/// The response to a call that the sandbox does not model, for callers that want one: it has the documented shape and nothing
/// behind it.
fn canned(call: &Call<'_>) -> Reply {
    let operation = call.operation();
    let reply = match &operation.response {
        Response::Bytes { media } => Reply::new(operation.status, media, placeholder::file(media)),
        Response::Value { .. } | Response::List { .. } => {
            call.reply(&placeholder::body(call.api(), &operation.response))
        }
        Response::Page { .. } => Reply::json_text(operation.status, EMPTY_PAGE.into()),
        Response::Nothing => Reply::empty(operation.status),
    };
    Reply { canned: true, ..reply }
}
