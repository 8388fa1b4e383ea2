//! Tenants over HTTP: their keys, records, clock, books, and snapshots.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use campfire_sandbox_model::Operation;
use campfire_values::{Json, JsonObject, Timestamp};

use crate::control::body::{self, Body, done, object, refusal};
use crate::demo::options::Demo;
use crate::error::Error;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::role::Role;
use crate::server::shared::{FIRST_TENANT, Shared};
use crate::tenant::Tenant;

pub(super) fn refused(error: Error) -> Reply {
    refusal(&error.to_string())
}

/// Returns the API keys of a tenant.
pub(super) fn keys(tenant: &Tenant) -> Reply {
    Reply::json(200, &described(tenant))
}

fn described(tenant: &Tenant) -> Json {
    let keys = Role::ALL.map(|role| (role.name().to_owned(), Json::String(tenant.key_for(role))));
    object([
        ("tenant", Json::from(tenant.name())),
        ("url", Json::from(tenant.url())),
        ("keys", Json::Object(JsonObject::from(keys))),
    ])
}

/// Creates a tenant, and returns its API keys.
pub(super) fn add(shared: &Arc<Shared>, request: &Request<'_>) -> Result<Reply, Reply> {
    let body = Body::of(request, &["name"])?;
    let name = body.text("name")?.ok_or_else(|| refusal("Give the tenant a `name`."))?;
    Ok(keys(&Tenant::new(shared.clone(), shared.tenant_or_new(name))))
}

/// Returns all tenants with their API keys.
pub(super) fn list(shared: &Arc<Shared>) -> Reply {
    let states: Vec<_> = shared.tenants().values().cloned().collect();
    let tenants = states.into_iter().map(|state| described(&Tenant::new(shared.clone(), state)));
    Reply::json(200, &Json::Array(tenants.collect()))
}

/// Removes a tenant.
pub(super) fn remove(shared: &Shared, name: &str) -> Result<Reply, Reply> {
    if name == FIRST_TENANT {
        return Err(refusal("The sandbox starts with this tenant: reset it instead."));
    }
    if shared.remove_tenant(name) { Ok(done()) } else { Err(Reply::detail(404, "There is no such tenant.")) }
}

/// Returns the time of a tenant.
pub(super) fn clock(tenant: &Tenant) -> Reply {
    let now = Json::String(tenant.time().to_string());
    Reply::json(200, &object([("now", now), ("frozen", Json::from(tenant.is_frozen()))]))
}

/// Freezes, sets, and moves the clock of a tenant, in this order.
pub(super) fn set_clock(tenant: &Tenant, request: &Request<'_>) -> Result<Reply, Reply> {
    let body = Body::of(request, &["set", "frozen", "advance_seconds"])?;
    let invalid = |_| refusal("`set` must be a time, such as 2026-03-31T12:00:00Z.");
    let set: Option<Timestamp> = body.text("set")?.map(str::parse).transpose().map_err(invalid)?;
    let frozen = body.flag("frozen")?;
    let advance = body.count("advance_seconds")?.map(Duration::from_secs);
    if set.is_none() && frozen.is_none() && advance.is_none() {
        return Err(refusal("Give `set`, `frozen`, or `advance_seconds`."));
    }
    if advance.is_some_and(|time| !tenant.can_advance(time)) {
        return Err(refusal("The clock cannot pass the year 9999."));
    }
    if let Some(frozen) = frozen {
        tenant.freeze(frozen);
    }
    if let Some(time) = set {
        tenant.set_time(time);
    }
    tenant.advance(advance.unwrap_or_default());
    Ok(done())
}

/// Closes or opens the books of a tenant.
pub(super) fn close_books(tenant: &Tenant, request: &Request<'_>) -> Result<Reply, Reply> {
    let invalid = || refusal("`closed_through` must be a date, such as 2026-03-31, or null.");
    let body = Body::of(request, &["closed_through"])?;
    let through = match body.get("closed_through") {
        Some(Json::Null) => None,
        Some(Json::String(day)) => Some(day.parse().map_err(|_| invalid())?),
        _ => return Err(invalid()),
    };
    tenant.close_books(through);
    Ok(done())
}

/// Adds a demo company to a tenant.
pub(super) fn add_demo(tenant: &Tenant, request: &Request<'_>) -> Result<Reply, Reply> {
    let body = Body::of(request, &["rows", "seed"])?;
    let mut demo = Demo::default();
    if let Some(rows) = body.count("rows")? {
        demo = demo.rows(rows);
    }
    if let Some(seed) = body.count("seed")? {
        demo = demo.seed(seed);
    }
    tenant.demo(&demo).map(|()| done()).map_err(refused)
}

/// Returns the number of live records of each resource that has any.
pub(super) fn counts(shared: &Shared, tenant: &Tenant) -> Reply {
    let resources: BTreeSet<&str> = shared.api.operations().iter().map(Operation::resource).collect();
    let counts = resources.into_iter().map(|resource| (resource.to_owned(), tenant.count(resource)));
    let counts = counts.filter(|(_, count)| *count > 0);
    let counts = counts.map(|(resource, count)| (resource, Json::from(i64::try_from(count).unwrap_or(i64::MAX))));
    Reply::json(200, &Json::Object(counts.collect()))
}

/// Returns the live records of a resource as responses show them.
pub(super) fn records(shared: &Shared, tenant: &Tenant, resource: &str) -> Result<Reply, Reply> {
    if shared.api.record_schema(resource).is_none() {
        return Err(refused(Error::Resource(resource.to_owned())));
    }
    Ok(Reply::json(200, &Json::Array(tenant.records(resource).into_iter().map(Json::Object).collect())))
}

/// Adds a record to a tenant, and returns its id.
pub(super) fn seed(tenant: &Tenant, request: &Request<'_>) -> Result<Reply, Reply> {
    let body = Body::of(request, &["resource", "record"])?;
    let resource = body.text("resource")?.unwrap_or_default();
    let id = tenant.seed(resource, body.get("record").cloned().unwrap_or_default()).map_err(refused)?;
    Ok(Reply::json(200, &object([("id", Json::from(id))])))
}

/// Replaces the state of a tenant by a snapshot.
pub(super) fn restore(tenant: &Tenant, request: &Request<'_>) -> Result<Reply, Reply> {
    tenant.restore(&body::json(request)?).map(|()| done()).map_err(refused)
}
