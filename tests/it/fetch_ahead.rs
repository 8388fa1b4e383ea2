//! Lists with large pages: the next request does not wait until a page has arrived and is decoded, within a limit of bytes.

use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Waker};
use std::time::Duration;

use campfire::Client;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::unbounded_channel;

use crate::support::server::{accept, listen};
use crate::support::{client, quick_retries};

const PAGE: usize = 300;
const RECORDS: usize = 4 * PAGE;

/// Serves a list of contracts whose pages are large enough to be decoded on a thread of their own.
async fn serve(on_request: impl Fn(usize) + Send + 'static) -> Client {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut stream, request) = accept(&listener).await;
            let offset = offset(&request);
            on_request(offset);
            let body = page(offset).to_string();
            let _ = stream.write_all((head(&body) + &body).as_bytes()).await;
        }
    });
    client(url)
}

fn offset(request: &[u8]) -> usize {
    let head = String::from_utf8_lossy(request);
    head.split_once("offset=").map_or(0, |(_, rest)| {
        rest.split(|character: char| !character.is_ascii_digit()).next().unwrap().parse().unwrap()
    })
}

fn head(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())
}

fn page(offset: usize) -> Value {
    let end = (offset + PAGE).min(RECORDS);
    let contract = |id| json!({"id": id, "deal_name": "x".repeat(1_000)});
    let next = (end < RECORDS).then(|| format!("https://api.example/x?offset={end}"));
    json!({"count": RECORDS, "next": next, "results": (offset..end).map(contract).collect::<Vec<_>>()})
}

/// A runtime with a single thread for decoding.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap()
}

#[test]
fn the_next_page_is_requested_before_a_large_page_is_decoded() {
    runtime().block_on(async {
        let (sender, requests) = mpsc::channel();
        let campfire = serve(move |offset| {
            let _ = sender.send(offset);
        })
        .await;
        // The thread that decodes is busy until the second request arrives.
        let busy = tokio::task::spawn_blocking(move || {
            let next = || requests.recv_timeout(Duration::from_secs(10));
            [next(), next()]
        });
        let mut contracts = campfire.contracts().list().stream();
        assert_eq!(contracts.try_next().await.unwrap().map(|contract| contract.id.get()), Some(0));
        assert_eq!(busy.await.unwrap(), [Ok(0), Ok(PAGE - 1)]);
        let mut ids = vec![0];
        while let Some(contract) = contracts.try_next().await.unwrap() {
            ids.push(contract.id.get());
        }
        assert!(ids.into_iter().eq(0..RECORDS as i64));
    });
}

#[test]
fn the_next_page_is_requested_while_the_task_of_the_user_does_not_run() {
    runtime().block_on(async {
        let (sender, mut requests) = unbounded_channel();
        let campfire = serve(move |offset| {
            let _ = sender.send(offset);
        })
        .await;
        let mut pages = campfire.contracts().list().pages();
        let poll = pin!(pages.try_next()).poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending());
        for expected in [0, PAGE - 1] {
            let offset = tokio::time::timeout(Duration::from_secs(10), requests.recv()).await;
            assert_eq!(offset.expect("the page was requested"), Some(expected));
        }
        let mut records = 0;
        while let Some(page) = pages.try_next().await.unwrap() {
            records += page.results.len();
        }
        assert_eq!(records, RECORDS);
    });
}

/// Reads a list whose server withholds the rest of each page but the first until it has the request for the next page.
fn read_from_a_server_that_withholds(head: fn(&str) -> String, sent: fn(&str) -> usize) {
    const PAGES: usize = 5;
    runtime().block_on(async {
        let (listener, url) = listen().await;
        let server = tokio::spawn(async move {
            let mut offsets = Vec::new();
            let mut withheld: Option<(TcpStream, String)> = None;
            while offsets.len() < PAGES {
                let (mut stream, request) = accept(&listener).await;
                offsets.push(offset(&request));
                if let Some((mut stream, rest)) = withheld.take() {
                    stream.write_all(rest.as_bytes()).await.unwrap();
                }
                let mut body = page(offset(&request)).to_string();
                stream.write_all(head(&body).as_bytes()).await.unwrap();
                let is_withheld = (2..PAGES).contains(&offsets.len());
                let rest = body.split_off(if is_withheld { sent(&body) } else { body.len() });
                stream.write_all(body.as_bytes()).await.unwrap();
                withheld = is_withheld.then_some((stream, rest));
            }
            offsets
        });
        let campfire = client(url);
        let contracts = tokio::time::timeout(Duration::from_secs(10), campfire.contracts().list().all());
        let contracts = contracts.await.expect("the next page was requested").unwrap();
        assert!(contracts.iter().map(|contract| contract.id.get()).eq(0..RECORDS as i64));
        assert!(server.await.unwrap().into_iter().eq((0..PAGES).map(|page| page * (PAGE - 1))));
    });
}

#[test]
fn the_next_page_is_requested_as_soon_as_the_head_of_a_page_is_there() {
    read_from_a_server_that_withholds(head, |_| 100);
}

#[test]
fn a_page_without_an_announced_length_is_known_to_be_large_once_much_has_arrived() {
    read_from_a_server_that_withholds(
        |_| "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_owned(),
        |body| body.len() - 10,
    );
}

#[test]
fn a_page_that_breaks_off_behind_its_head_is_fetched_again() {
    runtime().block_on(async {
        let (listener, url) = listen().await;
        let server = tokio::spawn(async move {
            let mut offsets = Vec::new();
            loop {
                let (mut stream, request) = accept(&listener).await;
                let is_first_time = !offsets.contains(&offset(&request));
                offsets.push(offset(&request));
                let body = page(offset(&request)).to_string();
                let sent = if is_first_time { body.len() / 2 } else { body.len() };
                stream.write_all((head(&body) + &body[..sent]).as_bytes()).await.unwrap();
                if !is_first_time && body.contains(r#""next":null"#) {
                    return offsets;
                }
            }
        });
        let campfire = Client::builder().api_key("k").base_url(url).retry(quick_retries()).build().unwrap();
        let contracts = campfire.contracts().list().all().await.unwrap();
        assert!(contracts.iter().map(|contract| contract.id.get()).eq(0..RECORDS as i64));
        let mut offsets = server.await.unwrap();
        offsets.sort_unstable();
        let twice = (0..5).flat_map(|page| [page * (PAGE - 1); 2]);
        assert!(offsets.iter().copied().eq(twice), "{offsets:?}");
    });
}

#[test]
fn bytes_ahead_limit_what_is_fetched_ahead() {
    runtime().block_on(async {
        let log = Arc::new(Mutex::new(Vec::new()));
        let requests = log.clone();
        let campfire = serve(move |offset| requests.lock().unwrap().push(("requested", offset))).await;
        let mut pages = campfire.contracts().list().concurrency(4).bytes_ahead(1).pages();
        while let Some(page) = pages.try_next().await.unwrap() {
            log.lock().unwrap().push(("returned", page.results.len()));
        }
        let expected = [
            ("requested", 0),
            ("returned", PAGE),
            ("requested", PAGE - 1),
            ("returned", PAGE - 1),
            ("requested", 2 * (PAGE - 1)),
            ("returned", PAGE - 1),
            ("requested", 3 * (PAGE - 1)),
            ("returned", PAGE - 1),
            ("requested", 4 * (PAGE - 1)),
            ("returned", 3),
        ];
        assert_eq!(*log.lock().unwrap(), expected);
    });
}

#[test]
fn max_items_are_not_exceeded_by_requests() {
    runtime().block_on(async {
        let log = Arc::new(Mutex::new(Vec::new()));
        let requests = log.clone();
        let campfire = serve(move |offset| requests.lock().unwrap().push(offset)).await;
        let list = campfire.contracts().list().concurrency(4).max_items(2 * PAGE as u64 - 1);
        assert_eq!(list.all().await.unwrap().len(), 2 * PAGE - 1);
        assert_eq!(*log.lock().unwrap(), [0, PAGE - 1]);
    });
}
