//! Thousands of creates under random faults, each in a user's loop on `is_retryable()`. The server counts them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use campfire::sandbox::{Fault, FaultRule, Moment, Sandbox};
use campfire::types::{ContractCreate, JournalEntryCreate};
use campfire::{Client, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::kind;
use crate::support::quick_retries;
use crate::support::sandbox::builder;
use crate::support::server::listen;

const MAX_BODY: usize = 1 << 20;

/// Each strikes about one request in a hundred.
const FAULTS: [Fault; 18] = [
    Fault::Status(500),
    Fault::Status(503),
    Fault::Status(521),
    Fault::Status(525),
    Fault::Html(502),
    Fault::Html(522),
    Fault::StatusAfterProcessing(502),
    Fault::StatusAfterProcessing(504),
    Fault::StatusAfterProcessing(520),
    Fault::StatusAfterProcessing(524),
    Fault::Reset(Moment::MidRequest),
    Fault::Reset(Moment::BeforeProcessing),
    Fault::Reset(Moment::AfterProcessing),
    Fault::Reset(Moment::MidResponse),
    Fault::Truncated,
    Fault::Malformed,
    Fault::Oversized(2 * MAX_BODY as u64),
    Fault::RateLimited(Duration::ZERO),
];

/// How a user's loop ended.
#[derive(Debug)]
enum Outcome {
    Created,
    /// The user has dropped the call.
    Cancelled,
    Failed(Error),
}

/// `RELIABILITY_CREATES` sets the number of creates (1,000 by default).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creates_under_random_faults_happen_at_most_once() {
    let total = std::env::var("RELIABILITY_CREATES").ok().and_then(|total| total.parse().ok()).unwrap_or(1_000);
    let sandbox = Sandbox::builder().seed(6).start().await.unwrap();
    for fault in FAULTS {
        sandbox.inject(FaultRule::new(fault).probability(0.012)).unwrap();
    }
    let url = through_impatient_gateway(sandbox.url()).await;
    let builder = builder(&sandbox).base_url(url).max_body(MAX_BODY).retry(quick_retries());
    // The sandbox honors idempotency keys.
    let campfire = builder.trust_idempotency_keys(true).build().unwrap();
    let outcomes = create_concurrently(&campfire, total).await;
    drop(campfire);
    let times = count_creations(&sandbox);
    let mut tally = BTreeMap::<&str, usize>::new();
    for (n, outcome) in &outcomes {
        let times = times.get(n).copied().unwrap_or(0);
        assert!(times <= 1, "{n} was created {times} times: {outcome:?}");
        let (name, expected) = expectation(outcome);
        *tally.entry(name).or_default() += 1;
        assert!(expected.is_none_or(|expected| times == expected), "{n} was created {times} times: {outcome:?}");
    }
    assert_eq!(outcomes.len(), total);
    assert!(tally["created"] > total / 2 && tally["cancelled"] > 0 && tally["outcome unknown"] > 0, "{tally:?}");
    println!("{tally:?}");
}

/// Returns the name of an outcome, and how many records it promises, if it promises any.
fn expectation(outcome: &Outcome) -> (&'static str, Option<usize>) {
    match outcome {
        Outcome::Created => ("created", Some(1)),
        Outcome::Cancelled => ("cancelled", None),
        Outcome::Failed(error) => {
            let took_effect = match error {
                Error::Decode(error) => error.took_effect(),
                Error::Transport(error) => error.took_effect(),
                _ => false,
            };
            let expected = match error {
                Error::OutcomeUnknown(_) => None,
                _ => Some(usize::from(took_effect)),
            };
            (if took_effect { "took effect" } else { kind(error) }, expected)
        }
    }
}

/// Creates contracts and journal entries from 64 tasks. Returns the outcome of each by its number.
async fn create_concurrently(campfire: &Client, total: usize) -> Vec<(usize, Outcome)> {
    let next = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (campfire, next) = (campfire.clone(), next.clone());
            tokio::spawn(async move {
                let mut outcomes = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= total {
                        return outcomes;
                    }
                    outcomes.push((n, create_in_a_loop(&campfire, n).await));
                }
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.extend(task.await.unwrap());
    }
    outcomes
}

/// Repeats a call for as long as its error allows. One call in twenty is dropped on its way.
async fn create_in_a_loop(campfire: &Client, n: usize) -> Outcome {
    loop {
        let call = create(campfire, n);
        let outcome = if fastrand::u8(..20) == 0 {
            let patience = Duration::from_millis(fastrand::u64(..30));
            let Ok(outcome) = tokio::time::timeout(patience, call).await else { return Outcome::Cancelled };
            outcome
        } else {
            call.await
        };
        match outcome {
            Ok(()) => return Outcome::Created,
            Err(error) if error.is_retryable() => {}
            Err(error) => return Outcome::Failed(error),
        }
    }
}

/// Creates a contract, which is never retried, or a journal entry, which has an idempotency key: the client's or the user's.
async fn create(campfire: &Client, n: usize) -> Result<(), Error> {
    let name = Some(n.to_string());
    if n.is_multiple_of(2) {
        let body = ContractCreate { deal_name: name, ..ContractCreate::default() };
        return campfire.contracts().create(&body).await.map(drop);
    }
    let body = JournalEntryCreate { memo: name, ..JournalEntryCreate::new(Vec::new()) };
    let call = campfire.journal_entries().create(&body);
    let call = if n % 4 == 1 { call.idempotency_key(format!("entry-{n}")) } else { call };
    call.await.map(drop)
}

/// Counts the records of each number.
fn count_creations(sandbox: &Sandbox) -> BTreeMap<usize, usize> {
    let mut times = BTreeMap::new();
    for (resource, name) in [("contracts", "deal_name"), ("journal_entries", "memo")] {
        for record in sandbox.records(resource) {
            let n = record[name].as_str().unwrap().parse().unwrap();
            *times.entry(n).or_default() += 1;
        }
    }
    times
}

/// Starts a gateway that closes connections when they have been idle for a few milliseconds, and returns its URL. Requests
/// are lost on connections that are being closed.
async fn through_impatient_gateway(url: &str) -> String {
    let server = url.trim_start_matches("http://").to_owned();
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = server.clone();
            tokio::spawn(async move {
                let Ok(server) = TcpStream::connect(server).await else { return };
                forward(client.into_split(), server.into_split()).await;
            });
        }
    });
    url
}

async fn forward(client: (OwnedReadHalf, OwnedWriteHalf), server: (OwnedReadHalf, OwnedWriteHalf)) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client, server);
    let (mut request, mut response) = ([0; 16_384], [0; 16_384]);
    let mut is_idle = true;
    loop {
        // A connection whose response is on its way is not idle.
        let patience = Duration::from_millis(if is_idle { fastrand::u64(10..200) } else { 60_000 });
        let sent = tokio::select! {
            read = from_client.read(&mut request) => {
                is_idle = false;
                pass_on(read, &request, &mut to_server).await
            }
            read = from_server.read(&mut response) => {
                is_idle = true;
                pass_on(read, &response, &mut to_client).await
            }
            () = tokio::time::sleep(patience) => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Passes on what was read. The end of one side is the end of both.
async fn pass_on(read: std::io::Result<usize>, bytes: &[u8], to: &mut OwnedWriteHalf) -> std::io::Result<()> {
    match read? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        read => to.write_all(&bytes[..read]).await,
    }
}
