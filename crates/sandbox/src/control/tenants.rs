//! Tenants over HTTP: their keys, records, clock, books, and snapshots.

use std::sync::Arc;
use std::time::Duration;

use campfire_values::{Json, JsonObject};

use crate::control::body::{self, Body, done, object, refusal};
use crate::demo::options::Demo;
use crate::error::Error;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::role::Role;
use crate::server::shared::Shared;
use crate::tenant::Tenant;

fn refused(error: Error) -> Reply {
    refusal(&error.to_string())
}

/// Returns the API keys of a tenant.
pub(super) fn keys(tenant: &Tenant) -> Reply {
    let keys = Role::ALL.map(|role| (role.name().to_owned(), Json::String(tenant.key_for(role))));
    let json = object([
        ("tenant", Json::from(tenant.name())),
        ("url", Json::from(tenant.url())),
        ("keys", Json::Object(JsonObject::from(keys))),
    ]);
    Reply::json(200, &json)
}

/// Creates a tenant, and returns its API keys.
pub(super) fn add(shared: &Arc<Shared>, request: &Request<'_>) -> Result<Reply, Reply> {
    let body = Body::of(request, &["name"])?;
    let name = body.text("name")?.ok_or_else(|| refusal("Give the tenant a `name`."))?;
    Ok(keys(&Tenant::new(shared.clone(), shared.tenant_or_new(name))))
}

/// Moves the clock of a tenant.
pub(super) fn move_clock(tenant: &Tenant, request: &Request<'_>) -> Result<Reply, Reply> {
    let body = Body::of(request, &["advance_seconds"])?;
    let seconds = body.count("advance_seconds")?.ok_or_else(|| refusal("Give `advance_seconds`."))?;
    let time = Duration::from_secs(seconds);
    if !tenant.can_advance(time) {
        return Err(refusal("The clock cannot pass the year 9999."));
    }
    tenant.advance(time);
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
