//! What a response may take in memory: at most 12 times the size of its decompressed body, whatever is in it. A small one may
//! take 64 MiB beside its body in any case.
//!
//! A binary of its own, because its allocator counts the whole process. All cases run in one test, one after the other.

use std::io::Write;

use campfire::{Client, RetryPolicy};
use peak_alloc::PeakAlloc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const SIZE: usize = 2_200_000;

/// So large that only the ratio counts.
const LARGE: usize = 12_000_000;

const RATIO: f64 = 12.0;

/// What small responses may take in any case.
const LEAST: usize = 64 << 20;

/// A body: a start, a pattern that is repeated up to a size, and an end. `N` in the pattern is a number.
struct Body {
    size: usize,
    start: String,
    pattern: String,
    end: String,
}

impl Body {
    fn page(record: impl Into<String>) -> Self {
        Self::new(r#"{"count": null, "next": null, "results": ["#, record.into(), "]}")
    }

    fn new(start: impl Into<String>, pattern: impl Into<String>, end: impl Into<String>) -> Self {
        Self { size: SIZE, start: start.into(), pattern: pattern.into(), end: end.into() }
    }

    /// Passes the body on in pieces, so that the server itself takes no memory.
    fn write(&self, mut sink: impl FnMut(&[u8])) {
        let (mut written, mut number, mut piece) = (0, 1_000_000_u64, String::new());
        sink(self.start.as_bytes());
        while written < self.size {
            // A piece without numbers is written again and again.
            while piece.len() < 64 << 10 {
                piece.push_str(&self.pattern.replace('N', &number.to_string()));
                piece.push(',');
                number += 1;
            }
            written += piece.len();
            sink(piece.as_bytes());
            if self.pattern.contains('N') {
                piece.clear();
            }
        }
        sink(self.pattern.replace('N', "0").as_bytes());
        sink(self.end.as_bytes());
    }

    fn len(&self) -> usize {
        let mut len = 0;
        self.write(|piece| len += piece.len());
        len
    }

    fn gzip(&self) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        self.write(|piece| encoder.write_all(piece).unwrap());
        encoder.finish().unwrap()
    }
}

/// Serves a compressed body to any request.
async fn serve(gzip: Vec<u8>) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let length = gzip.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\
                 connection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&gzip).await;
        }
    });
    Client::builder().api_key("k").base_url(url).retry(RetryPolicy::none()).build().unwrap()
}

fn bodies() -> Vec<(&'static str, Body)> {
    let deep = |depth: usize| format!("{}0{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}0{}", r#"{"":"#.repeat(depth), "}".repeat(depth));
    vec![
        ("nulls", Body::new("[", "null", "]")),
        ("nulls in a page", Body::page("null")),
        ("zeros", Body::new("[", "0", "]")),
        ("empty objects", Body::page("{}")),
        ("empty lists", Body::page("[]")),
        ("empty strings", Body::page("\"\"")),
        ("small objects", Body::page(r#"{"":0}"#)),
        ("records with only an id", Body::page(r#"{"id":1}"#)),
        ("records with a name", Body::page(r#"{"id":N,"deal_name":"a name that takes a while to read","a":0}"#)),
        ("records with small unknown objects", Body::page(r#"{"id":N,"a":{"":0},"b":{"":0},"c":[{"":0}]}"#)),
        ("records with lists", Body::page(r#"{"id":N,"tags":[{"id":1},{"id":2},{"id":3}],"x":[0,0,0,0,0,0]}"#)),
        ("deep lists", Body::page(deep(100))),
        ("deep objects", Body::page(objects(100))),
        ("records with deep objects", Body::page(format!(r#"{{"id":N,"x":{}}}"#, objects(90)))),
        ("many keys", Body::new("{", r#""N":0"#, "}")),
        ("many keys in a record", Body::new(r#"{"results":[{"id":1,"#, r#""N":0"#, "}]}")),
        ("escapes", Body::new("[\"", "\\u00e9\\n", "\"]")),
        ("an escaped string", Body::new(r#"{"results":[{"id":1,"deal_name":""#, "\\u00e9", "\"}]}")),
        ("numbers", Body::new("[", "1.50", "]")),
        ("records that are no objects", Body::page("12345678")),
        ("a record that never ends", Body::new(r#"{"results":[{"id":1,"x":["#, "0", "")),
        ("keys of the page", Body::new(r#"{"results":[],"#, r#""N":{"":0}"#, "}")),
    ]
}

/// Returns the peak of the memory that a call takes, as a multiple of the size of the body.
async fn peak<T>(size: usize, call: impl Future<Output = T>) -> f64 {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    drop(call.await);
    (ALLOCATOR.peak_usage() - before) as f64 / size as f64
}

/// Returns what a response of this size may take, as a multiple of it.
fn allowed(size: usize) -> f64 {
    // Beside the values: the body, its strings, and what is left of a growing buffer.
    RATIO.max(4.0 + LEAST as f64 / size as f64)
}

#[tokio::test]
async fn a_response_takes_no_more_memory_than_documented() {
    check(SIZE).await;
}

/// Takes minutes in a debug build: `cargo test --release --test memory -- --ignored`.
#[tokio::test]
#[ignore = "takes minutes in a debug build"]
async fn a_large_response_takes_at_most_twelve_times_its_size() {
    assert!(allowed(LARGE) <= RATIO);
    check(LARGE).await;
}

async fn check(size: usize) {
    let mut excessive = Vec::new();
    for (name, mut body) in bodies() {
        body.size = size;
        let size = body.len();
        let campfire = serve(body.gzip()).await;
        let list = || campfire.contracts().list();
        let untyped = peak(size, list().send_untyped()).await;
        let page = peak(size, list().send()).await;
        let record = peak(size, campfire.contracts().retrieve(1).send()).await;
        let stream = peak(size, async {
            let mut records = list().stream();
            while let Ok(Some(_)) = records.try_next().await {}
        });
        let stream = stream.await;
        let line = format!("{name}: untyped {untyped:.1}, page {page:.1}, record {record:.1}, stream {stream:.1}");
        println!("{line}");
        if [untyped, page, record, stream].iter().any(|ratio| *ratio > allowed(size)) {
            excessive.push(line);
        }
    }
    assert!(excessive.is_empty(), "{excessive:#?}");
}
