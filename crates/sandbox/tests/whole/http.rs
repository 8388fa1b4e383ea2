//! HTTP as Django REST Framework speaks it, and the limits of the process.

use std::time::Duration;

use campfire_sandbox::{Demo, Sandbox};
use http::{Request, header};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Server, json};

const CONTRACTS: &str = "/rr/api/v1/contracts";

#[tokio::test]
async fn a_wrong_method_names_the_allowed_ones() {
    let server = Server::start().await;
    let reply = server.call("PATCH", CONTRACTS, "{}").await;
    assert_eq!((reply.status, &reply.headers[header::ALLOW]), (405, &"GET, POST".parse().unwrap()));
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = Server::start().await;
    server.ok("POST", CONTRACTS, r#"{"deal_name": "Northwind"}"#).await;
    let reply = server.call("HEAD", CONTRACTS, "").await;
    assert_eq!((reply.status, reply.body), (200, campfire_values::Json::Null));
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/json");
    assert_eq!(server.sandbox.requests()[1].method, "HEAD");
}

#[tokio::test]
async fn an_unauthenticated_request_is_told_the_scheme_and_leaves_no_body_in_the_log() {
    let server = Server::start().await;
    let request = |authorization: String| {
        let request = Request::post(CONTRACTS).header(header::HOST, server.host());
        request.header(header::AUTHORIZATION, authorization).body(Full::new(Bytes::from_static(b"{}"))).unwrap()
    };
    let reply = server.send(request("Token wrong".into())).await;
    assert_eq!((reply.status, &reply.headers[header::WWW_AUTHENTICATE]), (401, &"Token".parse().unwrap()));
    assert_eq!(server.send(request(format!("token {}", server.sandbox.key()))).await.status, 201);
    let bodies: Vec<_> = server.sandbox.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, ["", "{}"]);
}

#[tokio::test]
async fn forms_are_accepted_instead_of_json() {
    let server = Server::start().await;
    let form = "deal_name=Northwind&is_evergreen=false&total_contract_value=12.50&tag_ids=1&tag_ids=2";
    let reply = server.call_as("POST", CONTRACTS, "application/x-www-form-urlencoded", form.into()).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    assert_eq!(reply.body["deal_name"], *"Northwind");
    let parts = "--b\r\nContent-Disposition: form-data; name=\"deal_name\"\r\n\r\nNorthwind\r\n--b--\r\n";
    let reply = server.call_as("POST", CONTRACTS, "multipart/form-data; boundary=b", parts.into()).await;
    assert_eq!((reply.status, &reply.body["deal_name"]), (201, &"Northwind".into()));
}

#[tokio::test]
async fn a_required_body_must_be_there() {
    let server = Server::start().await;
    server.refused(400, "POST", "/coa/api/v1/invoice/", "").await;
}

#[tokio::test]
async fn a_limit_that_is_no_number_is_ignored() {
    let server = Server::start().await;
    server.ok("POST", CONTRACTS, "{}").await;
    let page = server.ok("GET", &format!("{CONTRACTS}?limit=abc&offset=-1"), "").await;
    assert_eq!(page["count"], campfire_values::Json::from(1));
}

#[tokio::test]
async fn only_loopback_names_reach_the_sandbox() {
    let server = Server::start().await;
    let get = |host: &str| {
        let request = Request::get(CONTRACTS).header(header::HOST, host);
        let key = format!("Token {}", server.sandbox.key());
        request.header(header::AUTHORIZATION, key).body(Full::default()).unwrap()
    };
    for (host, status) in [
        ("127.0.0.1:1", 200),
        ("localhost:80", 200),
        ("[::1]:80", 200),
        ("localhost", 200),
        ("rebound.example:80", 400),
    ] {
        assert_eq!(server.send(get(host)).await.status, status, "{host}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_cannot_control_the_sandbox() {
    let server: Server = Server { sandbox: Sandbox::builder().control(true).start().await.unwrap() };
    let reset = |name: &str, value: &str| {
        let request = Request::delete("/__sandbox/requests").header(header::HOST, server.host()).header(name, value);
        request.body(Full::default()).unwrap()
    };
    for (name, value, status) in [
        ("origin", "http://localhost:3000", 204),
        ("origin", "https://example.com", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "same-origin", 204),
        ("sec-fetch-site", "cross-site", 403),
    ] {
        assert_eq!(server.send(reset(name, value)).await.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn the_clock_and_ids_hold_at_their_limits() {
    let server: Server = Server { sandbox: Sandbox::builder().control(true).start().await.unwrap() };
    let far = format!(r#"{{"advance_seconds": {}}}"#, i64::MAX);
    server.refused(400, "POST", "/__sandbox/clock", &far).await;
    server.sandbox.advance(Duration::MAX);
    server.sandbox.seed("contracts", json(&format!(r#"{{"id": {}}}"#, i64::MAX))).unwrap();
    let created = server.ok("POST", CONTRACTS, "{}").await;
    assert!(created["created_at"].as_str().unwrap().starts_with("9999-12-31"), "{created}");
    server.ok("GET", &format!("{CONTRACTS}/{}", i64::MAX), "").await;
    let error = server.sandbox.demo(&Demo::default().rows(usize::MAX)).unwrap_err();
    assert!(error.to_string().contains("at most 5000000"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_half_open_connection_is_closed() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.host()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
    let mut rest = Vec::new();
    // The paused clock runs on while everything waits.
    timeout(Duration::from_secs(600), stream.read_to_end(&mut rest)).await.expect("still open").unwrap();
}

#[tokio::test]
async fn a_slash_too_many_or_too_few_is_named() {
    let server = Server::start().await;
    for (wrong, right) in [
        ("/coa/api/v1/invoice", "/coa/api/v1/invoice/"),
        ("/coa/api/v1/invoice/7/pay", "/coa/api/v1/invoice/7/pay/"),
        ("/rr/api/v1/contracts/", "/rr/api/v1/contracts"),
    ] {
        let error = server.refused(404, "POST", wrong, "{}").await;
        assert_eq!(error["detail"].as_str().unwrap(), format!("Not found. The path is {right}."));
    }
    let error = server.refused(404, "POST", "/coa/api/v1/invoices", "{}").await;
    assert_eq!(error["detail"], "Not found.");
}
