//! The control interface over HTTP, for clients in other languages: `/__sandbox/…`, off unless asked for.

use std::sync::Arc;
use std::time::Duration;

use super::api::{Reply, Request};
use super::demo::Demo;
use super::fault::FaultRule;
use super::{Role, Shared, Tenant};
use campfire_values::{Json, JsonObject};

pub(crate) const PREFIX: &str = "/__sandbox/";

/// Answers a request to the control interface.
pub(crate) fn answer(shared: &Arc<Shared>, request: &Request<'_>) -> Reply {
    let body = if request.body.is_empty() { Ok(Json::Null) } else { Json::from_slice(request.body) };
    let body = match body {
        Ok(body) => body,
        Err(error) => return Reply::detail(400, &format!("JSON parse error - {error}")),
    };
    let path = request.path.strip_prefix(PREFIX).unwrap_or_default();
    let name = super::list::first(&super::route::query(request.query), "tenant").map(str::to_owned);
    let Some(tenant) = shared.tenant(name.as_deref()) else {
        return Reply::detail(404, "There is no such tenant: create it with POST /__sandbox/tenants.");
    };
    let refused = |error: super::Error| Reply::detail(400, &error.to_string());
    let done = || Reply::nothing(204);
    match (request.method, path) {
        ("GET", "") => ok(&keys(&tenant)),
        ("POST", "tenants") => match body.get("name").and_then(Json::as_str) {
            Some(name) => ok(&keys(&shared.add_tenant(name))),
            None => Reply::detail(400, "Give the tenant a `name`."),
        },
        ("GET", "requests") => {
            let shown = shared.requests().into_iter().map(|request| {
                let text = |text: String| Json::String(text);
                Json::Object(JsonObject::from([
                    ("method".to_owned(), text(request.method)),
                    ("path".to_owned(), text(request.path)),
                    ("query".to_owned(), text(request.query)),
                    ("operation".to_owned(), request.operation.map_or(Json::Null, Json::String)),
                    ("status".to_owned(), Json::from(i64::from(request.status))),
                    ("body".to_owned(), text(request.body)),
                ]))
            });
            ok(&Json::Array(shown.collect()))
        }
        ("DELETE", "requests") => {
            shared.forget_requests();
            done()
        }
        ("POST", "faults") => match FaultRule::from_json(&body) {
            Ok(rule) => {
                shared.faults.add(rule);
                done()
            }
            Err(message) => Reply::detail(400, &message),
        },
        ("DELETE", "faults") => {
            shared.faults.clear();
            done()
        }
        ("POST", "clock") => {
            match body.get("advance_seconds").and_then(Json::as_i64).and_then(|s| u64::try_from(s).ok()) {
                Some(seconds) => {
                    tenant.advance(Duration::from_secs(seconds));
                    done()
                }
                None => Reply::detail(400, "Give `advance_seconds`."),
            }
        }
        ("POST", "books") => match body.get("closed_through") {
            Some(Json::Null) => {
                tenant.close_books(None);
                done()
            }
            Some(Json::String(day)) => match day.parse() {
                Ok(day) => {
                    tenant.close_books(Some(day));
                    done()
                }
                Err(_) => Reply::detail(400, "`closed_through` is a day, as 2026-03-31, or null."),
            },
            _ => Reply::detail(400, "`closed_through` is a day, as 2026-03-31, or null."),
        },
        ("POST", "demo") => {
            let number =
                |name: &str| body.get(name).and_then(Json::as_i64).and_then(|number| u64::try_from(number).ok());
            let mut demo = Demo::default();
            if let Some(rows) = number("rows") {
                demo = demo.rows(usize::try_from(rows).unwrap_or(usize::MAX));
            }
            if let Some(seed) = number("seed") {
                demo = demo.seed(seed);
            }
            tenant.demo(&demo).map_or_else(refused, |()| done())
        }
        ("POST", "records") => {
            let resource = body.get("resource").and_then(Json::as_str).unwrap_or_default();
            match tenant.seed(resource, body.get("record").cloned().unwrap_or_default()) {
                Ok(id) => ok(&Json::Object(JsonObject::from([("id".to_owned(), Json::from(id))]))),
                Err(error) => refused(error),
            }
        }
        ("GET", "snapshot") => ok(&tenant.snapshot()),
        ("PUT", "snapshot") => tenant.restore(&body).map_or_else(refused, |()| done()),
        _ => Reply::detail(404, "The control interface has no such path: see docs/sandbox.md."),
    }
}

fn ok(value: &Json) -> Reply {
    Reply::json(200, value)
}

fn keys(tenant: &Tenant) -> Json {
    let keys = Role::ALL.map(|role| (role.name().to_owned(), Json::String(tenant.key_for(role))));
    Json::Object(JsonObject::from([
        ("tenant".to_owned(), Json::from(tenant.name())),
        ("url".to_owned(), Json::from(tenant.url())),
        ("keys".to_owned(), Json::Object(JsonObject::from(keys))),
    ]))
}
