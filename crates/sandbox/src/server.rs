//! The HTTP side: connections on loopback, and what befalls them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::api::{Reply, Request};
use super::fault::{Fault, Moment};
use super::wire::{Answer, Never, Wire};
use super::{LoggedRequest, Shared, control};

/// The reference names 100 MB as the largest upload.
const MAX_BODY: usize = 100 * 1024 * 1024;

/// Accepts connections until the task is aborted; while connections are to be refused, nobody listens.
pub(crate) async fn serve(listener: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let mut refusing = shared.refusing.subscribe();
    let mut listener = Some(listener);
    // Connections end with the set, and the set with this task.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let refuses = *refusing.borrow_and_update();
        if refuses {
            listener = None;
            connections.abort_all();
        } else if listener.is_none() {
            listener = TcpListener::bind(address).await.ok();
        }
        shared.listening.send_replace(listener.is_some());
        let accepted = match &listener {
            Some(listener) => tokio::select! {
                accepted = listener.accept() => accepted.ok(),
                _ = refusing.changed() => None,
            },
            None => {
                if refusing.changed().await.is_err() {
                    return;
                }
                None
            }
        };
        let Some((stream, _)) = accepted else { continue };
        let shared = shared.clone();
        connections.spawn(async move {
            let _ = stream.set_nodelay(true);
            let (wire, cut) = Wire::new(stream);
            let service = service_fn(move |request| {
                let (shared, cut) = (shared.clone(), cut.clone());
                async move { Ok::<_, Never>(respond(&shared, request, &cut).await) }
            });
            // A connection that breaks is the client's business.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(wire), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn respond(shared: &Arc<Shared>, request: http::Request<Incoming>, cut: &AtomicBool) -> http::Response<Answer> {
    let (head, body) = request.into_parts();
    let route = super::route::find(shared.model, head.method.as_str(), head.uri.path());
    let operation = route.as_ref().ok().map(|route| route.operation.id.as_str());
    let (delay, fault) = match operation {
        Some(operation) => shared.faults.strike(operation, head.uri.path()),
        None => (Duration::ZERO, None),
    };
    let break_off = || {
        cut.store(true, Ordering::SeqCst);
        response(shared, Reply::nothing(500), Answer::whole(Vec::new()))
    };
    if fault == Some(Fault::Reset(Moment::MidRequest)) {
        return break_off();
    }
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        let reply = Reply::detail(413, "Request too large.");
        let body = Answer::whole(reply.body.clone());
        return response(shared, reply, body);
    };
    let body = body.to_bytes();
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let text = |name| text(&head.headers, name);
    let request = Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        authorization: text("authorization"),
        content_type: text("content-type"),
        idempotency_key: text("idempotency-key"),
        body: &body,
    };
    let instead = match fault {
        Some(Fault::Status(status)) => Some(Reply::detail(status, "A fault was asked for.")),
        Some(Fault::Html(status)) => Some(html(status)),
        Some(Fault::RateLimited(wait)) => Some(Reply::throttled(wait)),
        Some(Fault::Reset(Moment::BeforeProcessing)) => Some(Reply::nothing(0)),
        _ => None,
    };
    let mut reply = match instead {
        Some(reply) => reply,
        None if shared.settings.control && request.path.starts_with(control::PREFIX) => {
            control::answer(shared, &request)
        }
        None => shared.answer(route, &request),
    };
    shared.log(LoggedRequest {
        method: request.method.to_owned(),
        path: request.path.to_owned(),
        query: request.query.to_owned(),
        operation: operation.map(str::to_owned),
        status: reply.status,
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    match fault {
        Some(Fault::Reset(Moment::BeforeProcessing | Moment::AfterProcessing)) => break_off(),
        Some(Fault::Reset(Moment::MidAnswer) | Fault::Truncated) => {
            let body = Answer::broken(reply.body.clone());
            response(shared, reply, body)
        }
        Some(Fault::StatusAfterProcessing(status)) => {
            let reply = Reply::detail(status, "A fault was asked for, after processing.");
            let body = Answer::whole(reply.body.clone());
            response(shared, reply, body)
        }
        Some(Fault::Malformed) => {
            reply.body = b"{\"id\": 1, \"lines\": [}".to_vec();
            let body = Answer::whole(reply.body.clone());
            response(shared, reply, body)
        }
        Some(Fault::Oversized(bytes)) => {
            let body = Answer::padded(std::mem::take(&mut reply.body), bytes);
            response(shared, reply, body)
        }
        Some(Fault::Slow(pause)) => {
            let body = Answer::slow(std::mem::take(&mut reply.body), pause);
            response(shared, reply, body)
        }
        _ => {
            let body = Answer::whole(std::mem::take(&mut reply.body));
            response(shared, reply, body)
        }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn html(status: u16) -> Reply {
    Reply {
        status,
        content_type: "text/html".to_owned(),
        body: b"<html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>".to_vec(),
        retry_after: None,
        clock: None,
    }
}

fn response(shared: &Shared, reply: Reply, body: Answer) -> http::Response<Answer> {
    let mut response = http::Response::new(body);
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
    if let Some(Ok(date)) = reply.clock.map(|clock| HeaderValue::try_from(httpdate::fmt_http_date(clock))) {
        headers.insert(header::DATE, date);
    }
    if let Ok(id) = HeaderValue::from_str(&format!("sandbox-{:08}", shared.next_request())) {
        headers.insert("x-request-id", id);
    }
    response
}
