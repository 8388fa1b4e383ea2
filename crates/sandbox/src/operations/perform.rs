//! Performing operations.

use std::sync::{Mutex, PoisonError};

use campfire_sandbox_model::{Response, Type};
use campfire_values::JsonObject;

use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::operations::call::Call;
pub(crate) use crate::operations::call::Caller;
use crate::operations::route::Route;
use crate::operations::{approval, body, effect, item, list, search};
use crate::records::placeholder;
use crate::role::Role;
use crate::state::store::Store;

/// Performs the operation of a request. A refused call changes nothing.
pub(crate) fn perform(caller: &Caller<'_>, store: &Mutex<Store>, route: &Route, request: &Request<'_>) -> Reply {
    let fields = match body::read(route.operation, request) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let call = Call { caller, route, query: Query::parse(request.query), path: request.path };
    let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
    store.all_or_nothing(|store| run(&call, store, &fields)).unwrap_or_else(|refusal| refusal)
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
    // Some records are only ever deleted through their owner, and have no schema.
    let is_item = call.subject().is_some() && call.api().record_schema(operation.resource()).is_some();
    match (operation.name(), &operation.response) {
        _ if operation.effect.action.is_some() => effect::apply(call, store, fields),
        (_, Response::Page { .. } | Response::List { .. }) if operation.method == "GET" => list::list(call, store),
        ("create" | "upload", Response::Value { ty: Type::Object(_) }) => item::create(call, store, fields),
        ("retrieve", _) if is_item => item::retrieve(call, store),
        ("replace" | "update", _) if is_item => item::change(call, store, fields),
        ("delete", _) if is_item => item::delete(call, store),
        ("bulk_search", Response::List { .. } | Response::Value { ty: Type::Json }) => {
            search::bulk_search(call, store, fields)
        }
        (_, Response::Bytes { media }) => Ok(Reply::new(operation.status, media, placeholder::file(media))),
        _ => effect::apply(call, store, fields),
    }
}
