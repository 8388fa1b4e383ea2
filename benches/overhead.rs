//! The overhead of the client per call: retries, limits, hooks and error decoding, compared with bare reqwest over
//! loopback. Both send the same request, and decode the same response with the same function.
//!
//!     cargo bench --bench overhead
//!
//! The contenders take turns, and each turn is compared with the turn of bare reqwest in the same round, because other load
//! on the machine affects them alike. `cargo bench --bench overhead -- campfire` runs one contender alone, for profiling.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use campfire::{Client, Json};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const ROUNDS: usize = 400;
/// Sequential calls per turn.
const SEQUENTIAL: usize = 64;
/// Concurrent calls per turn, spread over `TASKS` tasks.
const CONCURRENT: usize = 512;
const TASKS: usize = 64;

/// A server that sends the same contract in every response, on a runtime of its own.
struct Server {
    url: String,
    _runtime: Runtime,
}

fn serve() -> Server {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = include_str!("../tests/payloads/contract.json");
    let response: Arc<[u8]> =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
            .into();
    runtime.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.set_nodelay(true);
            let response = response.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                // Requests without a body fit into one read.
                while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                    if stream.write_all(&response).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Server { url, _runtime: runtime }
}

/// Returns a builder for a client that sends the headers which the SDK's client sends with each request.
fn bare() -> reqwest::ClientBuilder {
    let gzip = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]);
    barest()
        .user_agent(HeaderValue::from_static(concat!("campfire-sdk-rust/", env!("CARGO_PKG_VERSION"))))
        .default_headers(gzip)
}

/// Returns a builder for a client without such headers. Plain HTTP needs no certificates.
fn barest() -> reqwest::ClientBuilder {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls)
}

async fn fetch(http: &reqwest::Client, url: &str) -> Json {
    let request = http.get(url).header("authorization", "Token k-123").header("accept", "application/json");
    let response = request.send().await.unwrap().error_for_status().unwrap();
    Json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

/// A way to make the call.
#[derive(Clone)]
enum Contender {
    Reqwest(reqwest::Client, String),
    Campfire(Client),
}

impl Contender {
    async fn call(&self) {
        match self {
            Contender::Reqwest(http, url) => drop(fetch(http, url).await),
            Contender::Campfire(campfire) => drop(campfire.contracts().retrieve(1).send_untyped().await.unwrap()),
        }
    }

    /// Returns the mean duration of a call when calls are made one after the other.
    async fn sequential(&self) -> Duration {
        let started = Instant::now();
        for _ in 0..SEQUENTIAL {
            self.call().await;
        }
        started.elapsed() / SEQUENTIAL as u32
    }

    /// Returns the mean duration of a call when many are in flight.
    async fn concurrent(&self) -> Duration {
        let started = Instant::now();
        let next = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (next, contender) = (next.clone(), self.clone());
                tokio::spawn(async move {
                    while next.fetch_add(1, Ordering::Relaxed) < CONCURRENT {
                        contender.call().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        started.elapsed() / CONCURRENT as u32
    }
}

type Turn = fn(&Contender) -> Pin<Box<dyn Future<Output = Duration> + '_>>;

fn main() {
    let (server, runtime) = (serve(), tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
    let url = format!("{}/rr/api/v1/contracts/1", server.url);
    let limited = bare().connect_timeout(Duration::from_secs(10)).read_timeout(Duration::from_secs(60));
    let campfire = Client::builder().api_key("k-123").base_url(&server.url).build().unwrap();
    let only = std::env::args().nth(1).filter(|name| !name.starts_with('-'));
    let contenders: Vec<_> = [
        ("bare reqwest", Contender::Reqwest(bare().build().unwrap(), url.clone())),
        ("reqwest with two headers fewer", Contender::Reqwest(barest().build().unwrap(), url.clone())),
        ("reqwest with its own timeouts", Contender::Reqwest(limited.build().unwrap(), url)),
        ("campfire", Contender::Campfire(campfire)),
    ]
    .into_iter()
    .filter(|(name, _)| only.as_ref().is_none_or(|only| name == only))
    .collect();
    let turns: [(&str, Turn); 2] = [
        ("sequential calls", |contender| Box::pin(contender.sequential())),
        ("64 tasks on one thread", |contender| Box::pin(contender.concurrent())),
    ];
    for (name, turn) in turns {
        let mut times: Vec<Vec<Duration>> = contenders.iter().map(|_| Vec::with_capacity(ROUNDS)).collect();
        runtime.block_on(async {
            for round in 0..ROUNDS {
                // The first contender of each round alternates.
                for index in 0..contenders.len() {
                    let index = (index + round) % contenders.len();
                    times[index].push(turn(&contenders[index].1).await);
                }
            }
        });
        println!("{name}, per call:");
        for ((name, _), own) in contenders.iter().zip(&times) {
            let more = own.iter().zip(&times[0]).map(|(own, bare)| bare.as_secs_f64() / own.as_secs_f64() - 1.0);
            let micros = median(own.iter().map(|time| time.as_secs_f64() * 1e6));
            println!("  {name:<34} {micros:6.2} µs  {:+6.1} % calls per second", median(more) * 100.0);
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
