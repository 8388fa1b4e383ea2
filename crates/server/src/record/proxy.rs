//! The proxy.

use std::convert::Infallible;
use std::fs::File;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use bytes::Bytes;
use campfire_values::{Json, Timestamp};
use http::header::{self, HeaderMap};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::model::api::Api;
use crate::model::route;
use crate::output;
use crate::record::pages;
use crate::record::upstream::{Message, Upstream};
use crate::session::exchange::{self, Content, Exchange};
use crate::session::redact::Redaction;
use crate::stop::Stop;

/// The largest body. The reference names 100 MB as the largest upload.
const MAX_BODY: usize = 100 * 1024 * 1024;

type Response = http::Response<Full<Bytes>>;

/// The proxy, and what it writes to.
struct Proxy {
    api: &'static Api,
    upstream: Upstream,
    url: String,
    session: Mutex<Session>,
}

struct Session {
    file: File,
    redaction: Redaction<'static>,
    recorded: usize,
}

/// Passes requests on to a server until the process is stopped, and writes them to a file.
///
/// # Errors
/// If the file exists, the port is in use, or the URL is not safe.
pub(crate) async fn run(api: &'static Api, upstream: &str, port: u16, out: &Path) -> Result<()> {
    let mut stop = Stop::new()?;
    let upstream = Upstream::new(upstream)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.context("cannot listen")?;
    let url = format!("http://{}", listener.local_addr()?);
    let session = Session { file: exchange::create(out)?, redaction: Redaction::new(api), recorded: 0 };
    output::line(format_args!("Listening on {url}, and passing requests on to {}", upstream.url));
    output::line(format_args!("Press Ctrl-C to stop."));
    let proxy = Arc::new(Proxy { api, upstream, url, session: Mutex::new(session) });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(proxy.clone(), stream));
                }
            }
            requested = stop.requested() => break requested?,
        }
        while connections.try_join_next().is_some() {}
    }
    let recorded = proxy.session.lock().unwrap_or_else(PoisonError::into_inner).recorded;
    output::line(format_args!("Recorded {recorded} requests in {}", out.display()));
    Ok(())
}

async fn serve(proxy: Arc<Proxy>, stream: TcpStream) {
    let service = service_fn(move |request| {
        let proxy = proxy.clone();
        async move { Ok::<_, Infallible>(proxy.respond(request).await) }
    });
    // The client sees a broken connection; the proxy has nothing to do about it.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Proxy {
    async fn respond(&self, request: http::Request<Incoming>) -> Response {
        let time = Timestamp::now();
        let (head, body) = request.into_parts();
        let body = match Limited::new(body, MAX_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => return failure(http::StatusCode::PAYLOAD_TOO_LARGE, "The body is too large or has not arrived."),
        };
        let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
        let request = Message { head: (head.method, target), headers: head.headers, body };
        let response = match self.upstream.send(&request).await {
            Ok(response) => response,
            // The error names the URL, whose query may be personal.
            Err(error) => {
                return failure(http::StatusCode::BAD_GATEWAY, &format!("No response: {}", error.without_url()));
            }
        };
        let json = json(&response);
        // The server has done what was asked, so an error would make the client repeat it.
        if let Err(error) = self.record(time, &request, &response) {
            output::problem(format_args!("Not recorded: {} {}: {error:#}", request.head.0, response.head));
        }
        let body = pages::relinked(&response.body, json.as_ref(), &self.upstream.url, &self.url);
        let mut reply = http::Response::new(Full::new(body));
        *reply.status_mut() = response.head;
        *reply.headers_mut() = response.headers;
        reply
    }

    fn record(
        &self,
        time: Timestamp,
        request: &Message<(http::Method, String)>,
        response: &Message<http::StatusCode>,
    ) -> Result<()> {
        let (method, target) = &request.head;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let operation = route::find(self.api, method.as_str(), path).map(|route| route.operation);
        let status = response.head.as_u16();
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let Session { file, redaction, recorded } = &mut *session;
        let key = request.headers.get("idempotency-key").and_then(|key| key.to_str().ok());
        let exchange = Exchange {
            time,
            method: method.to_string(),
            path: redaction.path(path),
            query: redaction.query(query),
            idempotency_key: key.map(|key| redaction.text(key)),
            request: content(request, |body| redaction.request(operation, body)),
            status,
            response: content(response, |body| redaction.response(operation, status, body)),
        };
        exchange::append(file, &exchange)?;
        *recorded += 1;
        Ok(())
    }
}

fn failure(status: http::StatusCode, detail: &str) -> Response {
    let body = Json::Object([("detail".to_owned(), Json::from(detail))].into()).to_string();
    let mut response = http::Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

fn json<H>(message: &Message<H>) -> Option<Json> {
    media_type(&message.headers).ends_with("json").then(|| Json::from_slice(&message.body).ok())?
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

fn content<H>(message: &Message<H>, redacted: impl FnOnce(&Json) -> Json) -> Content {
    match json(message) {
        _ if message.body.is_empty() => Content::Empty,
        Some(body) => Content::Json(redacted(&body)),
        None => Content::Other(media_type(&message.headers).to_owned()),
    }
}
