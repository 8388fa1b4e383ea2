//! Connections: what is certain before the first byte is sent, and which idle connections are used.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use campfire::error::TimeoutPhase;
use campfire::{Client, ClientBuilder, Error, Event, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Class, call};
use crate::support::server::{accept, listen};
use crate::support::{KEY, quick_retries};

/// Returns a client, and the number of its attempts so far.
fn counting(builder: ClientBuilder) -> (Client, Arc<AtomicUsize>) {
    let attempts = Arc::new(AtomicUsize::new(0));
    let count = attempts.clone();
    let on_event = move |event: &Event<'_>| {
        if let Event::Attempt(_) = event {
            count.fetch_add(1, Ordering::Relaxed);
        }
    };
    (builder.on_event(on_event).build().unwrap(), attempts)
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn a_limit_that_ends_before_the_first_byte_is_certain() {
    let limit = Duration::from_millis(30);
    for class in [Class::Idempotent, Class::Keyed, Class::Never] {
        // Nobody accepts: the connection stands, and the TLS handshake does not begin.
        let (_listener, url) = listen().await;
        let url = url.replace("http:", "https:");
        let builder = || Client::builder().api_key(KEY).base_url(&url).retry(quick_retries().attempts(3));
        for (phase, builder, sent) in [
            (TimeoutPhase::Response, builder().read_timeout(limit), 3),
            (TimeoutPhase::Attempt, builder().attempt_timeout(limit), 3),
            (TimeoutPhase::Call, builder().timeout(limit), 0),
        ] {
            let (campfire, attempts) = counting(builder);
            let error = call(&campfire, class).await.unwrap_err();
            let Error::Timeout(timeout) = &error else { panic!("{class:?}: {phase:?}: {error:?}") };
            assert_eq!((timeout.phase(), timeout.may_have_been_processed()), (phase, false), "{class:?}");
            assert!(error.is_retryable(), "{class:?}: {phase:?}");
            // An attempt that the limit of the call ends is not reported.
            assert_eq!(attempts.load(Ordering::Relaxed), sent, "{class:?}: {phase:?}");
        }
    }
}

/// Many calls run out of time around the moment in which a connection takes their requests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_certainly_not_sent_never_reaches_the_server() {
    let (listener, url) = listen().await;
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let mut requests = tokio::task::JoinSet::new();
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted.unwrap().0,
                _ = &mut stopped => break,
            };
            requests.spawn(key_of_request(stream));
        }
        requests.join_all().await.into_iter().flatten().collect::<BTreeSet<usize>>()
    });
    let builder = || Client::builder().api_key(KEY).base_url(&url).retry(RetryPolicy::none());
    let campfire = builder().max_in_flight(64).build().unwrap();
    let calls: Vec<_> = (0..600)
        .map(|n| {
            let limit = Duration::from_millis(fastrand::u64(1..300));
            let call = campfire.contracts().duplicate(1).idempotency_key(n.to_string()).timeout(limit).send();
            tokio::spawn(async move { (n, call.await.map(drop)) })
        })
        .collect();
    let mut certain = Vec::new();
    for call in calls {
        match call.await.unwrap() {
            (_, Ok(()) | Err(Error::OutcomeUnknown(_))) => {}
            (n, Err(error)) => {
                assert!(error.is_retryable(), "{error:?}");
                certain.push(n);
            }
        }
    }
    // Closes idle connections. The server has accepted all others when it accepts one more.
    drop(campfire);
    call(&builder().build().unwrap(), Class::Safe).await.unwrap();
    stop.send(()).unwrap();
    let seen = server.await.unwrap();
    assert!(certain.iter().all(|n| !seen.contains(n)), "{certain:?} {seen:?}");
    println!("{} were not sent, {} were seen", certain.len(), seen.len());
}

/// Serves a request, and returns its idempotency key.
async fn key_of_request(mut stream: TcpStream) -> Option<usize> {
    let mut request = [0; 4096];
    let read = stream.read(&mut request).await.unwrap_or(0);
    let response = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\n{\"id\": 1}";
    let _ = stream.write_all(response).await;
    let request = String::from_utf8_lossy(&request[..read]).to_lowercase();
    request.lines().find_map(|line| line.strip_prefix("idempotency-key: ")?.parse().ok())
}

/// Serves one request per connection, but keeps the connection open. A second request on it is lost, as on a server
/// that closes the connection at that moment.
async fn one_request_per_connection(headers: &'static str) -> (String, Arc<AtomicUsize>) {
    let (listener, url) = listen().await;
    let opened = Arc::new(AtomicUsize::new(0));
    let count = opened.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = accept(&listener).await;
            count.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let response = format!("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n{headers}\r\n{{\"id\": 1}}");
                let _ = stream.write_all(response.as_bytes()).await;
                let _ = stream.read(&mut [0; 4096]).await;
            });
        }
    });
    (url, opened)
}

/// Lets connections be idle for this long.
async fn idle(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn connections_are_not_kept_longer_than_the_server_keeps_them() {
    let (url, opened) = one_request_per_connection("").await;
    let builder = Client::builder().api_key(KEY).base_url(&url).pool_idle_timeout(Duration::from_millis(200));
    let campfire = builder.build().unwrap();
    for _ in 0..50 {
        call(&campfire, Class::Never).await.unwrap();
        idle(Duration::from_millis(201)).await;
    }
    assert_eq!(opened.load(Ordering::Relaxed), 50);
    // Sooner, the same call meets a connection that the server is about to close.
    call(&campfire, Class::Never).await.unwrap();
    let error = call(&campfire, Class::Never).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
}

#[tokio::test]
async fn what_must_not_be_sent_twice_uses_no_connection_that_was_idle_for_long() {
    let (url, opened) = one_request_per_connection("").await;
    let builder = Client::builder().api_key(KEY).base_url(&url).pool_idle_timeout(Duration::from_secs(3600));
    let campfire = builder.retry(quick_retries()).build().unwrap();
    for _ in 0..3 {
        call(&campfire, Class::Never).await.unwrap();
        idle(Duration::from_secs(5)).await;
    }
    assert_eq!(opened.load(Ordering::Relaxed), 3);
    // Others may use it, and are sent again.
    call(&campfire, Class::Safe).await.unwrap();
    idle(Duration::from_secs(5)).await;
    assert_eq!(call(&campfire, Class::Safe).await.unwrap(), 2);
}

#[tokio::test]
async fn connections_are_not_kept_longer_than_the_server_says() {
    let (url, opened) = one_request_per_connection("keep-alive: timeout=2, max=100\r\n").await;
    let campfire = Client::builder().api_key(KEY).base_url(&url).build().unwrap();
    for class in [Class::Safe, Class::Never, Class::Never, Class::Idempotent, Class::Never] {
        assert_eq!(call(&campfire, class).await.unwrap(), 1, "{class:?}");
        idle(Duration::from_millis(1001)).await;
    }
    assert_eq!(opened.load(Ordering::Relaxed), 5);
}

/// The server closes an idle connection while the runtime of the client is busy with something else.
#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_not_used() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (close, closing) = mpsc::channel::<()>();
    let (closed, is_closed) = mpsc::channel();
    let server = std::thread::spawn(move || {
        for n in 0..20 {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"id\": 1}").unwrap();
            if n < 19 {
                closing.recv().unwrap();
                drop(stream);
                closed.send(()).unwrap();
            }
        }
    });
    let campfire = Client::builder().api_key(KEY).base_url(url).build().unwrap();
    for n in 0..20 {
        call(&campfire, Class::Never).await.unwrap();
        if n < 19 {
            close.send(()).unwrap();
            // Blocks the only thread of the runtime.
            is_closed.recv().unwrap();
        }
    }
    server.join().unwrap();
}

/// The connections of the first runtime are open, but nobody drives them.
#[test]
fn a_client_works_in_a_second_runtime_while_the_first_one_is_idle() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"id\": 1}").unwrap();
                }
            });
        }
    });
    let builder = Client::builder().api_key(KEY).base_url(url).retry(RetryPolicy::none());
    let campfire = builder.read_timeout(Duration::from_secs(5)).build().unwrap();
    let (first, second) = (runtime(), runtime());
    for _ in 0..3 {
        first.block_on(call(&campfire, Class::Safe)).unwrap();
        second.block_on(call(&campfire, Class::Safe)).unwrap();
        second.block_on(call(&campfire, Class::Never)).unwrap();
    }
    // Runtimes that are gone leave nothing behind that could be used.
    for _ in 0..40 {
        runtime().block_on(call(&campfire, Class::Never)).unwrap();
    }
}
