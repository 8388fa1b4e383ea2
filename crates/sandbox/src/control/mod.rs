//! The control interface: `/__sandbox/…` over HTTP, for clients in any language. Off unless it is turned on.

mod body;
mod faults;
mod operations;
mod requests;
mod tenants;

use std::sync::Arc;

use campfire_values::Json;

use crate::beginning;
use crate::control::body::{done, object, refusal};
use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::server::shared::{FIRST_TENANT, Shared};
use crate::tenant::Tenant;

/// The path of the control interface.
const PREFIX: &str = "/__sandbox/";

/// The parameters of the control interface.
const PARAMETERS: [&str; 2] = ["tenant", "limit"];

/// A page that shows the state of the sandbox, by means of the control interface.
const PAGE: &str = include_str!("page.html");

/// Replies to a request to the control interface, or returns `None` for all other requests. The log keeps only those.
pub(crate) fn reply(shared: &Arc<Shared>, request: &Request<'_>) -> Option<Reply> {
    request.origin.host?;
    match (request.method, request.path) {
        ("GET", "/__sandbox/health") => Some(Reply::json(200, &object([("status", Json::from("ok"))]))),
        _ if !shared.settings.control => None,
        ("GET", "/") => Some(Reply::new(200, "text/html; charset=utf-8", PAGE.into())),
        (_, path) => path.starts_with(PREFIX).then(|| run(shared, request).unwrap_or_else(|refusal| refusal)),
    }
}

fn run(shared: &Arc<Shared>, request: &Request<'_>) -> Result<Reply, Reply> {
    if request.origin.is_cross_site {
        return Err(Reply::detail(403, "Pages of other sites cannot control the sandbox."));
    }
    let query = Query::parse(request.query);
    if let Some((name, _)) = query.iter().find(|(name, _)| !PARAMETERS.contains(name)) {
        return Err(refusal(&format!("There is no parameter `{name:.40}`: use {}.", PARAMETERS.join(", "))));
    }
    // What belongs to all tenants is narrowed down only if a tenant is named.
    let named = query.first("tenant");
    let tenant = &tenant(shared, named.unwrap_or(FIRST_TENANT))?;
    let path = request.path.strip_prefix(PREFIX).unwrap_or_default();
    let (path, item) = path.split_once('/').map_or((path, None), |(path, item)| (path, Some(item)));
    match (request.method, path, item) {
        ("GET", "", None) => Ok(tenants::keys(tenant)),
        ("POST", "reset", None) => {
            let outcome = if named.is_some() { tenant.reset() } else { beginning::all(shared) };
            outcome.map(|()| done()).map_err(tenants::refused)
        }
        ("GET", "operations", None) => Ok(operations::list(shared)),
        ("GET", "openapi.json", None) => operations::description(shared),
        ("GET", "tenants", None) => Ok(tenants::list(shared)),
        ("DELETE", "tenants", Some(name)) => tenants::remove(shared, name),
        ("POST", "tenants", None) => tenants::add(shared, request),
        ("GET", "requests", None) => requests::list(shared, named, query.first("limit")),
        ("DELETE", "requests", None) => {
            shared.log.clear();
            Ok(done())
        }
        ("POST", "expect", None) => requests::expect(shared, request, named),
        ("GET", "faults", None) => Ok(faults::list(shared, named)),
        ("POST", "faults", None) => faults::add(shared, request, named),
        ("DELETE", "faults", None) => Ok(faults::clear(shared, named)),
        ("DELETE", "faults", Some(number)) => faults::remove(shared, number),
        ("POST", "stubs", None) => faults::stub(shared, request, named),
        ("GET", "clock", None) => Ok(tenants::clock(tenant)),
        ("POST", "clock", None) => tenants::set_clock(tenant, request),
        ("POST", "books", None) => tenants::close_books(tenant, request),
        ("POST", "demo", None) => tenants::add_demo(tenant, request),
        ("GET", "records", None) => Ok(tenants::counts(shared, tenant)),
        ("GET", "records", Some(resource)) => tenants::records(shared, tenant, resource),
        ("POST", "records", None) => tenants::seed(tenant, request),
        ("GET", "snapshot", None) => Ok(Reply::json(200, &tenant.snapshot())),
        ("PUT", "snapshot", None) => tenants::restore(tenant, request),
        _ => Err(Reply::detail(404, "The control interface has no such path: see docs/sandbox.md.")),
    }
}

fn tenant(shared: &Arc<Shared>, name: &str) -> Result<Tenant, Reply> {
    let state = shared.tenants().get(name).cloned();
    let missing = || Reply::detail(404, "There is no such tenant: create it with POST /__sandbox/tenants.");
    Ok(Tenant::new(shared.clone(), state.ok_or_else(missing)?))
}
