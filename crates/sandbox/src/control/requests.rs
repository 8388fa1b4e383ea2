//! The log over HTTP, and expectations about it.

use campfire_values::Json;

use crate::control::body::{Body, done, object, refusal};
use crate::expectation;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::server::log::LoggedRequest;
use crate::server::pattern::Pattern;
use crate::server::shared::Shared;

/// Returns the requests so far: all of them, or those of a tenant; at most the last ones, if there is a limit.
pub(super) fn list(shared: &Shared, tenant: Option<&str>, limit: Option<&str>) -> Result<Reply, Reply> {
    let invalid = |_| refusal("`limit` must be a number.");
    let limit = limit.map(str::parse).transpose().map_err(invalid)?.unwrap_or(usize::MAX);
    let requests = of(shared, tenant);
    let skipped = requests.len().saturating_sub(limit);
    Ok(Reply::json(200, &Json::Array(requests.into_iter().skip(skipped).map(write).collect())))
}

/// Responds with 204 if the requests so far are as expected, and otherwise with 409 and the difference.
pub(super) fn expect(shared: &Shared, request: &Request<'_>, tenant: Option<&str>) -> Result<Reply, Reply> {
    let body = Body::of(request, &["operation", "times", "at_least", "requests"])?;
    let requests = of(shared, tenant);
    let outcome = match (body.text("operation")?, body.get("requests").and_then(Json::as_array)) {
        (Some(operation), None) => {
            let operation = Pattern::new(operation);
            operation.check(shared.api).map_err(|reason| refusal(&reason))?;
            match (body.count("times")?, body.count("at_least")?) {
                (Some(times), None) => expectation::check_times(&requests, &operation, times..=times),
                (None, Some(least)) => expectation::check_times(&requests, &operation, least..=usize::MAX),
                _ => return Err(refusal("Give either `times` or `at_least`.")),
            }
        }
        (None, Some(expected)) => {
            let expected: Option<Vec<&str>> = expected.iter().map(Json::as_str).collect();
            let expected = expected.ok_or_else(|| refusal("`requests` must be an array of strings."))?;
            expectation::check_requests(shared.api, &requests, &expected)
        }
        _ => return Err(refusal("Give either an `operation` or the `requests`.")),
    };
    outcome.map(|()| done()).map_err(|difference| Reply::detail(409, &difference))
}

fn of(shared: &Shared, tenant: Option<&str>) -> Vec<LoggedRequest> {
    let requests = shared.log.requests().into_iter();
    requests.filter(|request| tenant.is_none() || request.tenant.as_deref() == tenant).collect()
}

fn write(request: LoggedRequest) -> Json {
    let headers = request.headers.into_iter().map(|(name, value)| (name, Json::String(value)));
    object([
        ("time", Json::String(request.time.to_string())),
        ("tenant", request.tenant.map_or(Json::Null, Json::String)),
        ("method", Json::String(request.method)),
        ("path", Json::String(request.path)),
        ("query", Json::String(request.query)),
        ("operation", request.operation.map_or(Json::Null, Json::String)),
        ("headers", Json::Object(headers.collect())),
        ("body", Json::String(request.body)),
        ("status", Json::from(i64::from(request.status))),
        ("response", Json::String(request.response)),
    ])
}
