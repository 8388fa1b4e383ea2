//! The sandbox without an SDK: a model of three resources, and requests over plain HTTP.

use campfire_sandbox::{Fault, FaultRule, ModelSource, Role, Sandbox, Sdk};
use campfire_values::{Date, Json};
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// An SDK that has operations and no client.
enum Tiny {}

impl Sdk for Tiny {
    type Client = ();
    type Error = std::convert::Infallible;

    fn model() -> &'static ModelSource {
        static MODEL: ModelSource = ModelSource::new(include_str!("../src/accounting/revenue/tiny.json"));
        &MODEL
    }

    fn client(_: &str, _: &str) -> Result<(), Self::Error> {
        Ok(())
    }
}

struct Server {
    sandbox: Sandbox<Tiny>,
}

impl Server {
    async fn start() -> Self {
        Server { sandbox: Sandbox::start().await.unwrap() }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&str>) -> (StatusCode, Json) {
        self.call_with(&self.sandbox.key(), method, path, body).await
    }

    /// Sends a request on a connection of its own.
    async fn call_with(&self, key: &str, method: Method, path: &str, body: Option<&str>) -> (StatusCode, Json) {
        let host = self.sandbox.url().strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(host).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.unwrap_or_default().to_owned())))
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, if body.is_empty() { Json::Null } else { Json::from_slice(&body).unwrap() })
    }

    async fn create_entry(&self, credit: &str) -> (StatusCode, Json) {
        let body = format!(
            r#"{{"date": "2026-03-31", "transactions": [
                {{"account": 1, "debit_amount_native": 12.50}},
                {{"account": 2, "credit_amount_native": {credit}}}
            ]}}"#
        );
        self.call(Method::POST, "/entries", Some(&body)).await
    }
}

#[tokio::test]
async fn a_record_is_created_listed_changed_and_deleted() {
    let server = Server::start().await;
    let (status, created) = server.call(Method::POST, "/notes", Some(r#"{"text": "first"}"#)).await;
    assert_eq!((status, &created["text"]), (StatusCode::CREATED, &Json::from("first")));
    let path = format!("/notes/{}", created["id"].as_i64().unwrap());

    let (status, error) = server.call(Method::POST, "/notes", Some("{}")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(error["text"][0], *"This field is required.");

    let (_, page) = server.call(Method::GET, "/notes?text=first", None).await;
    assert_eq!((&page["count"], &page["results"][0]["id"]), (&Json::from(1), &created["id"]));
    let (_, page) = server.call(Method::GET, "/notes?text=other", None).await;
    assert_eq!(page["count"], Json::from(0));

    let (_, changed) = server.call(Method::PATCH, &path, Some(r#"{"text": "second"}"#)).await;
    assert_eq!(changed["text"], *"second");
    assert_eq!(server.call(Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(server.call(Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_entry_must_balance_and_stay_out_of_closed_periods() {
    let server = Server::start().await;
    let (status, error) = server.create_entry("12.51").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let message = error["non_field_errors"][0].as_str().unwrap();
    assert!(message.contains("native debits are 12.50, native credits are 12.51"), "{message}");
    assert_eq!(server.sandbox.count("transactions"), 0, "a refused call changes nothing");

    let (status, entry) = server.create_entry("12.50").await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(entry["transactions"].as_array().unwrap().len(), 2);

    server.sandbox.close_books(Date::from_ymd_opt(2026, 3, 31));
    let (status, error) = server.create_entry("12.50").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(error["detail"].as_str().unwrap().contains("closed through 2026-03-31"), "{error}");
}

#[tokio::test]
async fn keys_decide_what_a_call_may_do() {
    let server = Server::start().await;
    let (status, _) = server.call_with("unknown", Method::GET, "/notes", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let clerk = server.sandbox.key_for(Role::Clerk);
    assert_eq!(server.call_with(&clerk, Method::GET, "/notes", None).await.0, StatusCode::OK);
    let (status, _) = server.call_with(&clerk, Method::POST, "/notes", Some(r#"{"text": "x"}"#)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_fault_affects_its_operation_only() {
    let server = Server::start().await;
    server.sandbox.inject(FaultRule::new(Fault::Status(503)).operation("notes.list").times(1)).unwrap();
    let create = || server.call(Method::POST, "/notes", Some(r#"{"text": "x"}"#));
    assert_eq!(create().await.0, StatusCode::CREATED);
    let list = || server.call(Method::GET, "/notes", None);
    assert_eq!(list().await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(list().await.0, StatusCode::OK);
    let logged: Vec<_> = server.sandbox.requests().into_iter().map(|request| request.status).collect();
    assert_eq!(logged, [201, 503, 200]);
}
