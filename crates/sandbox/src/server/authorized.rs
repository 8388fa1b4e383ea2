//! From a request to the operation of a tenant: authentication, limits, and routing.

use std::sync::Arc;

use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::operations::files;
use crate::operations::perform::{Caller, perform};
use crate::operations::route::{NoRoute, Route};
use crate::role::Role;
use crate::server::shared::{Shared, TenantState};
use crate::webhooks::event;

/// The prefix that gateways require, accepted beside the one of the description.
const BEARER: &str = "Bearer ";

/// Replies to a request to the API.
pub(crate) fn reply(shared: &Shared, route: Result<Route, NoRoute>, request: &Request<'_>) -> Reply {
    if request.path.starts_with(files::PREFIX) {
        return file(shared, request.path);
    }
    match authorize(shared, request).and_then(|user| Ok((user, found(route, request)?))) {
        Ok(((tenant, role), route)) => run(shared, &tenant, role, &route, request),
        Err(refusal) => refusal,
    }
}

/// Serves an uploaded file of any tenant. The link is enough to read it.
fn file(shared: &Shared, path: &str) -> Reply {
    let tenants: Vec<Arc<TenantState>> = shared.tenants().values().cloned().collect();
    tenants.iter().find_map(|tenant| files::serve(&tenant.store(), path)).unwrap_or_else(Reply::not_found)
}

/// Returns the user that the API key belongs to, within the limit on requests per second.
fn authorize(shared: &Shared, request: &Request<'_>) -> Result<(Arc<TenantState>, Role), Reply> {
    let Some(authorization) = request.authorization else {
        return Err(Reply::detail(401, "Authentication credentials were not provided."));
    };
    let (tenant, role) = user(shared, authorization).ok_or_else(|| Reply::detail(401, "Invalid token."))?;
    if let Some(throttle) = &shared.throttle {
        let advanced = tenant.store().clock.advanced();
        throttle.admit(advanced).map_err(Reply::throttled)?;
    }
    Ok((tenant, role))
}

/// Returns the API key in the value of its header. The case of the prefix does not matter.
fn key<'a>(prefix: &str, value: &'a str) -> Option<&'a str> {
    let after = |prefix: &str| {
        let (start, key) = value.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(key)
    };
    after(BEARER).or_else(|| after(prefix))
}

/// Returns the tenant that the API key of a request belongs to.
pub(crate) fn tenant(shared: &Shared, authorization: Option<&str>) -> Option<Arc<TenantState>> {
    Some(user(shared, authorization?)?.0)
}

/// Returns the user that the API key in a header belongs to.
fn user(shared: &Shared, authorization: &str) -> Option<(Arc<TenantState>, Role)> {
    let key = key(&shared.api.key().prefix, authorization)?;
    shared.tenants().iter().find_map(|(name, tenant)| {
        let mut roles = Role::ALL.into_iter();
        roles.find(|role| shared.key(name, *role) == key).map(|role| (tenant.clone(), role))
    })
}

fn found(route: Result<Route, NoRoute>, request: &Request<'_>) -> Result<Route, Reply> {
    route.map_err(|reason| match reason {
        NoRoute::Path => Reply::not_found(),
        NoRoute::Slash(path) => Reply::detail(404, &format!("Not found. The path is {path}.")),
        NoRoute::Method(allowed) => Reply {
            allow: Some(allowed.into_iter().collect::<Vec<_>>().join(", ")),
            ..Reply::detail(405, &format!("Method \"{}\" not allowed.", request.method))
        },
    })
}

fn run(shared: &Shared, tenant: &TenantState, role: Role, route: &Route, request: &Request<'_>) -> Reply {
    let settings = &shared.settings;
    let server = request.origin.host.map_or_else(|| settings.url.clone(), |host| format!("http://{host}"));
    let caller = Caller {
        api: shared.api,
        server: &server,
        style: settings.style,
        page_limit: settings.page_limit,
        allow_unmodelled: settings.allow_unmodelled,
        role,
    };
    let reply = tenant.replies.once(request, || perform(&caller, &tenant.store, route, request));
    if tenant.store().len(event::EVENTS) > 0 {
        shared.events.notify_one();
    }
    Reply { date: Some(tenant.store().clock.now().into()), ..reply }
}
