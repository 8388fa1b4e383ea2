//! The client: its settings, and the requests that it sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use campfire::types::{ContractUpdate, ContractUsageCreate};
use campfire::{Client, Error, Event, FilePart, Patch, RetryPolicy};
use httpmock::prelude::*;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::server::{accept, listen, serve_get};
use crate::support::{KEY, client};

#[tokio::test]
async fn the_key_is_sent_as_token_or_bearer_without_a_version_header() {
    let server = MockServer::start_async().await;
    let token = server
        .mock_async(|when, then| {
            when.method(GET)
                .path("/rr/api/v1/contracts/7")
                .header("authorization", format!("Token {KEY}"))
                .header_matches("user-agent", "^campfire-sdk-rust/.* ledger/1$")
                .header_missing("api-version");
            then.status(200).json_body(json!({"id": 7}));
        })
        .await;
    let bearer = server
        .mock_async(|when, then| {
            when.method(GET).path("/rr/api/v1/contracts/8").header("authorization", format!("Bearer {KEY}"));
            then.status(200).json_body(json!({"id": 8}));
        })
        .await;
    let builder = Client::builder().api_key(KEY).base_url(server.base_url()).user_agent_suffix("ledger/1");
    builder.clone().build().unwrap().contracts().retrieve(7).await.unwrap();
    builder.bearer().build().unwrap().contracts().retrieve(8).await.unwrap();
    token.assert_async().await;
    bearer.assert_async().await;
}

#[tokio::test]
async fn a_base_url_may_contain_a_path_and_query_values_are_encoded() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET)
                .path("/gateway/eu/coa/api/journal_entry")
                .query_param("source", "a&b=c/?#%41 ü+")
                .header("authorization", format!("Token {KEY}"));
            then.status(200).json_body(json!({"count": 0, "next": null, "previous": null, "results": []}));
        })
        .await;
    for base in ["/gateway/eu", "/gateway/eu/"] {
        let url = format!("{}{base}", server.base_url());
        let campfire = Client::builder().api_key(KEY).base_url(url).build().unwrap();
        let page = campfire.journal_entries().list().source("a&b=c/?#%41 ü+").await.unwrap();
        assert_eq!(page.attempts(), 1);
    }
    assert_eq!(mock.calls_async().await, 2);
}

#[tokio::test]
async fn an_update_omits_clears_and_sets_fields() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(PATCH)
                .path("/rr/api/v1/contracts/7")
                .header("content-type", "application/json")
                // Omits `contract_end_date`, clears `closed_date`, and sets `deal_name` and the custom field.
                .body(r#"{"deal_name":"Northwind","closed_date":null,"custom_field_sow":"12"}"#);
            then.status(200).json_body(json!({"id": 7}));
        })
        .await;
    let mut update = ContractUpdate {
        deal_name: Some("Northwind".into()),
        closed_date: Some(Patch::Clear),
        ..ContractUpdate::default()
    };
    update.extra.insert("custom_field_sow".into(), "12".into());
    client(server.base_url()).contracts().update(7, &update).await.unwrap();
    mock.assert_async().await;
    // All three states survive a round trip.
    let text = serde_json::to_string(&update).unwrap();
    assert_eq!(serde_json::from_str::<ContractUpdate>(&text).unwrap(), update);
}

#[tokio::test]
async fn parameters_options_and_bodies_are_sent() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(POST)
                .path("/rr/api/v1/contracts/42/usage")
                .header("idempotency-key", "import-17")
                .header("x-trace", "abc")
                .body(r#"{"contract":42,"product":3}"#);
            then.status(201)
                .header("x-request-id", "req-9")
                .json_body(json!({"id": 1, "contract": 42, "product": 3, "lines": [], "surprise": 1.5}));
        })
        .await;
    let body = ContractUsageCreate::new(42).product(3);
    let usage = client(server.base_url())
        .contracts()
        .usage(42)
        .create(&body)
        .idempotency_key("import-17")
        .header("x-trace", "abc")
        .timeout(Duration::from_secs(30))
        .await
        .unwrap();
    assert_eq!((usage.id, usage.product), (1.into(), Some(3.into())));
    assert_eq!(usage.extra["surprise"], json!(1.5));
    assert_eq!((usage.status().as_u16(), usage.attempts()), (201, 1));
    assert_eq!(usage.request_id(), Some("req-9"));
    assert_eq!(usage.operation().id, "contracts.usage.create");
}

#[tokio::test]
async fn bodies_that_break_documented_limits_are_not_sent() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(PATCH).path("/rr/api/v1/contracts/7");
            then.status(200).json_body(json!({"id": 7}));
        })
        .await;
    let update = ContractUpdate {
        deal_name: Some("x".repeat(251).into()),
        total_contract_value: Some(Patch::Set("1000000000000000000".parse().unwrap())),
        ..ContractUpdate::default()
    };
    let campfire = client(server.base_url());
    let error = campfire.contracts().update(7, &update).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "contracts.update: not sent: the body violates documented limits: deal_name: has 251 characters, at most 250 are \
         allowed; total_contract_value: is 1000000000000000000, must be below 1000000000000000000"
    );
    mock.assert_calls_async(0).await;
    let unchecked =
        Client::builder().api_key(KEY).base_url(server.base_url()).validate_requests(false).build().unwrap();
    unchecked.contracts().update(7, &update).await.unwrap();
    mock.assert_calls_async(1).await;
}

#[test]
fn invalid_settings_are_rejected_with_a_remedy() {
    let build = |key: &str, url: &str| Client::builder().api_key(key).base_url(url).build().unwrap_err().to_string();
    let mut texts = String::new();
    for (key, url) in [
        ("", "https://a.example"),
        ("Token abc", "https://a.example"),
        ("a b", "https://a.example"),
        ("abc", "not a url"),
        ("abc", "http://a.example"),
        ("abc", "ftp://a.example"),
        ("abc", "https://user:pw@a.example"),
        ("abc", "https://a.example/?x=1"),
    ] {
        let text = build(key, url);
        assert!(!text.contains("pw"), "{text}");
        texts.push_str(&format!("{text}\n"));
    }
    texts.push_str(&Client::builder().build().unwrap_err().to_string());
    insta::assert_snapshot!("configuration_errors", texts);
    for local in ["http://localhost:8000", "http://127.0.0.1:9", "http://[::1]:9/base/"] {
        assert!(Client::builder().api_key("k").base_url(local).build().is_ok(), "{local}");
    }
}

#[test]
fn debug_output_never_contains_the_key() {
    let proxy = format!("http://user:{KEY}@proxy.example.com:3128");
    let builder = Client::builder().api_key(KEY).bearer().proxy(&proxy);
    let client = builder.clone().build().unwrap();
    let contracts = client.contracts();
    let list = contracts.list().header("x-secret", KEY).idempotency_key(KEY);
    let shown = [
        format!("{builder:?}"),
        format!("{client:?}"),
        format!("{contracts:?}"),
        format!("{list:?}"),
        format!("{:?}", contracts.usage(1).create(&ContractUsageCreate::new(1))),
        format!("{:?}", list.clone().pages()),
        format!("{:?}", list.stream()),
        format!("{:?}", Client::new(format!("{KEY}\n")).unwrap_err()),
        Client::new(format!("{KEY}\n")).unwrap_err().to_string(),
        format!("{:?}", builder.clone().base_url(format!("https://{KEY}:{KEY}@api.example.com/?key={KEY}#{KEY}"))),
        format!("{:?}", builder.clone().base_url(format!("https://api.example.com:port/?key={KEY}"))),
        format!("{:?}", builder.clone().base_url(format!("mailto:{KEY}"))),
        format!("{:?}", builder.proxy(format!("{proxy}000")).build().unwrap_err()),
        format!("{:?}", client.files().upload("bill".into(), FilePart::from_bytes("a.pdf", KEY.as_bytes().to_vec()))),
    ];
    for text in shown {
        assert!(!text.contains(KEY), "{text}");
    }
}

#[test]
fn debug_output_shows_the_server_of_a_builder() {
    let builder = Client::builder().base_url("https://u:p@api.example.com:9/base?q=1");
    assert!(format!("{builder:?}").contains("\"https://api.example.com:9/base\""), "{builder:?}");
}

#[tokio::test]
async fn a_query_that_cannot_be_sent_ends_the_call() {
    let attempts = Arc::new(AtomicU32::new(0));
    let counted = attempts.clone();
    let campfire = Client::builder()
        .api_key(KEY)
        .base_url("http://127.0.0.1:9")
        .on_event(move |event| {
            if let Event::Call(call) = event {
                counted.store(call.attempts, Ordering::Relaxed);
            }
        })
        .build()
        .unwrap();
    let error = campfire.journal_entries().list().source("x".repeat(70_000)).await.unwrap_err();
    assert!(matches!(error, Error::Request(_)) && !error.is_retryable(), "{error:?}");
    assert!(error.to_string().contains("at most 65,534"), "{error}");
    assert!(!error.to_string().contains("xxx"), "{error}");
    assert_eq!(attempts.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_proxy_is_used_except_for_this_machine() {
    let (listener, url) = listen().await;
    let proxy = tokio::spawn(async move {
        let (mut stream, request) = accept(&listener).await;
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        String::from_utf8(request).unwrap().to_lowercase()
    });
    let proxied =
        Client::builder().api_key(KEY).proxy(url.replace("http://", "http://user:pass@")).retry(RetryPolicy::none());
    let remote = proxied.clone().base_url("https://api.example.com").build().unwrap();
    let error = remote.contracts().retrieve(7).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    let request = proxy.await.unwrap();
    assert!(request.starts_with("connect api.example.com:443 "), "{request}");
    assert!(request.contains("proxy-authorization: basic dxnlcjpwyxnz"), "{request}");
    assert!(!request.contains(KEY), "{request}");

    // The proxy is gone now, so these would fail if they used it.
    let server = MockServer::start_async().await;
    let mock = serve_get(&server, "/rr/api/v1/contracts/7", r#"{"id": 7}"#).await;
    proxied.base_url(server.base_url()).build().unwrap().contracts().retrieve(7).await.unwrap();
    mock.assert_async().await;
}

/// Runs itself in a process whose environment names a proxy.
#[test]
fn a_client_without_a_proxy_ignores_the_environment() {
    const CHILD: &str = "CAMPFIRE_TEST_WITHOUT_PROXY";
    if let Some(no_proxy) = std::env::var_os(CHILD) {
        let builder = Client::builder().api_key(KEY).base_url("https://api.invalid").retry(RetryPolicy::none());
        let builder = builder.connect_timeout(Duration::from_millis(500));
        let builder = if no_proxy == "yes" { builder.no_proxy() } else { builder };
        crate::support::block_on(async { builder.build().unwrap().contracts().retrieve(7).await.unwrap_err() });
        return;
    }
    for (no_proxy, expected) in [("no", true), ("yes", false)] {
        let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", proxy.local_addr().unwrap());
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "client::a_client_without_a_proxy_ignores_the_environment"]).env(CHILD, no_proxy);
        child.env("HTTPS_PROXY", &url).env("https_proxy", &url).env_remove("NO_PROXY").env_remove("no_proxy");
        let output = child.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        // A connection of the client that has ended waits here to be accepted.
        proxy.set_nonblocking(true).unwrap();
        assert_eq!(proxy.accept().is_ok(), expected, "no_proxy: {no_proxy}");
    }
}

#[test]
fn invalid_proxies_and_certificates_are_rejected() {
    let builder = Client::builder().api_key(KEY);
    for proxy in ["", "proxy.example.com:3128", "http://", "ftp://proxy", "http://a b"] {
        let error = builder.clone().proxy(proxy).build().unwrap_err();
        assert!(matches!(error, Error::Configuration(_)) && error.to_string().contains("proxy"), "{proxy}: {error}");
    }
    let damaged = include_str!("../certificates/root.pem").replace("MII", "!");
    for pem in ["", "not PEM", damaged.as_str()] {
        let error = builder.clone().root_certificate(pem).build().unwrap_err();
        assert!(matches!(error, Error::Configuration(_)) && error.to_string().contains("PEM"), "{pem}: {error}");
    }
}

#[tokio::test]
async fn a_root_certificate_is_trusted_in_addition() {
    let (listener, url) = listen().await;
    let chain = CertificateDer::pem_slice_iter(include_bytes!("../certificates/server.pem"));
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../certificates/server-key.pem")).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.collect::<Result<_, _>>().unwrap(), key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = vec![0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"id\": 7}").await;
        }
    });
    let url = url.replace("http://127.0.0.1", "https://localhost");
    let strict = Client::builder().api_key(KEY).base_url(url).retry(RetryPolicy::none());
    let error = strict.clone().build().unwrap().contracts().retrieve(7).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    let trusting = strict.root_certificate(include_str!("../certificates/root.pem")).build().unwrap();
    assert_eq!(trusting.contracts().retrieve(7).await.unwrap().id, 7);
}

#[tokio::test]
async fn invalid_headers_are_rejected() {
    let campfire = Client::new(KEY).unwrap();
    for call in [
        campfire.contracts().retrieve(1).header("authorization", "Token other"),
        campfire.contracts().retrieve(1).header("bad name", "x"),
        campfire.contracts().retrieve(1).header("x-a", "line\nbreak"),
        campfire.contracts().retrieve(1).idempotency_key(""),
    ] {
        let error = call.await.unwrap_err();
        assert!(matches!(error, Error::Request(_)), "{error:?}");
    }
}

#[test]
fn clients_are_sync_and_requests_are_send() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    fn sent<T: Send + 'static>(_: &T) {}
    let client = Client::new(KEY).unwrap();
    shared(&client);
    shared(&client.contracts());
    sent(&client.contracts().list());
    sent(&client.contracts().list().stream());
    sent(&std::future::IntoFuture::into_future(client.contracts().retrieve(1)));
    sent(&client.contracts().retrieve(1).send());
}

/// Returns an HTTP client with this user agent. Plain HTTP needs no certificates.
fn http_client(user_agent: &str) -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().user_agent(user_agent).tls_backend_preconfigured(tls).build().unwrap()
}

#[tokio::test]
async fn a_custom_http_client_keeps_its_own_settings() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.method(GET)
                .path("/rr/api/v1/contracts/7")
                .header("user-agent", "ledger/1")
                .header("authorization", format!("Token {KEY}"));
            then.status(200).delay(Duration::from_millis(500)).json_body(json!({"id": 7}));
        })
        .await;
    let builder = Client::builder().api_key(KEY).base_url(server.base_url()).http_client(http_client("ledger/1"));
    builder.clone().build().unwrap().contracts().retrieve(7).await.unwrap();
    mock.assert_async().await;
    // The time limits are still those of the builder.
    let impatient = builder.timeout(Duration::from_millis(50)).build().unwrap();
    let error = impatient.contracts().retrieve(7).await.unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error:?}");
}
