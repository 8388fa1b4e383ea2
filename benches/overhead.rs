//! What the transport costs a call: retries, limits, hooks and decoding of errors against a bare reqwest that decodes the
//! same answer with the same type, over loopback, in one run.
//!
//!     cargo bench --bench overhead

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use campfire::Client;
use campfire::types::Contract;
use divan::{Bencher, counter::ItemsCount};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

const CONCURRENT: usize = 64;
const CALLS: usize = 512;

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

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn campfire(server: &Server) -> Client {
    Client::builder().api_key("k-123").base_url(&server.url).build().unwrap()
}

/// The same client as the one inside: plain HTTP needs no TLS of it.
fn bare() -> reqwest::Client {
    reqwest::Client::builder().tls_backend_preconfigured(rustls_config()).build().unwrap()
}

fn rustls_config() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

/// The same with the limits that the client sets, which are reqwest's own work.
fn limited() -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(rustls_config())
        .user_agent("bench")
        .connect_timeout(std::time::Duration::from_secs(10))
        .read_timeout(std::time::Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

async fn fetch(http: &reqwest::Client, url: &str) -> Contract {
    let request = http.get(url).header("authorization", "Token k-123").header("accept", "application/json");
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

#[divan::bench(sample_count = 3000, sample_size = 1)]
fn latency_campfire(bencher: Bencher<'_, '_>) {
    let (server, runtime) = (serve(), runtime());
    let campfire = campfire(&server);
    bencher.bench_local(|| runtime.block_on(async { campfire.contracts().retrieve(1).await.unwrap() }));
}

#[divan::bench(sample_count = 3000, sample_size = 1)]
fn latency_reqwest(bencher: Bencher<'_, '_>) {
    let (server, runtime) = (serve(), runtime());
    let http = bare();
    let url = format!("{}/rr/api/v1/contracts/1", server.url);
    bencher.bench_local(|| runtime.block_on(fetch(&http, &url)));
}

/// Runs so many calls from so many tasks.
async fn many<F, Fut>(call: F)
where
    F: Fn() -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..CONCURRENT)
        .map(|_| {
            let (next, call) = (next.clone(), call.clone());
            tokio::spawn(async move {
                while next.fetch_add(1, Ordering::Relaxed) < CALLS {
                    call().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[divan::bench(sample_count = 60, sample_size = 1)]
fn throughput_campfire(bencher: Bencher<'_, '_>) {
    let (server, runtime) = (serve(), runtime());
    let campfire = campfire(&server);
    bencher.counter(ItemsCount::new(CALLS)).bench_local(|| {
        let campfire = campfire.clone();
        runtime.block_on(many(move || {
            let campfire = campfire.clone();
            async move { drop(campfire.contracts().retrieve(1).await.unwrap()) }
        }));
    });
}

#[divan::bench(sample_count = 60, sample_size = 1)]
fn throughput_reqwest(bencher: Bencher<'_, '_>) {
    let (server, runtime) = (serve(), runtime());
    let http = bare();
    let url = format!("{}/rr/api/v1/contracts/1", server.url);
    bencher.counter(ItemsCount::new(CALLS)).bench_local(|| {
        let (http, url) = (http.clone(), url.clone());
        runtime.block_on(many(move || {
            let (http, url) = (http.clone(), url.clone());
            async move { drop(fetch(&http, &url).await) }
        }));
    });
}

#[divan::bench(sample_count = 60, sample_size = 1)]
fn throughput_reqwest_with_limits(bencher: Bencher<'_, '_>) {
    let (server, runtime) = (serve(), runtime());
    let http = limited();
    let url = format!("{}/rr/api/v1/contracts/1", server.url);
    bencher.counter(ItemsCount::new(CALLS)).bench_local(|| {
        let (http, url) = (http.clone(), url.clone());
        runtime.block_on(many(move || {
            let (http, url) = (http.clone(), url.clone());
            async move { drop(fetch(&http, &url).await) }
        }));
    });
}
