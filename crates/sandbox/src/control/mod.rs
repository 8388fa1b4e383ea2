//! The control interface: `/__sandbox/…` over HTTP, for clients in any language. Off unless it is turned on.

mod body;
mod faults;
mod requests;
mod tenants;

use std::sync::Arc;

use crate::control::body::{done, refusal};
use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
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
    let query = Query::parse(request.query);
    if let Some((name, _)) = query.iter().find(|(name, _)| *name != "tenant") {
        return Err(refusal(&format!("There is no parameter `{name:.40}`: use tenant.")));
    }
    // What belongs to all tenants is narrowed down only if a tenant is named.
    let named = query.first("tenant");
    let tenant = &tenant(shared, named.unwrap_or(FIRST_TENANT))?;
    let path = request.path.strip_prefix(PREFIX).unwrap_or_default();
    let (path, item) = path.split_once('/').map_or((path, None), |(path, item)| (path, Some(item)));
    match (request.method, path, item) {
        ("GET", "", None) => Ok(tenants::keys(tenant)),
        ("POST", "reset", None) => {
            named.map_or_else(|| shared.reset(), |_| tenant.reset());
            Ok(done())
        }
        ("GET", "tenants", None) => Ok(tenants::list(shared)),
        ("DELETE", "tenants", Some(name)) => tenants::remove(shared, name),
        ("POST", "tenants", None) => tenants::add(shared, request),
        ("GET", "requests", None) => Ok(requests::list(shared, named)),
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
