//! Lists of growing size, and lists over a slow connection. Prints two tables, which `benches/README.md` explains.
//!
//!     cargo bench --bench lists

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use campfire::{Client, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves a list of this many tags, each response after a delay, and returns a client of that server.
async fn serve(records: usize, delay: Duration) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = stream.set_nodelay(true);
            tokio::spawn(serve_connection(stream, records, delay));
        }
    });
    Client::builder().api_key("k").base_url(url).retry(RetryPolicy::none()).build().unwrap()
}

async fn serve_connection(mut stream: TcpStream, records: usize, delay: Duration) {
    let mut buffer = [0; 4096];
    // Requests without a body fit into one read.
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        let head = String::from_utf8_lossy(&buffer[..read]);
        let target = head.split(' ').nth(1).unwrap_or_default();
        let number = |name: &str| {
            let (_, query) = target.split_once('?')?;
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse::<usize>().ok())
        };
        let response = page(records, number("offset").unwrap_or(0), number("limit").unwrap_or(100));
        tokio::time::sleep(delay).await;
        if stream.write_all(&response).await.is_err() {
            return;
        }
    }
}

/// Returns the response with a page. Short lists are written once, so that the server's work is not measured.
fn page(records: usize, offset: usize, limit: usize) -> Arc<[u8]> {
    type Pages = BTreeMap<(usize, usize, usize), Arc<[u8]>>;
    static KEPT: Mutex<Pages> = Mutex::new(BTreeMap::new());
    if records > 50_000 {
        return write_page(records, offset, limit);
    }
    let mut kept = KEPT.lock().unwrap();
    kept.entry((records, offset, limit)).or_insert_with(|| write_page(records, offset, limit)).clone()
}

fn write_page(records: usize, offset: usize, limit: usize) -> Arc<[u8]> {
    let end = (offset + limit).min(records);
    let next = if end < records { format!("\"http://x/?offset={end}\"") } else { "null".to_owned() };
    let mut page = format!("{{\"count\":{records},\"next\":{next},\"previous\":null,\"results\":[");
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
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", page.len());
    (head + &page).into_bytes().into()
}

/// Returns the peak of resident memory since the last call, in MiB. Only Linux reports it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib: u64 =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()?;
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    Some(kib / 1024)
}

async fn read(campfire: &Client, page: u32, concurrency: usize) -> (usize, Duration) {
    let started = Instant::now();
    let mut tags = campfire.tags().list().page_size(page).concurrency(concurrency).stream();
    let mut records = 0;
    while tags.try_next().await.unwrap().is_some() {
        records += 1;
    }
    (records, started.elapsed())
}

#[tokio::main]
async fn main() {
    println!("Lists of growing size, pages of 1,000, one at a time\n");
    println!("| records | total | per record | peak memory |\n| ---: | ---: | ---: | ---: |");
    for records in [1_000, 10_000, 100_000, 1_000_000] {
        let campfire = serve(records, Duration::ZERO).await;
        peak();
        let (read, took) = read(&campfire, 1_000, 1).await;
        assert_eq!(read, records);
        let peak = peak().map_or("?".to_owned(), |mib| format!("{mib} MiB"));
        println!("| {records} | {took:.1?} | {:.2?} | {peak} |", took / records as u32);
    }
    println!("\n50,000 records in pages of 500, each response after 50 ms\n");
    println!("| concurrency | took | ideal | overhead |\n| ---: | ---: | ---: | ---: |");
    let campfire = serve(50_000, Duration::from_millis(50)).await;
    read(&campfire, 500, 16).await;
    for concurrency in [1, 4, 16] {
        let (read, took) = read(&campfire, 500, concurrency).await;
        assert_eq!(read, 50_000);
        // The first page tells how many pages there are; the others are fetched concurrently.
        let ideal = Duration::from_millis(50) * (1 + 99_u32.div_ceil(concurrency as u32));
        let overhead = (took.as_secs_f64() / ideal.as_secs_f64() - 1.0) * 100.0;
        println!("| {concurrency} | {took:.2?} | {ideal:.2?} | {overhead:.0} % |");
    }
}
