//! Lists of growing size, and lists over a slow line. Prints two tables; `benches/README.md` explains them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use campfire::{Client, RetryPolicy};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A server of a list with so many tags, each answer after a pause.
async fn serve(rows: usize, pause: Duration) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service_fn(move |request: Request<Incoming>| async move {
                tokio::time::sleep(pause).await;
                let number = |name: &str| {
                    let pairs = request.uri().query().unwrap_or_default().split('&');
                    pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?.1.parse::<usize>().ok()
                };
                let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap_or(100));
                Ok::<_, Infallible>(Response::new(Full::new(page(rows, offset, limit))))
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Client::builder().api_key("k").base_url(url).retry(RetryPolicy::none()).build().unwrap()
}

/// A page, written once if pages are kept: the server's work is not what is measured.
fn page(rows: usize, offset: usize, limit: usize) -> Bytes {
    static KEPT: Mutex<BTreeMap<(usize, usize, usize), Bytes>> = Mutex::new(BTreeMap::new());
    if rows > 50_000 {
        return written(rows, offset, limit);
    }
    let mut kept = KEPT.lock().unwrap();
    kept.entry((rows, offset, limit)).or_insert_with(|| written(rows, offset, limit)).clone()
}

fn written(rows: usize, offset: usize, limit: usize) -> Bytes {
    let end = (offset + limit).min(rows);
    let next = if end < rows { format!("\"http://x/?offset={end}\"") } else { "null".to_owned() };
    let mut page = format!("{{\"count\":{rows},\"next\":{next},\"previous\":null,\"results\":[");
    for id in offset..end {
        let comma = if id > offset { "," } else { "" };
        let _ = write!(
            page,
            "{comma}{{\"id\":{id},\"name\":\"Cost centre {id}\",\"group\":7,\"group_name\":\"Regions\",\"parent\":null,\
             \"is_active\":true,\"is_deleted\":false,\"deleted_at\":null,\"created_at\":\"2025-01-01T00:00:00+0000\",\
             \"last_modified_at\":\"2025-06-01T12:30:00+0000\"}}"
        );
    }
    page.push_str("]}");
    page.into()
}

/// The most memory that was resident since the last call, in MiB. Linux alone tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib: u64 =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()?;
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    Some(kib / 1024)
}

async fn read(campfire: &Client, page: u32, concurrency: usize) -> (usize, Duration) {
    let begun = Instant::now();
    let mut tags = campfire.tags().list().page_size(page).concurrency(concurrency).stream();
    let mut rows = 0;
    while tags.try_next().await.unwrap().is_some() {
        rows += 1;
    }
    (rows, begun.elapsed())
}

#[tokio::main]
async fn main() {
    println!("Lists of growing size, pages of 1,000, one at a time\n");
    println!("| rows | in all | per row | resident at most |\n| ---: | ---: | ---: | ---: |");
    for rows in [1_000, 10_000, 100_000, 1_000_000] {
        let campfire = serve(rows, Duration::ZERO).await;
        peak();
        let (read, took) = read(&campfire, 1_000, 1).await;
        assert_eq!(read, rows);
        let peak = peak().map_or("?".to_owned(), |mib| format!("{mib} MiB"));
        println!("| {rows} | {took:.1?} | {:.2?} | {peak} |", took / rows as u32);
    }
    println!("\n50,000 rows in pages of 500, each answer after 50 ms\n");
    println!("| concurrency | took | at best | over it |\n| ---: | ---: | ---: | ---: |");
    let campfire = serve(50_000, Duration::from_millis(50)).await;
    read(&campfire, 500, 16).await;
    for concurrency in [1, 4, 16] {
        let (read, took) = read(&campfire, 500, concurrency).await;
        assert_eq!(read, 50_000);
        // The first page tells how many there are; then as many at a time as may be.
        let best = Duration::from_millis(50) * (1 + 99_u32.div_ceil(concurrency as u32));
        let over = (took.as_secs_f64() / best.as_secs_f64() - 1.0) * 100.0;
        println!("| {concurrency} | {took:.2?} | {best:.2?} | {over:.0} % |");
    }
}
