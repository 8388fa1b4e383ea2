//! Responses that are too large or nested too deeply.

use std::io::Write;
use std::time::Duration;

use campfire::error::TimeoutPhase;
use campfire::{Client, Error, RetryPolicy};
use tokio::io::AsyncWriteExt;

use crate::support::KEY;
use crate::support::server::{accept, listen};

const LIMIT: usize = 1 << 20;

/// Serves a response whose body is `chunk`, sent `times` times over. Returns the error of the client and how many bytes
/// of the body the server could send.
async fn respond(head: &str, chunk: Vec<u8>, times: u64) -> (Error, u64) {
    let (listener, url) = listen().await;
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}\r\n");
    let server = tokio::spawn(async move {
        let (mut stream, _) = accept(&listener).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut sent = 0;
        for _ in 0..times {
            // The client closes the connection when it has read enough.
            if stream.write_all(&chunk).await.is_err() {
                break;
            }
            sent += chunk.len() as u64;
        }
        sent
    });
    let campfire =
        Client::builder().api_key(KEY).base_url(url).max_body(LIMIT).retry(RetryPolicy::none()).build().unwrap();
    let error = campfire.contracts().retrieve(1).await.unwrap_err();
    // Closes the connection.
    drop(campfire);
    (error, server.await.unwrap())
}

/// An HTTP chunk that holds `size` spaces.
fn chunk_of(size: usize) -> Vec<u8> {
    format!("{size:x}\r\n{}\r\n", " ".repeat(size)).into_bytes()
}

fn assert_too_large(error: &Error) {
    assert!(error.to_string().contains(&format!("larger than {LIMIT} bytes")), "{error}");
}

#[tokio::test]
async fn an_oversized_content_length_is_rejected_up_front() {
    let (error, sent) = respond("content-length: 1073741824\r\n", vec![b' '; 65_536], 16_384).await;
    assert_too_large(&error);
    assert!(sent < 64 << 20, "the server could send {sent} bytes");
}

#[tokio::test]
async fn an_oversized_chunked_body_stops_at_the_limit() {
    let (error, sent) = respond("transfer-encoding: chunked\r\n", chunk_of(65_536), 16_384).await;
    assert_too_large(&error);
    assert!(sent < 64 << 20, "the server could send {sent} bytes");
}

#[tokio::test]
async fn a_gzip_bomb_is_measured_decompressed() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..128 {
        bomb.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 18, "128 MiB compressed to {} bytes", bomb.len());
    let head = format!("content-encoding: gzip\r\ncontent-length: {}\r\n", bomb.len());
    let (error, _) = respond(&head, bomb, 1).await;
    assert_too_large(&error);
}

#[tokio::test]
async fn two_hundred_levels_of_nesting_are_rejected() {
    for (deep, name) in
        [("[".repeat(200) + &"]".repeat(200), "arrays"), (r#"{"a":"#.repeat(200) + "1" + &"}".repeat(200), "objects")]
    {
        let body = format!(r#"{{"id": 1, "unlisted": {deep}}}"#).into_bytes();
        let (error, _) = respond(&format!("content-length: {}\r\n", body.len()), body, 1).await;
        let Error::Decode(error) = error else { panic!("{name}: {error}") };
        assert!(error.to_string().contains("contracts.retrieve"), "{name}: {error}");
        assert!(error.excerpt().len() <= 200);
    }
}

#[tokio::test]
async fn an_endless_body_stops_at_the_limit() {
    let (error, _) = respond("transfer-encoding: chunked\r\n", chunk_of(4096), u64::MAX).await;
    assert_too_large(&error);
}

/// A server that sends a byte every now and then, so that no silence is long.
#[tokio::test]
async fn a_slow_error_body_is_not_waited_for() {
    let (listener, url) = listen().await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = accept(&listener).await;
        let head = b"HTTP/1.1 500 X\r\ncontent-length: 100000\r\n\r\n{\"detail\": \"Broken.\", \"a\": \"";
        stream.write_all(head).await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let builder = Client::builder().api_key(KEY).base_url(url).retry(RetryPolicy::none());
    let campfire = builder.read_timeout(Duration::from_millis(200)).build().unwrap();
    let error =
        tokio::time::timeout(Duration::from_secs(20), campfire.contracts().retrieve(1)).await.unwrap().unwrap_err();
    let api = error.api().unwrap();
    assert_eq!((api.status().as_u16(), api.message()), (500, "Broken."));
    drop(campfire);
    server.await.unwrap();
}

/// The only thread that decodes large responses is busy.
#[test]
fn a_time_limit_covers_decoding() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    let (release, busy) = std::sync::mpsc::channel::<()>();
    runtime.spawn_blocking(move || busy.recv());
    runtime.block_on(async {
        let server = httpmock::MockServer::start_async().await;
        let body = format!(r#"{{"id": 1, "deal_name": "{}"}}"#, "x".repeat(400_000));
        server.mock_async(|_, then| drop(then.status(200).body(body))).await;
        let campfire = Client::builder().api_key(KEY).base_url(server.base_url()).timeout(Duration::from_secs(2));
        let campfire = campfire.build().unwrap();
        let bound = Duration::from_secs(30);
        let error = tokio::time::timeout(bound, campfire.contracts().retrieve(1)).await.unwrap().unwrap_err();
        let Error::Timeout(timeout) = &error else { panic!("{error:?}") };
        assert_eq!((timeout.phase(), timeout.took_effect()), (TimeoutPhase::Call, false));
        assert!(error.is_retryable(), "{error:?}");
        let error = tokio::time::timeout(bound, campfire.contracts().duplicate(1)).await.unwrap().unwrap_err();
        let Error::Timeout(timeout) = &error else { panic!("{error:?}") };
        assert!(timeout.took_effect() && !error.is_retryable(), "{error:?}");
        assert!(error.to_string().ends_with("within 2s; the call itself succeeded: do not retry it"), "{error}");
    });
    release.send(()).unwrap();
}

/// Each byte is an HTTP chunk of its own. `ONE_BYTE_CHUNKS` sets their number; twice as many take about twice as long.
#[tokio::test]
async fn one_byte_chunks_take_linear_time() {
    let chunks = std::env::var("ONE_BYTE_CHUNKS").ok().and_then(|chunks| chunks.parse().ok()).unwrap_or(1 << 11);
    let mut times = Vec::new();
    for chunks in [chunks, 4 * chunks] {
        let (listener, url) = listen().await;
        let server = tokio::spawn(async move {
            let (mut stream, _) = accept(&listener).await;
            let body = format!(r#"{{"id": 1, "deal_name": "{}"}}"#, "x".repeat(chunks));
            let mut response = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
            for byte in body.bytes() {
                response.extend_from_slice(&[b'1', b'\r', b'\n', byte, b'\r', b'\n']);
            }
            response.extend_from_slice(b"0\r\n\r\n");
            stream.write_all(&response).await.unwrap();
        });
        let campfire = Client::builder().api_key(KEY).base_url(url).retry(RetryPolicy::none()).build().unwrap();
        let started = std::time::Instant::now();
        campfire.contracts().retrieve(1).await.unwrap();
        times.push(started.elapsed());
        server.await.unwrap();
    }
    println!("{} and {} chunks took {times:?}", chunks, 4 * chunks);
    // Quadratic time would be 16 times as much.
    assert!(times[1] < times[0] * 10 + Duration::from_millis(50), "{times:?}");
}
