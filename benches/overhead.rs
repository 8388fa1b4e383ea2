//! What the transport costs a call: retries, limits, hooks and decoding of errors against a bare reqwest that decodes the
//! same answer with the same type, over loopback.
//!
//!     cargo bench --bench overhead
//!
//! The contenders take turns, many times, and each turn is compared with that of bare reqwest just before: what the
//! machine does meanwhile hits all of them. `cargo bench --bench overhead -- campfire` runs that one alone, to profile it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use campfire::Client;
use campfire::types::Contract;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const ROUNDS: usize = 400;
/// Calls of a turn, one after the other.
const IN_ORDER: usize = 64;
/// Calls of a turn, from so many tasks at once.
const AT_ONCE: usize = 512;
const TASKS: usize = 64;

/// A server that answers everything with the same contract, on a runtime of its own.
struct Server {
    url: String,
    _runtime: Runtime,
}

fn serve() -> Server {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = include_str!("../tests/payloads/contract.json");
    let answer: Arc<[u8]> =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
            .into();
    runtime.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.set_nodelay(true);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                // Requests without a body fit into one read.
                while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Server { url, _runtime: runtime }
}

/// The same client as the one inside: plain HTTP needs no TLS of it.
fn bare() -> reqwest::ClientBuilder {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls)
}

async fn fetch(http: &reqwest::Client, url: &str) -> Contract {
    let request = http.get(url).header("authorization", "Token k-123").header("accept", "application/json");
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
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
            Contender::Campfire(campfire) => drop(campfire.contracts().retrieve(1).await.unwrap()),
        }
    }

    /// How long a call takes while nothing else happens.
    async fn in_order(&self) -> Duration {
        let begun = Instant::now();
        for _ in 0..IN_ORDER {
            self.call().await;
        }
        begun.elapsed() / IN_ORDER as u32
    }

    /// How long a call takes, in the mean, while many are under way.
    async fn at_once(&self) -> Duration {
        let begun = Instant::now();
        let next = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (next, contender) = (next.clone(), self.clone());
                tokio::spawn(async move {
                    while next.fetch_add(1, Ordering::Relaxed) < AT_ONCE {
                        contender.call().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        begun.elapsed() / AT_ONCE as u32
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
        ("reqwest with its own time limits", Contender::Reqwest(limited.build().unwrap(), url)),
        ("campfire", Contender::Campfire(campfire)),
    ]
    .into_iter()
    .filter(|(name, _)| only.as_ref().is_none_or(|only| name == only))
    .collect();
    let turns: [(&str, Turn); 2] = [
        ("one call after the other", |contender| Box::pin(contender.in_order())),
        ("64 tasks on one thread", |contender| Box::pin(contender.at_once())),
    ];
    for (what, turn) in turns {
        let mut times: Vec<Vec<Duration>> = contenders.iter().map(|_| Vec::with_capacity(ROUNDS)).collect();
        runtime.block_on(async {
            for round in 0..ROUNDS {
                // Who comes first changes, too.
                for index in 0..contenders.len() {
                    let index = (index + round) % contenders.len();
                    times[index].push(turn(&contenders[index].1).await);
                }
            }
        });
        println!("{what}, per call:");
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
