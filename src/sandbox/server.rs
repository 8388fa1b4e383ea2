//! The HTTP side: connections on loopback.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::api::{self, Request};
use super::{LoggedRequest, Shared};

/// The reference names 100 MB as the largest upload.
const MAX_BODY: usize = 100 * 1024 * 1024;

/// Accepts connections until the task is aborted.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // Connections end with the set, and the set with this task.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let shared = shared.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let shared = shared.clone();
                async move { Ok::<_, Infallible>(respond(&shared, request).await) }
            });
            // A connection that breaks is the client's business.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn respond(shared: &Shared, request: http::Request<Incoming>) -> http::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return response(413, "application/json", br#"{"detail":"Request too large."}"#.to_vec());
    };
    let body = body.to_bytes();
    let text = |name| head.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let query = head.uri.query().unwrap_or_default();
    let request = Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query,
        authorization: text(header::AUTHORIZATION),
        content_type: text(header::CONTENT_TYPE),
        idempotency_key: head.headers.get("idempotency-key").and_then(|value| value.to_str().ok()),
        body: &body,
    };
    let answer = || api::answer(shared.model, &shared.settings, &shared.store, &request);
    let reply = shared.answers.once(&request, answer);
    shared.log(LoggedRequest {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: query.to_owned(),
        operation: reply.operation.map(str::to_owned),
        status: reply.status,
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    response(reply.status, &reply.content_type, reply.body)
}

fn response(status: u16, content_type: &str, body: Vec<u8>) -> http::Response<Full<Bytes>> {
    let mut response = http::Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = http::HeaderValue::from_str(content_type)
        && !content_type.is_empty()
    {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}
