//! A server for one resource, usage records of a contract, with faults, latency, and a list that lags.
//!
//! The sandbox of the SDK behaves like the API; this server misbehaves on purpose, and counts what it has processed.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use campfire::{Client, Json, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How the server misbehaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manners {
    /// The share of creates that meet a fault, from 0 to 1.
    pub(crate) faults: f64,
    /// How long a record is missing from the list.
    pub(crate) lag: Duration,
    /// How long each response takes.
    pub(crate) latency: Duration,
    /// Processes every create, and cuts the connection without a response.
    pub(crate) cuts_all: bool,
}

/// The records that were created: when, and their descriptions.
type Books = Arc<Mutex<Vec<(Instant, String)>>>;

/// A running server. It stops with the runtime of the test.
pub(crate) struct Server {
    pub(crate) url: String,
    books: Books,
    manners: Arc<Mutex<Manners>>,
}

impl Server {
    pub(crate) async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (books, manners) = (Books::default(), Arc::new(Mutex::new(manners)));
        let (shared, settings) = (books.clone(), manners.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(serve(stream, shared.clone(), settings.clone()));
            }
        });
        Self { url, books, manners }
    }

    pub(crate) fn behave(&self, manners: Manners) {
        *self.manners.lock().unwrap() = manners;
    }

    /// Returns the descriptions of all records, sorted.
    pub(crate) fn records(&self) -> Vec<String> {
        let mut records: Vec<String> = self.books.lock().unwrap().iter().map(|(_, text)| text.clone()).collect();
        records.sort_unstable();
        records
    }

    pub(crate) fn client(&self) -> Client {
        client(&self.url)
    }
}

/// Returns a client whose retries are quick.
pub(crate) fn client(url: &str) -> Client {
    let quick = RetryPolicy::default().first_wait(Duration::from_millis(5)).longest_wait(Duration::from_millis(50));
    Client::builder().api_key("test-key").base_url(url).retry(quick).build().unwrap()
}

/// Reads requests from a connection and answers them until a fault closes it.
async fn serve(mut stream: TcpStream, books: Books, manners: Arc<Mutex<Manners>>) {
    let mut buffer = Vec::new();
    while let Some((head, body)) = read(&mut stream, &mut buffer).await {
        let manners = *manners.lock().unwrap();
        let response = match head.starts_with("POST") {
            true => create(&books, &manners, &body).await,
            false => Response::json(200, list(&books, &manners, &head)),
        };
        tokio::time::sleep(manners.latency).await;
        if stream.write_all(response.bytes.as_bytes()).await.is_err() || response.closes {
            return;
        }
    }
}

/// Returns the next request, or `None` at the end of the connection.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, String)> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            let whole = end + 4 + length.unwrap_or(0);
            if buffer.len() >= whole {
                let body = String::from_utf8(buffer[end + 4..whole].to_vec()).unwrap();
                buffer.drain(..whole);
                return Some((head, body));
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

struct Response {
    bytes: String,
    closes: bool,
}

impl Response {
    fn json(status: u16, body: String) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        Self { bytes: head + &body, closes: false }
    }

    fn closing(self, bytes: usize) -> Self {
        Self { bytes: self.bytes[..bytes.min(self.bytes.len())].to_owned(), closes: true }
    }
}

async fn create(books: &Books, manners: &Manners, body: &str) -> Response {
    let body: Json = body.parse().unwrap();
    if body.get("product").and_then(Json::as_i64).is_none() {
        return Response::json(400, r#"{"product": ["This field is required."]}"#.to_owned());
    }
    let process = || {
        let mut books = books.lock().unwrap();
        books.push((Instant::now(), body["description"].as_str().unwrap_or_default().to_owned()));
        record(books.len(), &books[books.len() - 1].1)
    };
    if manners.cuts_all {
        return Response::json(201, process()).closing(0);
    }
    if fastrand::f64() >= manners.faults {
        return Response::json(201, process());
    }
    match fastrand::u8(..8) {
        0 => Response::json(502, "{}".to_owned()),
        1 => {
            process();
            Response::json(504, "{}".to_owned())
        }
        2 => Response::json(200, String::new()).closing(0),
        3 => Response::json(201, process()).closing(0),
        4 => Response::json(201, process()).closing(90),
        5 => {
            let response = Response::json(201, process());
            tokio::time::sleep(Duration::from_millis(700)).await;
            response
        }
        6 => Response::json(503, "{}".to_owned()),
        // The next request on this connection meets its end.
        _ => Response::json(201, process()).closing(usize::MAX),
    }
}

fn record(id: usize, description: &str) -> String {
    format!(r#"{{"id": {id}, "contract": 1, "description": {}}}"#, Json::from(description))
}

fn list(books: &Books, manners: &Manners, head: &str) -> String {
    let query = |name: &str| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let pairs = target.split_once('?').map_or("", |(_, query)| query).split('&');
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| value.parse().ok())
    };
    let (limit, offset): (usize, usize) = (query("limit").unwrap_or(100), query("offset").unwrap_or(0));
    let books = books.lock().unwrap();
    let listed: Vec<_> = books.iter().enumerate().filter(|(_, (since, _))| since.elapsed() >= manners.lag).collect();
    let records = listed.iter().skip(offset).take(limit).map(|(index, (_, text))| record(index + 1, text));
    let results = records.collect::<Vec<_>>().join(", ");
    let more = offset + limit < listed.len();
    let next = if more { format!(r#""http://next.example/?offset={}""#, offset + limit) } else { "null".to_owned() };
    format!(r#"{{"count": {}, "next": {next}, "previous": null, "results": [{results}]}}"#, listed.len())
}
