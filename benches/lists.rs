//! Reading 100,000 contracts, page by page: through the client, with structs written by hand, and by the clients of other
//! languages that `scripts/peers.sh` installs.
//!
//!     cargo bench -p campfire-benches --bench lists
//!
//! Server and readers are processes of their own, so that time and memory of each are measured apart. The readers take
//! turns. A reader prints the number of records, the seconds that reading them took, and its peak memory in MiB.

mod shapes;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use campfire::{Client, RetryPolicy};

const RECORDS: usize = 100_000;
const PAGE: usize = 1_000;
const ROUNDS: usize = 7;
/// What a response takes over the internet.
const LATENCY: Duration = Duration::from_millis(50);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve", delay] => serve(Duration::from_millis(delay.parse().unwrap())),
        ["read", reader, url] => read(reader, url),
        _ => compare(arguments.iter().skip_while(|argument| **argument != "--peers").nth(1).copied()),
    }
}

/// Has all readers take turns, without and with latency. `peers` is the folder of the readers in other languages.
fn compare(peers: Option<&str>) {
    println!("{RECORDS} contracts of {} bytes in pages of {PAGE}, medians of {ROUNDS} rounds\n", record().len() + 8);
    // These are compared with what would be ideal, not with each other, so they come before anything that makes the machine
    // slower by load. One page after another: what the machine takes without decoding.
    let timed = [("bytes only", "bytes", 1), ("campfire", "1", 1), ("campfire", "4", 4), ("campfire", "16", 16)];
    let commands: Vec<_> = timed.iter().map(|(name, reader, _)| (*name, ours(reader))).collect();
    println!("Each response after {LATENCY:?}\n");
    println!("| reader | concurrency | took | floor | relative | peak memory |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let measured = take_turns(&Server::start(LATENCY), &commands);
    for ((name, _, width), Measured { seconds, peak }) in timed.iter().zip(measured) {
        // The first page says how many there are; the others are read side by side.
        let floor = LATENCY.as_secs_f64() * (1 + (RECORDS / PAGE - 1).div_ceil(*width)) as f64;
        let relative = seconds / floor;
        println!("| {name} | {width} | {seconds:.2} s | {floor:.2} s | {relative:.2} | {peak:.0} MiB |");
    }

    let mut readers: Vec<(&str, Vec<String>)> = vec![
        ("by hand, f64", ours("by-hand")),
        ("bytes only", ours("bytes")),
        ("campfire", ours("1")),
        ("campfire, concurrency 4", ours("4")),
        ("campfire, concurrency 16", ours("16")),
    ];
    if let Some(folder) = peers {
        let script = |program: &str, name: &str| vec![program.to_owned(), format!("{folder}/{name}")];
        readers.push(("axios (Node)", script("node", "axios.mjs")));
        readers.push(("requests (Python)", script(&format!("{folder}/venv/bin/python"), "requests_json.py")));
        readers.push(("httpx, msgspec (Python)", script(&format!("{folder}/venv/bin/python"), "httpx_msgspec.py")));
    }
    println!("\nEach response at once\n\n| reader | took | relative | peak memory |\n| --- | ---: | ---: | ---: |");
    let measured = take_turns(&Server::start(Duration::ZERO), &readers);
    let first = measured[0].seconds;
    for ((name, _), Measured { seconds, peak }) in readers.iter().zip(measured) {
        println!("| {name} | {seconds:.2} s | {:.2} | {peak:.0} MiB |", seconds / first);
    }
}

/// Returns the command that runs a reader of this program.
fn ours(reader: &str) -> Vec<String> {
    let program = std::env::current_exe().unwrap();
    vec![program.to_str().unwrap().to_owned(), "read".to_owned(), reader.to_owned()]
}

#[derive(Clone, Copy)]
struct Measured {
    seconds: f64,
    peak: f64,
}

/// Runs all readers in turn, several times. Returns the median of the times and the largest peak of each.
fn take_turns(server: &Server, readers: &[(&str, Vec<String>)]) -> Vec<Measured> {
    let mut measured = vec![Vec::with_capacity(ROUNDS); readers.len()];
    for _ in 0..ROUNDS {
        for ((_, command), measured) in readers.iter().zip(&mut measured) {
            measured.push(run(command, &server.url));
        }
    }
    let median = |mut rounds: Vec<Measured>| {
        rounds.sort_by(|left, right| left.seconds.total_cmp(&right.seconds));
        let peak = rounds.iter().map(|round| round.peak).fold(0.0, f64::max);
        Measured { peak, ..rounds[rounds.len() / 2] }
    };
    measured.into_iter().map(median).collect()
}

fn run(command: &[String], url: &str) -> Measured {
    let output = Command::new(&command[0]).args(&command[1..]).arg(url).stderr(Stdio::inherit()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!(numbers[0], RECORDS as f64, "{command:?} lost records");
    Measured { seconds: numbers[1], peak: numbers[2] }
}

/// A server as a process of its own, which ends with this one.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(delay: Duration) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["serve", &delay.as_millis().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves the list until standard input ends.
fn serve(delay: Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve_connection(stream.unwrap(), delay));
        }
    });
    let _ = io::copy(&mut io::stdin(), &mut io::sink());
}

fn serve_connection(mut stream: TcpStream, delay: Duration) {
    let _ = stream.set_nodelay(true);
    let record = record();
    let (mut request, mut response) = ([0; 4096], Vec::new());
    // Requests without a body fit into one read.
    while let Ok(read @ 1..) = stream.read(&mut request) {
        let head = String::from_utf8_lossy(&request[..read]).into_owned();
        let target = head.split(' ').nth(1).unwrap_or_default();
        let number = |name: &str| {
            let (_, query) = target.split_once('?')?;
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse::<usize>().ok())
        };
        let due = Instant::now() + delay;
        page(&mut response, &record, number("offset").unwrap_or(0), number("limit").unwrap_or(PAGE));
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if stream.write_all(&response).is_err() {
            return;
        }
    }
}

/// Returns a contract without its id and without white space between the values, as servers send it.
fn record() -> String {
    let text = include_str!("../tests/payloads/contract.json");
    let compact = text.lines().map(str::trim_start).collect::<Vec<_>>().join("").replace("\": ", "\":");
    let (_, rest) = compact.split_once(',').unwrap();
    format!(",{rest}")
}

/// Writes the response that contains a page over the one before it. The server takes part of the time that readers have on the
/// same cores, so it copies and allocates no more than it must.
fn page(response: &mut Vec<u8>, record: &str, offset: usize, limit: usize) {
    let end = (offset + limit).min(RECORDS);
    let next = if end < RECORDS { format!("\"http://x/?offset={end}\"") } else { "null".to_owned() };
    let start = format!("{{\"count\":{RECORDS},\"next\":{next},\"previous\":null,\"results\":[");
    let ids: usize = (offset..end).map(|id| (id + 1).ilog10() as usize + 1).sum();
    let rows = end.saturating_sub(offset);
    let length = start.len() + ids + rows * ("{\"id\":".len() + record.len()) + rows.saturating_sub(1) + "]}".len();
    response.clear();
    let _ = write!(response, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    let head = response.len();
    response.extend_from_slice(start.as_bytes());
    for id in offset..end {
        let comma = if id > offset { "," } else { "" };
        let _ = write!(response, "{comma}{{\"id\":{}", id + 1);
        response.extend_from_slice(record.as_bytes());
    }
    response.extend_from_slice(b"]}");
    assert_eq!(response.len() - head, length);
}

/// Reads the list and prints what that took.
fn read(reader: &str, url: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (records, took) = runtime.block_on(async {
        match reader {
            "bytes" => by_hand(url, |_| PAGE).await,
            "by-hand" => by_hand(url, contracts).await,
            concurrency => campfire(url, concurrency.parse().unwrap()).await,
        }
    });
    println!("{records} {} {}", took.as_secs_f64(), peak().unwrap_or(f64::NAN));
}

async fn campfire(url: &str, concurrency: usize) -> (usize, Duration) {
    let campfire = Client::builder().api_key("k").base_url(url).retry(RetryPolicy::none()).build().unwrap();
    let started = Instant::now();
    let mut contracts = campfire.contracts().list().page_size(PAGE as u32).concurrency(concurrency).stream();
    let mut records = 0;
    while contracts.try_next().await.unwrap().is_some() {
        records += 1;
    }
    (records, started.elapsed())
}

/// Reads page by page as a script does.
async fn by_hand(url: &str, decode: impl Fn(&[u8]) -> usize) -> (usize, Duration) {
    let http = plain_http();
    let started = Instant::now();
    let mut records = 0;
    while records < RECORDS {
        let target = format!("{url}/contracts?offset={records}&limit={PAGE}");
        let response = http.get(target).header("authorization", "Token k").send().await.unwrap();
        records += decode(&response.bytes().await.unwrap());
    }
    (records, started.elapsed())
}

/// Returns a client of reqwest's own. Plain HTTP needs no certificates.
fn plain_http() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap()
}

fn contracts(page: &[u8]) -> usize {
    serde_json::from_slice::<shapes::Page<shapes::Contract>>(page).unwrap().results.len()
}

/// Returns the peak of resident memory in MiB. Only Linux reports it.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib: f64 =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024.0)
}
