//! One exchange: a request, its faults, and the response.

use std::sync::Arc;
use std::time::Duration;

use campfire_values::Json;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::connection::body::ReplyBody;
use crate::connection::stream::ResetSwitch;
use crate::control;
use crate::messages::origin::Origin;
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::operations::route::{self, NoRoute, Route};
use crate::server::authorized;
use crate::server::fault::{Drawn, Fault, Moment, Target};
use crate::server::log::LoggedRequest;
use crate::server::shared::{Shared, TenantState};

/// The largest body. The reference names 100 MB as the largest upload.
const MAX_BODY: usize = 100 * 1024 * 1024;

/// The time within which a body must arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// The headers whose values the log does not keep.
const SECRET_HEADERS: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "x-api-key"];

/// The value of a secret header in the log.
const REDACTED: &str = "[redacted]";

/// The largest body of a response that the log keeps.
const MAX_LOGGED_RESPONSE: usize = 1024 * 1024;

/// Responds to a request.
pub(super) async fn respond(
    shared: &Arc<Shared>,
    request: http::Request<Incoming>,
    switch: &ResetSwitch,
) -> http::Response<ReplyBody> {
    let (head, body) = request.into_parts();
    let route = route::find(shared.api, method(&head), head.uri.path());
    let operation = route.as_ref().ok().map(|route| route.operation.id.as_str());
    let tenant = authorized::tenant(shared, text(&head.headers, "authorization"));
    let drawn = draw(shared, operation, head.uri.path(), tenant.as_deref());
    if drawn.fault == Some(Fault::Reset(Moment::MidRequest)) {
        return reset(shared, switch);
    }
    let body = match timeout(BODY_TIMEOUT, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => return whole(shared, Reply::detail(413, "Request too large.")),
        Err(_) => return whole(shared, Reply::detail(408, "The body did not arrive in time.")),
    };
    if !drawn.delay.is_zero() {
        tokio::time::sleep(drawn.delay).await;
    }
    let request = read(shared, &head, &body);
    if let Some(reply) = control::reply(shared, &request) {
        return whole(shared, reply);
    }
    let reply = match before_processing(&drawn) {
        Some(reply) => reply,
        None => process(shared, route, &request),
    };
    shared.log.add(logged(shared, &head, &request, operation, tenant.as_deref(), &reply));
    after_processing(shared, switch, &drawn, reply)
}

/// Returns the faults that affect a request to an operation.
fn draw(shared: &Shared, operation: Option<&str>, path: &str, tenant: Option<&TenantState>) -> Drawn {
    let tenant = tenant.map(|tenant| tenant.name.as_str());
    let target = operation.map(|operation| Target { operation, path, tenant });
    target.map(|target| shared.faults.draw(&target)).unwrap_or_default()
}

fn read<'a>(shared: &Shared, head: &'a http::request::Parts, body: &'a [u8]) -> Request<'a> {
    Request {
        method: method(head),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        authorization: text(&head.headers, &shared.api.key().header).or_else(|| text(&head.headers, "authorization")),
        content_type: text(&head.headers, "content-type"),
        idempotency_key: text(&head.headers, "idempotency-key"),
        origin: Origin::of(&head.headers, &shared.settings.hosts),
        body,
    }
}

/// Returns the method by which a request is processed: a HEAD is a GET, whose body hyper does not send.
fn method(head: &http::request::Parts) -> &str {
    if head.method == http::Method::HEAD { "GET" } else { head.method.as_str() }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Returns the reply of a fault that keeps the request from being processed.
fn before_processing(drawn: &Drawn) -> Option<Reply> {
    match drawn.fault? {
        Fault::Status(status) => Some(status_reply(status, drawn, "A fault was requested.")),
        Fault::Html(status) => Some(html(status, drawn)),
        Fault::RateLimited(wait) => {
            let reply = Reply::throttled(wait);
            Some(Reply { body: json_body(drawn).unwrap_or(reply.body), ..reply })
        }
        // Only the log sees this reply.
        Fault::Reset(Moment::BeforeProcessing) => Some(Reply::empty(0)),
        _ => None,
    }
}

/// Returns a reply with the body that the rule gives, or else with a `detail`.
fn status_reply(status: u16, drawn: &Drawn, detail: &str) -> Reply {
    // HTTP allows no body with these.
    if matches!(status, 204 | 205 | 304) {
        return Reply::empty(status);
    }
    json_body(drawn).map_or_else(|| Reply::detail(status, detail), |body| Reply::json_text(status, body))
}

fn json_body(drawn: &Drawn) -> Option<Vec<u8>> {
    Some(drawn.body.as_ref()?.to_string().into_bytes())
}

/// Returns the body that the rule gives as text, as it is sent in HTML and malformed responses.
fn text_body(drawn: &Drawn) -> Option<Vec<u8>> {
    match drawn.body.as_ref()? {
        Json::String(text) => Some(text.clone().into_bytes()),
        json => Some(json.to_string().into_bytes()),
    }
}

fn process(shared: &Shared, route: Result<Route, NoRoute>, request: &Request<'_>) -> Reply {
    if request.origin.host.is_none() {
        return Reply::detail(
            400,
            "The Host header must be `localhost`, a loopback address, or a name that is allowed.",
        );
    }
    authorized::reply(shared, route, request)
}

/// Sends a reply, altered by the fault if there is one.
fn after_processing(
    shared: &Shared,
    switch: &ResetSwitch,
    drawn: &Drawn,
    mut reply: Reply,
) -> http::Response<ReplyBody> {
    match drawn.fault {
        Some(Fault::Reset(Moment::BeforeProcessing | Moment::AfterProcessing)) => reset(shared, switch),
        Some(Fault::Reset(Moment::MidResponse) | Fault::Truncated) => response(shared, reply, ReplyBody::broken),
        Some(Fault::StatusAfterProcessing(status)) => {
            whole(shared, status_reply(status, drawn, "A fault was requested, after processing."))
        }
        Some(Fault::Malformed) => {
            reply.body = text_body(drawn).unwrap_or_else(|| b"{\"id\": 1, \"lines\": [}".to_vec());
            whole(shared, reply)
        }
        Some(Fault::Oversized(bytes)) => response(shared, reply, |body| ReplyBody::padded(body, bytes)),
        Some(Fault::Slow(pause)) => response(shared, reply, |body| ReplyBody::slow(body, pause)),
        _ => whole(shared, reply),
    }
}

/// Resets the connection. The response is never sent.
fn reset(shared: &Shared, switch: &ResetSwitch) -> http::Response<ReplyBody> {
    switch.reset();
    whole(shared, Reply::empty(500))
}

fn html(status: u16, drawn: &Drawn) -> Reply {
    let page = "<html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>";
    Reply::new(status, "text/html", text_body(drawn).unwrap_or_else(|| page.into()))
}

/// Returns the entry of the log. It keeps no body of a request that had no right to be processed.
fn logged(
    shared: &Shared,
    head: &http::request::Parts,
    request: &Request<'_>,
    operation: Option<&str>,
    tenant: Option<&TenantState>,
    reply: &Reply,
) -> LoggedRequest {
    let is_refused = matches!(reply.status, 401 | 403) || request.origin.host.is_none();
    LoggedRequest {
        method: head.method.to_string(),
        path: request.path.to_owned(),
        query: request.query.to_owned(),
        operation: operation.map(str::to_owned),
        status: reply.status,
        headers: headers(&head.headers),
        body: if is_refused { String::new() } else { String::from_utf8_lossy(request.body).into_owned() },
        response: response_text(reply),
        tenant: tenant.map(|tenant| tenant.name.clone()),
        time: shared.time(tenant),
    }
}

/// Returns the headers for the log, without secrets.
fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut shown: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| {
            let is_secret = SECRET_HEADERS.contains(&name.as_str());
            let value = if is_secret { REDACTED.into() } else { String::from_utf8_lossy(value.as_bytes()) };
            (name.to_string(), value.into_owned())
        })
        .collect();
    shown.sort();
    shown
}

/// Returns the body of a reply for the log.
fn response_text(reply: &Reply) -> String {
    let body = Some(reply.body.as_slice()).filter(|body| body.len() <= MAX_LOGGED_RESPONSE);
    body.and_then(|body| std::str::from_utf8(body).ok()).unwrap_or_default().to_owned()
}

fn whole(shared: &Shared, reply: Reply) -> http::Response<ReplyBody> {
    response(shared, reply, ReplyBody::whole)
}

fn response(shared: &Shared, reply: Reply, body: impl FnOnce(Vec<u8>) -> ReplyBody) -> http::Response<ReplyBody> {
    let mut response = http::Response::new(body(reply.body));
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if !reply.content_type.is_empty()
        && let Ok(value) = HeaderValue::from_str(&reply.content_type)
    {
        headers.insert(header::CONTENT_TYPE, value);
    }
    if let Some(wait) = reply.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    if reply.status == 401 {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
    }
    if let Some(Ok(methods)) = reply.allow.map(HeaderValue::try_from) {
        headers.insert(header::ALLOW, methods);
    }
    if reply.canned {
        headers.insert("x-sandbox", HeaderValue::from_static("canned"));
    }
    if let Some(Ok(date)) = reply.date.map(|date| HeaderValue::try_from(httpdate::fmt_http_date(date))) {
        headers.insert(header::DATE, date);
    }
    if let Ok(id) = HeaderValue::from_str(&format!("sandbox-{:08}", shared.next_response())) {
        headers.insert("x-request-id", id);
    }
    response
}
