//! Hooks and events: what they see and may change, and that they never get the API key.

use campfire::sandbox::{Fault, FaultRule, Sandbox};
use campfire::types::ContractCreate;
use campfire::{Client, ClientBuilder, Error, Event};
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

use crate::support::server::{accept, listen};
use crate::support::{client, quick_retries, sandbox};

const KEY_HEADER: &str = "authorization";

fn builder(sandbox: &Sandbox) -> ClientBuilder {
    sandbox::builder(sandbox).retry(quick_retries())
}

#[tokio::test]
async fn request_hooks_add_headers_and_never_see_the_key() {
    let sandbox = Sandbox::start().await.unwrap();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let record = seen.clone();
    let campfire = builder(&sandbox)
        .on_request(move |operation, head| {
            record.lock().unwrap().push(format!("{} {} {} {:?}", operation.id, head.method, head.uri, head.headers));
            head.headers.insert("x-team", "ledger".parse().unwrap());
            head.headers.insert(KEY_HEADER, "Token another-key".parse().unwrap());
            head.uri = format!("{}?status=ACTIVE", head.uri).parse().unwrap();
        })
        .build()
        .unwrap();
    // The call succeeds: the client sets its own key after the hook has run.
    campfire.contracts().list().await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].starts_with("contracts.list GET http://127.0.0.1"), "{seen:?}");
    assert!(!seen[0].contains(&sandbox.key()) && !seen[0].contains(KEY_HEADER), "{seen:?}");
    assert_eq!(sandbox.requests()[0].query, "status=ACTIVE");
}

#[tokio::test]
async fn request_hooks_cannot_change_the_server_or_the_method() {
    let (sandbox, other) = (Sandbox::start().await.unwrap(), Sandbox::start().await.unwrap());
    let elsewhere = other.url().to_owned();
    let redirected =
        builder(&sandbox).on_request(move |_, head| head.uri = elsewhere.parse().unwrap()).build().unwrap();
    let error = redirected.contracts().list().await.unwrap_err();
    assert!(matches!(error, Error::Request(_)) && error.to_string().contains("another server"), "{error}");
    let changed = builder(&sandbox).on_request(|_, head| head.method = http::Method::DELETE).build().unwrap();
    let error = changed.contracts().list().await.unwrap_err();
    assert!(matches!(error, Error::Request(_)) && error.to_string().contains("method"), "{error}");
    assert!(sandbox.requests().is_empty() && other.requests().is_empty());
}

#[tokio::test]
async fn response_hooks_see_the_head_of_every_response() {
    let sandbox = Sandbox::start().await.unwrap();
    let seen: Arc<Mutex<Vec<(u16, bool)>>> = Arc::default();
    let record = seen.clone();
    let campfire = builder(&sandbox)
        .on_response(move |_, head| {
            record.lock().unwrap().push((head.status.as_u16(), head.headers.contains_key("x-request-id")));
        })
        .build()
        .unwrap();
    sandbox.inject(FaultRule::new(Fault::Status(500)).times(1)).unwrap();
    let response = campfire.contracts().list().await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [(500, true), (200, true)]);
    assert_eq!((response.attempts(), response.request_id()), (2, Some("sandbox-00000002")));
}

#[tokio::test]
async fn events_report_attempts_retries_and_the_outcome() {
    let sandbox = Sandbox::start().await.unwrap();
    let events: Arc<Mutex<Vec<String>>> = Arc::default();
    let record = events.clone();
    let campfire = builder(&sandbox)
        .on_event(move |event| {
            let line = match event {
                Event::Attempt(event) => format!(
                    "attempt {} of {}: {:?} {:?}",
                    event.attempt,
                    event.operation.id,
                    event.status.map(|status| status.as_u16()),
                    event.error.map(Error::kind)
                ),
                Event::Retry(event) => format!("retry after attempt {}", event.attempt),
                Event::Call(event) => {
                    format!("end after {} attempts: {:?}", event.attempts, event.error.map(Error::kind))
                }
                _ => return,
            };
            record.lock().unwrap().push(line);
        })
        .build()
        .unwrap();
    sandbox.inject(FaultRule::new(Fault::Status(502)).operation("contracts.list").times(1)).unwrap();
    campfire.contracts().list().await.unwrap();
    campfire.contracts().retrieve(7).await.unwrap_err();
    sandbox.inject(FaultRule::new(Fault::Truncated).operation("contracts.create")).unwrap();
    campfire.contracts().create(&ContractCreate::default()).await.unwrap_err();
    let expected = [
        "attempt 1 of contracts.list: Some(502) Some(\"server\")",
        "retry after attempt 1",
        "attempt 2 of contracts.list: Some(200) None",
        "end after 2 attempts: None",
        "attempt 1 of contracts.retrieve: Some(404) Some(\"not_found\")",
        "end after 1 attempts: Some(\"not_found\")",
        "attempt 1 of contracts.create: None Some(\"transport\")",
        "end after 1 attempts: Some(\"outcome_unknown\")",
    ];
    assert_eq!(*events.lock().unwrap(), expected);
}

/// Asserts that this many calls can start together and that all of them complete.
async fn assert_calls_run_together(campfire: &Client, calls: usize) {
    let barrier = Arc::new(tokio::sync::Barrier::new(calls));
    let together: Vec<_> = (0..calls)
        .map(|_| {
            let (campfire, barrier) = (campfire.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                campfire.contracts().list().await.map(drop)
            })
        })
        .collect();
    for call in together {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn randomly_cancelled_calls_release_their_permits() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = builder(&sandbox).max_in_flight(16).build().unwrap();
    sandbox.inject(FaultRule::new(Fault::Delay(Duration::from_millis(5))).probability(0.5)).unwrap();
    sandbox.inject(FaultRule::new(Fault::RateLimited(Duration::ZERO)).probability(0.1)).unwrap();
    let mut random = fastrand::Rng::with_seed(11);
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..1_000 {
        let campfire = campfire.clone();
        // Every other call is dropped after some turns of the scheduler, wherever it has got to.
        let turns = if index % 2 == 0 { Some(random.usize(0..3_000)) } else { None };
        tasks.spawn(async move {
            let call = campfire.contracts().list();
            let Some(turns) = turns else { return Some(call.await.is_ok()) };
            let patience = async {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                biased;
                outcome = call.into_future() => Some(outcome.is_ok()),
                () = patience => None,
            }
        });
    }
    let (mut ended, mut dropped) = (0, 0);
    while let Some(outcome) = tasks.join_next().await {
        match outcome.unwrap() {
            Some(good) => ended += usize::from(good),
            None => dropped += 1,
        }
    }
    assert!(ended >= 500 && dropped > 0, "{ended} completed, {dropped} dropped");
    sandbox.clear_faults();
    assert_calls_run_together(&campfire, 16).await;
    assert_eq!(campfire.in_flight(), 0, "a dropped call kept its permit");
    assert_eq!(tasks.len(), 0);
}

#[tokio::test]
async fn every_kind_of_error_keeps_the_request_id() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = builder(&sandbox).build().unwrap();
    for (fault, kind) in
        [(Fault::Status(400), "validation"), (Fault::Status(500), "outcome_unknown"), (Fault::Malformed, "decode")]
    {
        sandbox.inject(FaultRule::new(fault).times(1)).unwrap();
        let error = campfire.contracts().create(&ContractCreate::default()).await.unwrap_err();
        assert_eq!((error.kind(), error.request_id().is_some()), (kind, true), "{error:?}");
    }
}

#[tokio::test]
async fn a_truncated_response_keeps_the_request_id() {
    let (listener, url) = listen().await;
    let server = tokio::spawn(async move {
        let (mut stream, request) = accept(&listener).await;
        assert!(!request.is_empty());
        stream.write_all(b"HTTP/1.1 200 OK\r\nx-request-id: r-7\r\ncontent-length: 90\r\n\r\n{").await.unwrap();
    });
    let error = client(url).contracts().create(&ContractCreate::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.request_id()), ("outcome_unknown", Some("r-7")), "{error:?}");
    server.await.unwrap();
}
