//! The control interface: `/__sandbox/…` over HTTP, for clients in any language. Off unless it is turned on.

use std::sync::Arc;
use std::time::Duration;

use campfire_values::{Json, JsonObject};

use crate::demo::options::Demo;
use crate::error::Error;
use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::role::Role;
use crate::server::fault::FaultRule;
use crate::server::log::LoggedRequest;
use crate::server::shared::{FIRST_TENANT, Shared};
use crate::tenant::Tenant;

/// The path of the control interface.
pub(crate) const PREFIX: &str = "/__sandbox/";

/// Replies to a request to the control interface.
pub(crate) fn reply(shared: &Arc<Shared>, request: &Request<'_>) -> Reply {
    run(shared, request).unwrap_or_else(|refusal| refusal)
}

fn run(shared: &Arc<Shared>, request: &Request<'_>) -> Result<Reply, Reply> {
    if request.origin.is_cross_site {
        return Err(Reply::detail(403, "Pages of other sites cannot control the sandbox."));
    }
    let body = body(request)?;
    let tenant = &tenant(shared, request)?;
    match (request.method, request.path.strip_prefix(PREFIX).unwrap_or_default()) {
        ("GET", "") => Ok(keys(tenant)),
        ("POST", "tenants") => add_tenant(shared, &body),
        ("GET", "requests") => Ok(requests(shared)),
        ("DELETE", "requests") => {
            shared.log.clear();
            Ok(done())
        }
        ("POST", "faults") => add_fault(shared, &body),
        ("DELETE", "faults") => {
            shared.faults.clear();
            Ok(done())
        }
        ("POST", "clock") => move_clock(tenant, &body),
        ("POST", "books") => close_books(tenant, &body),
        ("POST", "demo") => add_demo(tenant, &body),
        ("POST", "records") => seed(tenant, &body),
        ("GET", "snapshot") => Ok(Reply::json(200, &tenant.snapshot())),
        ("PUT", "snapshot") => tenant.restore(&body).map(|()| done()).map_err(refused),
        _ => Err(Reply::detail(404, "The control interface has no such path: see docs/sandbox.md.")),
    }
}

fn body(request: &Request<'_>) -> Result<Json, Reply> {
    if request.body.is_empty() {
        return Ok(Json::Null);
    }
    Json::from_slice(request.body).map_err(|error| Reply::detail(400, &format!("JSON parse error - {error}")))
}

/// Returns the tenant that the parameter `tenant` names, or the first one.
fn tenant(shared: &Arc<Shared>, request: &Request<'_>) -> Result<Tenant, Reply> {
    let query = Query::parse(request.query);
    let state = shared.tenants().get(query.first("tenant").unwrap_or(FIRST_TENANT)).cloned();
    let missing = || Reply::detail(404, "There is no such tenant: create it with POST /__sandbox/tenants.");
    Ok(Tenant::new(shared.clone(), state.ok_or_else(missing)?))
}

fn done() -> Reply {
    Reply::empty(204)
}

fn refused(error: Error) -> Reply {
    Reply::detail(400, &error.to_string())
}

fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn keys(tenant: &Tenant) -> Reply {
    let keys = Role::ALL.map(|role| (role.name().to_owned(), Json::String(tenant.key_for(role))));
    let json = object([
        ("tenant", Json::from(tenant.name())),
        ("url", Json::from(tenant.url())),
        ("keys", Json::Object(JsonObject::from(keys))),
    ]);
    Reply::json(200, &json)
}

fn add_tenant(shared: &Arc<Shared>, body: &Json) -> Result<Reply, Reply> {
    let name = body.get("name").and_then(Json::as_str);
    let name = name.ok_or_else(|| Reply::detail(400, "Give the tenant a `name`."))?;
    Ok(keys(&Tenant::new(shared.clone(), shared.tenant_or_new(name))))
}

fn requests(shared: &Shared) -> Reply {
    let json = |request: LoggedRequest| {
        object([
            ("method", Json::from(request.method)),
            ("path", Json::from(request.path)),
            ("query", Json::from(request.query)),
            ("operation", request.operation.map_or(Json::Null, Json::String)),
            ("status", Json::from(i64::from(request.status))),
            ("body", Json::from(request.body)),
        ])
    };
    Reply::json(200, &Json::Array(shared.log.requests().into_iter().map(json).collect()))
}

fn add_fault(shared: &Shared, body: &Json) -> Result<Reply, Reply> {
    let rule = FaultRule::from_json(body).map_err(|message| Reply::detail(400, &message))?;
    shared.faults.add(rule);
    Ok(done())
}

fn move_clock(tenant: &Tenant, body: &Json) -> Result<Reply, Reply> {
    let seconds = number(body, "advance_seconds").ok_or_else(|| Reply::detail(400, "Give `advance_seconds`."))?;
    let time = Duration::from_secs(seconds);
    if !tenant.can_advance(time) {
        return Err(Reply::detail(400, "The clock cannot pass the year 9999."));
    }
    tenant.advance(time);
    Ok(done())
}

fn close_books(tenant: &Tenant, body: &Json) -> Result<Reply, Reply> {
    let invalid = || Reply::detail(400, "`closed_through` must be a date, such as 2026-03-31, or null.");
    let through = match body.get("closed_through") {
        Some(Json::Null) => None,
        Some(Json::String(day)) => Some(day.parse().map_err(|_| invalid())?),
        _ => return Err(invalid()),
    };
    tenant.close_books(through);
    Ok(done())
}

fn add_demo(tenant: &Tenant, body: &Json) -> Result<Reply, Reply> {
    let mut demo = Demo::default();
    if let Some(rows) = number(body, "rows") {
        demo = demo.rows(usize::try_from(rows).unwrap_or(usize::MAX));
    }
    if let Some(seed) = number(body, "seed") {
        demo = demo.seed(seed);
    }
    tenant.demo(&demo).map(|()| done()).map_err(refused)
}

fn seed(tenant: &Tenant, body: &Json) -> Result<Reply, Reply> {
    let resource = body.get("resource").and_then(Json::as_str).unwrap_or_default();
    let id = tenant.seed(resource, body.get("record").cloned().unwrap_or_default()).map_err(refused)?;
    Ok(Reply::json(200, &object([("id", Json::from(id))])))
}

fn number(body: &Json, name: &str) -> Option<u64> {
    body.get(name).and_then(Json::as_i64).and_then(|number| u64::try_from(number).ok())
}
