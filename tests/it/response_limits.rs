//! Responses that are too large or nested too deeply.

use std::io::Write;

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
