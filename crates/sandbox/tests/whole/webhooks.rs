//! Webhooks: what is delivered, to whom, and what is tried again.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use campfire_values::Json;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::support::{Server, json};

const WEBHOOKS: &str = "/integrations/api/v1/webhook";
const TAGS: &str = "/coa/api/tag";

/// A subscriber that keeps what it gets, and responds with a status that tests choose.
struct Subscriber {
    url: String,
    received: Arc<Mutex<Vec<(HeaderMap, Json)>>>,
    status: Arc<Mutex<StatusCode>>,
}

impl Subscriber {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?from=sandbox", listener.local_addr().unwrap());
        let (received, status) = (Arc::default(), Arc::new(Mutex::new(StatusCode::OK)));
        let subscriber = Subscriber { url, received: Arc::clone(&received), status: Arc::clone(&status) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (received, status) = (Arc::clone(&received), Arc::clone(&status));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (received, status) = (Arc::clone(&received), Arc::clone(&status));
                    async move {
                        assert_eq!(request.uri(), "/hook?from=sandbox");
                        let (head, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        received.lock().unwrap().push((head.headers, Json::from_slice(&body).unwrap()));
                        let status = *status.lock().unwrap();
                        Ok::<_, Infallible>(Response::builder().status(status).body(Empty::<Bytes>::new()).unwrap())
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        subscriber
    }

    fn respond_with(&self, status: StatusCode) {
        *self.status.lock().unwrap() = status;
    }

    /// Returns the topics received so far.
    fn topics(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        received.iter().map(|(_, body)| body["topic"].as_str().unwrap().to_owned()).collect()
    }
}

async fn subscribe(server: &Server, url: &str, topics: &str) -> Json {
    let body = format!(r#"{{"url": "{url}", "active": true, "topics": [{topics}]}}"#);
    server.ok("POST", WEBHOOKS, &body).await
}

/// Returns the log of a webhook, as `topic status`.
async fn log(server: &Server, webhook: &Json) -> Vec<String> {
    let events = server.ok("GET", &format!("{WEBHOOKS}/{}/events", webhook["id"]), "").await;
    let row = |event: &Json| format!("{} {}", event["topic"].as_str().unwrap(), event["status"].as_str().unwrap());
    events.as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn changes_are_delivered_to_those_who_subscribe_to_them() {
    let server = Server::start().await;
    let (all, some) = (Subscriber::start().await, Subscriber::start().await);
    let everything = subscribe(&server, &all.url, "").await;
    let deletions = subscribe(&server, &some.url, r#"{"name": "tags.delete"}"#).await;
    let tag = server.ok("POST", TAGS, r#"{"name": "West"}"#).await["id"].clone();
    server.ok("GET", &format!("{TAGS}/{tag}"), "").await;
    server.refused(400, "POST", TAGS, "{}").await;
    server.ok("DELETE", &format!("{TAGS}/{tag}"), "").await;
    server.sandbox.deliver_webhooks().await;
    assert_eq!(all.topics(), ["tags.create", "tags.delete"]);
    assert_eq!(some.topics(), ["tags.delete"]);
    let (headers, body) = all.received.lock().unwrap()[0].clone();
    assert_eq!(headers["x-webhook-token"], everything["token"].as_str().unwrap());
    assert_ne!(everything["token"], deletions["token"]);
    assert_eq!((body["object"]["id"].as_i64(), body["object"]["name"].as_str()), (tag.as_i64(), Some("West")));
    assert_eq!(some.received.lock().unwrap()[0].1["object"]["id"].as_i64(), tag.as_i64());
    assert_eq!(log(&server, &everything).await, ["tags.create delivered", "tags.delete delivered"]);
    assert_eq!(log(&server, &deletions).await, ["tags.delete delivered"]);
    server.refused(404, "GET", &format!("{WEBHOOKS}/99999/events"), "").await;
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_by_the_clock_of_the_sandbox() {
    let server = Server::start().await;
    server.sandbox.freeze(true);
    let subscriber = Subscriber::start().await;
    subscriber.respond_with(StatusCode::SERVICE_UNAVAILABLE);
    let webhook = subscribe(&server, &subscriber.url, "").await;
    server.ok("POST", TAGS, r#"{"name": "West"}"#).await;
    server.sandbox.deliver_webhooks().await;
    // The clock stands still, so nothing is tried again.
    server.sandbox.deliver_webhooks().await;
    assert_eq!((subscriber.topics().len(), log(&server, &webhook).await), (1, vec!["tags.create pending".to_owned()]));
    for (minutes, attempts) in [(1, 2), (3, 2), (1, 3), (16, 4)] {
        server.sandbox.advance(Duration::from_secs(minutes * 60));
        server.sandbox.deliver_webhooks().await;
        assert_eq!(subscriber.topics().len(), attempts, "after {minutes} more minutes");
    }
    subscriber.respond_with(StatusCode::NO_CONTENT);
    server.sandbox.advance(Duration::from_secs(64 * 60));
    server.sandbox.deliver_webhooks().await;
    assert_eq!(
        (subscriber.topics().len(), log(&server, &webhook).await),
        (5, vec!["tags.create delivered".to_owned()])
    );
    let events = server.ok("GET", &format!("{WEBHOOKS}/{}/events", webhook["id"]), "").await;
    assert_eq!(events[0]["http"], json(r#"{"attempts": 5, "status": 204}"#));
}

#[tokio::test]
async fn the_sandbox_gives_up_pauses_and_never_leaves_this_machine() {
    let server = Server::start().await;
    server.sandbox.freeze(true);
    let subscriber = Subscriber::start().await;
    let away = subscribe(&server, "http://192.0.2.1/hook", "").await;
    let paused = subscribe(&server, &subscriber.url, "").await;
    let pause = |active: bool| format!(r#"{{"active": {active}}}"#);
    let path = format!("{WEBHOOKS}/{}", paused["id"]);
    server.ok("PATCH", &path, &pause(false)).await;
    server.ok("POST", TAGS, r#"{"name": "West"}"#).await;
    for _ in 0..5 {
        server.sandbox.advance(Duration::from_secs(64 * 60));
        server.sandbox.deliver_webhooks().await;
    }
    assert_eq!(log(&server, &away).await, ["tags.create failed"]);
    // Nothing is logged for a webhook that was paused when it happened.
    assert_eq!((subscriber.topics().len(), log(&server, &paused).await.len()), (0, 0));
    server.ok("PATCH", &path, &pause(true)).await;
    server.ok("POST", TAGS, r#"{"name": "East"}"#).await;
    server.sandbox.deliver_webhooks().await;
    assert_eq!(subscriber.topics(), ["tags.create"]);
}
