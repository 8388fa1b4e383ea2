//! Retries, timeouts and pauses: a server counts what is sent again and what is not.

mod connections;
#[cfg(feature = "sandbox")]
mod creates;
mod matrix;
mod server;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use campfire::error::TimeoutPhase;
use campfire::types::{ContractUpdate, FixedAssetCreate, JournalEntryCreate, VendorBulkSearch, VendorKey};
use campfire::{Client, Error, RetryPolicy};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use self::server::Fault::{ClosedAfterRequest, Respond, Silent, SilentMidBody};
use self::server::{DETAIL, Server};
use crate::support::server::accept;
use crate::support::{KEY, quick_retries};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Safe,
    Idempotent,
    Keyed,
    Never,
}

const CLASSES: [Class; 4] = [Class::Safe, Class::Idempotent, Class::Keyed, Class::Never];

fn asset() -> FixedAssetCreate {
    FixedAssetCreate::new("Press".to_owned(), "2026-01-31".parse().unwrap())
}

async fn call(campfire: &Client, class: Class) -> Result<u32, Error> {
    match class {
        Class::Safe => campfire.contracts().retrieve(1).await.map(|response| response.attempts()),
        Class::Idempotent => {
            campfire.contracts().update(1, &ContractUpdate::default()).await.map(|response| response.attempts())
        }
        Class::Keyed => campfire.fixed_assets().create(&asset()).await.map(|response| response.attempts()),
        Class::Never => campfire.contracts().duplicate(1).await.map(|response| response.attempts()),
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::OutcomeUnknown(_) => "outcome unknown",
        Error::Authentication(_) => "authentication",
        Error::Permission(_) => "permission",
        Error::NotFound(_) => "not found",
        Error::Validation(_) => "validation",
        Error::Conflict(_) => "conflict",
        Error::RateLimited(_) => "rate limited",
        Error::Server(_) => "server",
        Error::Status(_) => "status",
        Error::Decode(_) => "decode",
        Error::Transport(_) => "transport",
        Error::Timeout(_) => "timeout",
        _ => "other",
    }
}

#[tokio::test]
async fn timeouts_name_the_limit_that_expired() {
    let limit = Duration::from_millis(100);
    for fault in [Silent, SilentMidBody] {
        let server = Server::start(fault, usize::MAX).await;
        let builder = || Client::builder().api_key(KEY).base_url(&server.url).retry(RetryPolicy::none());
        for (phase, builder) in [
            (TimeoutPhase::Response, builder().read_timeout(limit)),
            (TimeoutPhase::Attempt, builder().attempt_timeout(limit)),
            (TimeoutPhase::Call, builder().timeout(limit)),
        ] {
            let campfire = builder.build().unwrap();
            let error = call(&campfire, Class::Safe).await.unwrap_err();
            let Error::Timeout(timeout) = &error else { panic!("{phase:?}: {error:?}") };
            assert_eq!((timeout.phase(), timeout.may_have_been_processed()), (phase, true), "{fault:?}");
            assert!(error.to_string().ends_with("within 100ms"), "{error}");
            let error = call(&campfire, Class::Never).await.unwrap_err();
            let Error::OutcomeUnknown(unknown) = &error else { panic!("{phase:?}: {error:?}") };
            assert!(matches!(unknown.cause(), Error::Timeout(timeout) if timeout.phase() == phase), "{error:?}");
        }
    }
    let server = Server::start(SilentMidBody, usize::MAX).await;
    let campfire = Client::builder().api_key(KEY).base_url(&server.url).read_timeout(limit).build().unwrap();
    let mut download = campfire.download(&format!("{}/file", server.url)).await.unwrap();
    assert_eq!(download.chunk().await.unwrap().as_deref(), Some(&b"{\"id\": 1"[..]));
    let error = download.chunk().await.unwrap_err();
    assert!(matches!(&error, Error::Timeout(timeout) if timeout.phase() == TimeoutPhase::Response), "{error:?}");
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn handshake_failures_are_retried_for_every_class() {
    for class in CLASSES {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let hellos = Arc::new(Mutex::new(Vec::new()));
        let seen = hellos.clone();
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, hello) = accept(&listener).await;
                seen.lock().unwrap().push(hello);
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            }
        });
        let policy = quick_retries().attempts(3);
        let campfire = Client::builder().api_key(KEY).base_url(url).retry(policy).build().unwrap();
        let error = call(&campfire, class).await.unwrap_err();
        task.abort();
        let hellos = hellos.lock().unwrap();
        assert_eq!(hellos.len(), 3, "{class:?}: {error}");
        assert!(
            hellos.iter().all(|hello| !hello.windows(KEY.len()).any(|part| part == KEY.as_bytes())),
            "the key was sent in the clear"
        );
        assert!(matches!(&error, Error::Transport(error) if !error.may_have_been_processed()), "{class:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_retryable() {
    for class in CLASSES {
        let gone = Client::builder()
            .api_key(KEY)
            .base_url("http://127.0.0.1:1")
            .retry(quick_retries().attempts(3))
            .build()
            .unwrap();
        let error = call(&gone, class).await.unwrap_err();
        assert!(matches!(error, Error::Transport(_)) && error.is_retryable(), "{class:?}: {error:?}");
    }
}

#[tokio::test]
async fn retries_are_bounded_by_attempts_and_budget() {
    let server = Server::start(Respond(500, "", ""), usize::MAX).await;
    let campfire = server.client();
    assert_eq!(kind(&call(&campfire, Class::Safe).await.unwrap_err()), "server");
    assert_eq!(server.seen.lock().unwrap().attempts, 4, "four attempts by default");
    for _ in 0..20 {
        call(&campfire, Class::Safe).await.unwrap_err();
    }
    // 21 first attempts, and ten retries out of the budget.
    assert_eq!(server.seen.lock().unwrap().attempts, 31);
    let once = campfire.contracts().retrieve(1).retry(RetryPolicy::none()).await;
    assert!(once.is_err());
    assert_eq!(server.seen.lock().unwrap().attempts, 32);
}

#[tokio::test]
async fn a_429_pauses_the_whole_client_until_a_probe_succeeds() {
    let server = Server::start(Respond(429, "retry-after: 0\r\n", DETAIL), 5).await;
    let campfire = server.client();
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let campfire = campfire.clone();
            tokio::spawn(async move { campfire.contracts().duplicate(1).await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let seen = server.seen.lock().unwrap();
    assert_eq!((seen.processed, seen.attempts), (64, 69), "each was processed once, and five attempts were rejected");
}

/// A server that sends the heads of its responses, and holds their bodies back.
#[tokio::test]
async fn a_429_pauses_the_client_before_its_body_is_there() {
    let (listener, url) = crate::support::server::listen().await;
    let (release, _) = tokio::sync::broadcast::channel::<()>(1);
    let (seen, mut requests) = tokio::sync::mpsc::unbounded_channel();
    let bodies = release.clone();
    let server = tokio::spawn(async move {
        for n in 0.. {
            let (mut stream, _) = accept(&listener).await;
            let status = if n == 0 { "429 Too Many Requests\r\nretry-after: 1" } else { "200 OK" };
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: 9\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            seen.send(std::time::Instant::now()).unwrap();
            let mut held = bodies.subscribe();
            tokio::spawn(async move {
                let _ = held.recv().await;
                let _ = stream.write_all(b"{\"id\": 1}").await;
            });
        }
    });
    let (paused, mut heads) = tokio::sync::mpsc::unbounded_channel();
    let campfire =
        Client::builder().api_key(KEY).base_url(url).on_response(move |_, head| paused.send(head.status).unwrap());
    let campfire = campfire.build().unwrap();
    let start = || {
        let campfire = campfire.clone();
        tokio::spawn(async move { call(&campfire, Class::Never).await })
    };
    let first = start();
    let rejected = requests.recv().await.unwrap();
    assert_eq!(heads.recv().await.unwrap().as_u16(), 429);
    let others: Vec<_> = (0..30).map(|_| start()).collect();
    // All 30 are sent without a body having arrived, and none within the pause.
    for _ in 0..30 {
        let sent = requests.recv().await.unwrap();
        assert!(sent.duration_since(rejected) > Duration::from_millis(900), "{:?}", sent.duration_since(rejected));
    }
    let releasing = tokio::spawn(async move {
        loop {
            let _ = release.send(());
            tokio::task::yield_now().await;
        }
    });
    for call in others.into_iter().chain([first]) {
        call.await.unwrap().unwrap();
    }
    releasing.abort();
    server.abort();
}

#[tokio::test]
async fn an_excessive_retry_after_is_not_waited_for() {
    let server = Server::start(Respond(503, "retry-after: 3600\r\n", DETAIL), usize::MAX).await;
    let error = call(&server.client(), Class::Safe).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(server.seen.lock().unwrap().attempts, 1);
}

#[tokio::test]
async fn a_lost_response_names_the_operation_to_check() {
    let server = Server::start(ClosedAfterRequest, 1).await;
    let error = server.client().contracts().duplicate(1).await.unwrap_err();
    let Error::OutcomeUnknown(unknown) = &error else { panic!("{error:?}") };
    assert_eq!(unknown.read_back(), Some("contracts.list"));
    let text = error.to_string();
    assert!(text.starts_with("contracts.duplicate: ") && text.contains("check with `contracts.list`"), "{text}");
    assert_eq!(error.operation(), Some("contracts.duplicate"));
}

#[tokio::test]
async fn redirects_do_not_leak_the_key() {
    let elsewhere = Server::start(Respond(200, "", "{}"), 0).await;
    // The first server redirects to the second one.
    let location: &'static str = Box::leak(format!("location: {}/stolen\r\n", elsewhere.url).into_boxed_str());
    let server = Server::start(Respond(307, location, ""), usize::MAX).await;
    let error = server.client().contracts().retrieve(1).await.unwrap_err();
    assert!(error.to_string().contains("not followed"), "{error}");
    assert_eq!(server.seen.lock().unwrap().authorizations, 1);
    assert_eq!(elsewhere.seen.lock().unwrap().attempts, 0);
}

#[tokio::test]
async fn cancelled_calls_release_their_permits() {
    let server = Server::start(Respond(200, "", "{}"), 0).await;
    let campfire = Client::builder().api_key(KEY).base_url(&server.url).max_in_flight(2).build().unwrap();
    for _ in 0..200 {
        // Polled once and dropped: each call must return its permit.
        let call = campfire.contracts().retrieve(1).send();
        let _ = tokio::time::timeout(Duration::ZERO, call).await;
    }
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let campfire = campfire.clone();
            tokio::spawn(async move { campfire.contracts().retrieve(1).await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_call_that_times_out_in_the_queue_was_not_processed() {
    let server = Server::start(Silent, 1).await;
    let campfire = Client::builder().api_key(KEY).base_url(&server.url).max_in_flight(1).build().unwrap();
    let first = tokio::spawn(campfire.contracts().retrieve(1).send());
    while campfire.in_flight() == 0 {
        tokio::task::yield_now().await;
    }
    let error = campfire.contracts().duplicate(1).timeout(Duration::from_millis(20)).await.unwrap_err();
    let Error::Timeout(timeout) = &error else { panic!("{error:?}") };
    assert!(!timeout.may_have_been_processed() && error.is_retryable(), "{error:?}");
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(campfire.in_flight(), 0, "the aborted call kept its permit");
}

/// A user's loop on `is_retryable()` around keyed calls, each of which may have been processed.
#[tokio::test]
async fn keyed_calls_are_retryable_only_with_the_users_key() {
    let server = Server::start(Respond(500, "", ""), 3).await;
    let campfire = Client::builder().api_key(KEY).base_url(&server.url).retry(RetryPolicy::none()).build().unwrap();
    let body = asset();
    let error = campfire.fixed_assets().create(&body).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown(_)) && !error.is_retryable(), "{error:?}");
    let key = error.idempotency_key().unwrap().to_owned();
    assert!(!format!("{error:?}").contains(&key), "{error:?}");
    let error = campfire.fixed_assets().create(&body).idempotency_key(&key).await.unwrap_err();
    assert!(error.is_retryable() && error.idempotency_key() == Some(&key), "{error:?}");
    // A key set as a header is a key as well.
    let error = campfire.fixed_assets().create(&body).header("Idempotency-Key", &key).await.unwrap_err();
    assert!(error.is_retryable() && error.idempotency_key() == Some(&key), "{error:?}");
    campfire.fixed_assets().create(&body).idempotency_key(error.idempotency_key().unwrap()).await.unwrap();
    assert_eq!(server.seen.lock().unwrap().keys, vec![Some(key); 4]);
    // Without proof that the server honors keys, a key of the user's proves nothing.
    let server = Server::start(Respond(500, "", ""), 1).await;
    let error = server.client().contracts().duplicate(1).idempotency_key("k").await.unwrap_err();
    assert!(!error.is_retryable(), "{error:?}");
}

/// The reference only suggests that the server honors the key of a journal entry.
#[tokio::test]
async fn journal_entries_are_retried_only_by_clients_that_trust_keys() {
    for trust in [false, true] {
        let server = Server::start(Respond(500, "", ""), 1).await;
        let builder = Client::builder().api_key(KEY).base_url(&server.url).retry(quick_retries());
        let campfire = builder.trust_idempotency_keys(trust).build().unwrap();
        let outcome = campfire.journal_entries().create(&JournalEntryCreate::new(Vec::new())).await;
        let seen = server.seen.lock().unwrap();
        if trust {
            assert_eq!(outcome.unwrap().attempts(), 2);
            assert!(seen.keys[0].is_some() && seen.keys[0] == seen.keys[1], "{:?}", seen.keys);
        } else {
            let error = outcome.unwrap_err();
            assert!(matches!(error, Error::OutcomeUnknown(_)) && !error.is_retryable(), "{error:?}");
            assert_eq!(seen.keys, [None]);
        }
    }
}

/// Names are not unique, so a search that creates what is missing could create it twice.
#[tokio::test]
async fn a_search_that_creates_is_not_retried() {
    for upsert in [None, Some(false), Some(true)] {
        let server = Server::start(Respond(500, "", ""), 1).await;
        let campfire = Client::builder().api_key(KEY).base_url(&server.url).retry(quick_retries()).build().unwrap();
        let vendors = vec![VendorKey::new("Northwind".to_owned())];
        let search = VendorBulkSearch { upsert, ..VendorBulkSearch::new(vendors) };
        let outcome = campfire.vendors().bulk_search(&search).await;
        if upsert == Some(true) {
            let error = outcome.unwrap_err();
            assert!(matches!(error, Error::OutcomeUnknown(_)) && !error.is_retryable(), "{error:?}");
        } else {
            assert!(!matches!(outcome, Err(Error::OutcomeUnknown(_))), "{outcome:?}");
        }
        assert_eq!(server.seen.lock().unwrap().attempts, if upsert == Some(true) { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_success_that_is_too_large_says_that_the_call_took_effect() {
    for class in CLASSES {
        let server = Server::start(Respond(201, "", r#"{"id": 1, "deal_name": "Northwind"}"#), 1).await;
        let campfire = Client::builder().api_key(KEY).base_url(&server.url).max_body(10).build().unwrap();
        let error = call(&campfire, class).await.unwrap_err();
        let Error::Transport(transport) = &error else { panic!("{class:?}: {error:?}") };
        assert_eq!(transport.took_effect(), class != Class::Safe, "{class:?}");
        assert_eq!(error.to_string().contains("do not retry it"), class != Class::Safe, "{error}");
        assert!(!error.is_retryable(), "{class:?}");
        assert_eq!(server.seen.lock().unwrap().attempts, 1, "{class:?}");
    }
}

#[tokio::test]
async fn hooks_cannot_change_or_remove_the_idempotency_key() {
    let server = Server::start(Respond(200, "", "{}"), 0).await;
    let builder = || Client::builder().api_key(KEY).base_url(&server.url);
    for campfire in [
        builder().on_request(|_, head| drop(head.headers.remove("idempotency-key"))).build().unwrap(),
        builder()
            .on_request(|_, head| drop(head.headers.insert("idempotency-key", http::HeaderValue::from_static("x"))))
            .build()
            .unwrap(),
    ] {
        let error = call(&campfire, Class::Keyed).await.unwrap_err();
        assert!(matches!(error, Error::Request(_)) && error.to_string().contains("idempotency-key"), "{error}");
    }
    assert_eq!(server.seen.lock().unwrap().attempts, 0);
}

#[tokio::test]
async fn a_post_without_a_body_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let campfire = Client::builder().api_key(KEY).base_url(url).retry(RetryPolicy::none()).build().unwrap();
    let request = tokio::spawn(async move {
        let (mut stream, request) = accept(&listener).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"id\": 1}").await.unwrap();
        String::from_utf8(request).unwrap().to_lowercase()
    });
    campfire.contracts().duplicate(1).await.unwrap();
    let request = request.await.unwrap();
    assert_eq!(request.matches("content-length: 0\r\n").count(), 1, "{request}");
}

/// Runs itself in a process whose environment names proxies at which nobody listens.
#[test]
fn loopback_is_never_reached_through_a_proxy() {
    const CHILD: &str = "CAMPFIRE_TEST_BEHIND_PROXY";
    if std::env::var_os(CHILD).is_some() {
        return crate::support::block_on(async {
            let server = Server::start(Respond(200, "", "{}"), 0).await;
            let campfire = Client::builder().api_key(KEY).base_url(&server.url).retry(RetryPolicy::none());
            call(&campfire.build().unwrap(), Class::Safe).await.unwrap();
        });
    }
    let name = "reliability::loopback_is_never_reached_through_a_proxy";
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", name]).env(CHILD, "1").env_remove("NO_PROXY").env_remove("no_proxy");
    for proxy in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(proxy, "http://127.0.0.1:1");
    }
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
