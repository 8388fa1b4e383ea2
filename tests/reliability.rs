//! What is sent again and what is not: every retry class under every fault, against a raw socket that counts.
//!
//! `docs/reliability.md` holds the table that comes out of it; `UPDATE_DOCS=1` writes it anew.

#![cfg(all(feature = "revenue-recognition", feature = "core-accounting"))]

#[cfg(feature = "sandbox")]
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use campfire::error::TimeoutPhase;
#[cfg(feature = "sandbox")]
use campfire::sandbox::{Fault, FaultRule, Moment, Sandbox};
#[cfg(feature = "sandbox")]
use campfire::types::ContractCreate;
use campfire::types::{ContractUpdate, JournalEntryCreate};
use campfire::{Client, Error, Event, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong with an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Nobody listens; from the second attempt on, somebody does.
    Refused,
    /// It processes the request and says nothing until the client has had enough.
    Silent,
    /// The server closes the connection without reading.
    ClosedUnread,
    /// It closes in the middle of the request.
    ClosedMidRequest,
    /// It processes the request and closes without an answer.
    ClosedAfterRequest,
    /// It processes the request and closes in the middle of the head of the answer.
    ClosedMidHead,
    /// It processes the request and closes in the middle of the body.
    ClosedMidBody,
    /// It processes the request and falls silent in the middle of the body.
    SilentMidBody,
    /// It answers this, with these further headers and this body.
    Answer(u16, &'static str, &'static str),
}

use Trouble::{
    Answer, ClosedAfterRequest, ClosedMidBody, ClosedMidHead, ClosedMidRequest, ClosedUnread, Refused, Silent,
    SilentMidBody,
};

const HTML: &str = "<html><title>Bad Gateway</title></html>";
/// A moment that is over: the client may come at once.
const PAST: &str = "retry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n";
const DETAIL: &str = r#"{"detail": "No."}"#;

const FAULTS: [(&str, Trouble); 30] = [
    ("connection refused", Refused),
    ("closed before the request is read", ClosedUnread),
    ("closed in the middle of the request", ClosedMidRequest),
    ("processed, then closed without an answer", ClosedAfterRequest),
    ("processed, then silent until the time is over", Silent),
    ("processed, then closed in the middle of the head", ClosedMidHead),
    ("processed, then closed in the middle of the body", ClosedMidBody),
    ("processed, then silent in the middle of the body", SilentMidBody),
    ("400", Answer(400, "", DETAIL)),
    ("401", Answer(401, "", DETAIL)),
    ("403", Answer(403, "", DETAIL)),
    ("404", Answer(404, "", DETAIL)),
    ("408", Answer(408, "", DETAIL)),
    ("409", Answer(409, "", DETAIL)),
    ("413", Answer(413, "", DETAIL)),
    ("422", Answer(422, "", DETAIL)),
    ("429 without `Retry-After`", Answer(429, "", DETAIL)),
    ("429 with `Retry-After: 0`", Answer(429, "retry-after: 0\r\n", DETAIL)),
    ("429 with `Retry-After` as a date", Answer(429, PAST, DETAIL)),
    ("500", Answer(500, "", DETAIL)),
    ("502 with HTML", Answer(502, "content-type: text/html\r\n", HTML)),
    ("503 without `Retry-After`", Answer(503, "", DETAIL)),
    ("503 with `Retry-After: 0`", Answer(503, "retry-after: 0\r\n", DETAIL)),
    ("503 with `Retry-After` as a date", Answer(503, PAST, DETAIL)),
    ("504", Answer(504, "", "")),
    ("302 to another host", Answer(302, "location: https://elsewhere.example/x?token=1\r\n", "")),
    ("200 with malformed JSON", Answer(200, "", "{\"id\": ")),
    ("200 with HTML", Answer(200, "content-type: text/html\r\n", HTML)),
    ("200 with another type of content", Answer(200, "content-type: text/plain\r\n", "fine")),
    ("200 with nothing", Answer(200, "", "")),
];

impl Trouble {
    /// Whether the server of this test has processed the request.
    fn processes(self) -> bool {
        match self {
            Refused | ClosedUnread | ClosedMidRequest => false,
            Silent | ClosedAfterRequest | ClosedMidHead | ClosedMidBody | SilentMidBody => true,
            // It may have, with these: the worst is assumed.
            Answer(status, headers, _) => {
                matches!(status, 200 | 408 | 500 | 502 | 504) || (status == 503 && headers.is_empty())
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Safe,
    Idempotent,
    Keyed,
    Never,
}

const CLASSES: [Class; 4] = [Class::Safe, Class::Idempotent, Class::Keyed, Class::Never];

#[derive(Debug, Default)]
struct Seen {
    attempts: usize,
    processed: usize,
    keys: Vec<Option<String>>,
    authorizations: usize,
}

/// A server whose first `faulty` requests meet a fault, and all later ones a success.
struct Server {
    url: String,
    seen: Arc<Mutex<Seen>>,
    address: std::net::SocketAddr,
    /// Takes the port that was opened after a refused attempt.
    opened: tokio::sync::mpsc::UnboundedSender<std::net::TcpListener>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start(fault: Trouble, faulty: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = seen.clone();
        let (opened, mut opens) = tokio::sync::mpsc::unbounded_channel();
        let mut listener = (fault != Refused || faulty == 0).then_some(listener);
        let task = tokio::spawn(async move {
            let listener = match listener.take() {
                Some(listener) => listener,
                None => {
                    let listener: std::net::TcpListener = opens.recv().await.unwrap();
                    shared.lock().unwrap().attempts += 1;
                    listener.set_nonblocking(true).unwrap();
                    TcpListener::from_std(listener).unwrap()
                }
            };
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = shared.clone();
                tokio::spawn(async move { serve(stream, fault, faulty, &shared).await });
            }
        });
        Self { url, seen, address, opened, task }
    }

    fn client(&self) -> Client {
        let policy = RetryPolicy::default().first_wait(Duration::from_millis(1));
        let (address, opened) = (self.address, self.opened.clone());
        Client::builder()
            .api_key("k-secret")
            .base_url(&self.url)
            .retry(policy)
            .read_timeout(Duration::from_millis(500))
            .on_event(move |event| {
                // Before the next attempt: whoever listens already keeps the port.
                if let (Event::Retry(_), Ok(listener)) = (event, std::net::TcpListener::bind(address)) {
                    let _ = opened.send(listener);
                }
            })
            .build()
            .unwrap()
    }
}

/// One request per connection, so that a connection that is closed is never one that was kept.
async fn serve(mut stream: TcpStream, fault: Trouble, faulty: usize, seen: &Mutex<Seen>) {
    let attempt = {
        let mut seen = seen.lock().unwrap();
        seen.attempts += 1;
        seen.attempts
    };
    let fault = (attempt <= faulty).then_some(fault);
    if fault == Some(ClosedUnread) {
        return;
    }
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    let (head, length) = loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        request.extend_from_slice(&buffer[..read]);
        if fault == Some(ClosedMidRequest) {
            return;
        }
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            break (head, end + 4 + length.unwrap_or(0_usize));
        }
    };
    while request.len() < length {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        request.extend_from_slice(&buffer[..read]);
    }
    {
        let mut seen = seen.lock().unwrap();
        seen.processed += usize::from(fault.is_none_or(Trouble::processes));
        let key = head.lines().find_map(|line| line.strip_prefix("idempotency-key: ").map(str::to_owned));
        seen.keys.push(key);
        seen.authorizations += usize::from(head.contains("authorization: token k-secret"));
    }
    let (status, headers, body) = match fault {
        None => (200, "", r#"{"id": 1}"#),
        Some(Answer(status, headers, body)) => (status, headers, body),
        Some(Silent) => {
            let _ = stream.read(&mut buffer).await;
            return;
        }
        Some(ClosedMidHead) => {
            let _ = stream.write_all(b"HTTP/1.1 200 O").await;
            return;
        }
        Some(ClosedMidBody) => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\": 1").await;
            return;
        }
        Some(SilentMidBody) => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\": 1").await;
            let _ = stream.read(&mut buffer).await;
            return;
        }
        Some(_) => return,
    };
    let answer =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len());
    let _ = stream.write_all(answer.as_bytes()).await;
}

async fn call(campfire: &Client, class: Class) -> Result<u32, Error> {
    match class {
        Class::Safe => campfire.contracts().retrieve(1).await.map(|answer| answer.attempts()),
        Class::Idempotent => {
            campfire.contracts().update(1, &ContractUpdate::default()).await.map(|answer| answer.attempts())
        }
        Class::Keyed => campfire
            .journal_entries()
            .create(&JournalEntryCreate::new(Vec::new()))
            .await
            .map(|answer| answer.attempts()),
        Class::Never => campfire.contracts().duplicate(1).await.map(|answer| answer.attempts()),
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::OutcomeUnknown(_) => "outcome unknown",
        Error::Authentication(_) => "authentication",
        Error::Permission(_) => "permission",
        Error::NotFound(_) => "not found",
        Error::Validation(_) => "validation",
        Error::Conflict(_) => "conflict",
        Error::RateLimited(_) => "rate limited",
        Error::Server(_) => "server",
        Error::Status(_) => "status",
        Error::Decode(_) => "decode",
        Error::Transport(_) => "transport",
        Error::Timeout(_) => "timeout",
        _ => "other",
    }
}

#[tokio::test]
async fn nothing_is_processed_twice_that_may_not_be() {
    let mut table = String::new();
    for (name, fault) in FAULTS {
        table.push_str(&format!("| {name} |"));
        for class in CLASSES {
            let server = Server::start(fault, 1).await;
            let outcome = call(&server.client(), class).await;
            let seen = server.seen.lock().unwrap();
            let cell = format!("{class:?} under {name}: {outcome:?}, {seen:?}");
            if class == Class::Never {
                assert!(seen.processed <= 1, "{cell}");
                // Who may have been processed and has no answer must hear that.
                let lost = seen.processed == 1 && fault.processes() && !matches!(fault, Answer(200, ..));
                assert_eq!(matches!(outcome, Err(Error::OutcomeUnknown(_))), lost || !fault_is_known(fault), "{cell}");
            }
            if class == Class::Keyed {
                let keys: BTreeSet<_> = seen.keys.iter().flatten().collect();
                assert!(keys.len() <= 1 && seen.keys.iter().all(Option::is_some), "one key for all attempts: {cell}");
            } else {
                assert!(seen.keys.iter().all(Option::is_none), "{cell}");
            }
            if let Ok(attempts) = outcome {
                assert_eq!(attempts as usize, seen.attempts, "{cell}");
            }
            if let Err(error) = &outcome {
                assert!(!error.is_retryable() || class != Class::Never, "{cell}");
                let text = format!("{error} {error:?}");
                assert!(!text.contains("k-secret") && !text.contains("token=1"), "{cell}");
            }
            let result = outcome.as_ref().map_or_else(kind, |_| "answer");
            table.push_str(&format!(" {} sent, {result} |", seen.attempts));
        }
        table.push('\n');
    }
    check_document(&table);
}

#[tokio::test]
async fn each_limit_on_time_says_which_it_was() {
    let limit = Duration::from_millis(100);
    for fault in [Silent, SilentMidBody] {
        let server = Server::start(fault, usize::MAX).await;
        let builder = || Client::builder().api_key("k-secret").base_url(&server.url).retry(RetryPolicy::none());
        for (phase, builder) in [
            (TimeoutPhase::Answer, builder().read_timeout(limit)),
            (TimeoutPhase::Attempt, builder().attempt_timeout(limit)),
            (TimeoutPhase::Call, builder().timeout(limit)),
        ] {
            let campfire = builder.build().unwrap();
            let error = call(&campfire, Class::Safe).await.unwrap_err();
            let Error::Timeout(timeout) = &error else { panic!("{phase:?}: {error:?}") };
            assert_eq!((timeout.phase(), timeout.may_have_been_processed()), (phase, true), "{fault:?}");
            assert!(error.to_string().ends_with("within 100ms"), "{error}");
            let error = call(&campfire, Class::Never).await.unwrap_err();
            let Error::OutcomeUnknown(unknown) = &error else { panic!("{phase:?}: {error:?}") };
            assert!(matches!(unknown.cause(), Error::Timeout(timeout) if timeout.phase() == phase), "{error:?}");
        }
    }
    let server = Server::start(SilentMidBody, usize::MAX).await;
    let campfire = Client::builder().api_key("k").base_url(&server.url).read_timeout(limit).build().unwrap();
    let mut download = campfire.download(&format!("{}/file", server.url)).await.unwrap();
    assert_eq!(download.chunk().await.unwrap().as_deref(), Some(&b"{\"id\": 1"[..]));
    let error = download.chunk().await.unwrap_err();
    assert!(matches!(&error, Error::Timeout(timeout) if timeout.phase() == TimeoutPhase::Answer), "{error:?}");
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn what_fails_in_the_handshake_was_not_processed_and_is_repeated_in_every_class() {
    for class in CLASSES {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let hellos = Arc::new(Mutex::new(Vec::new()));
        let seen = hellos.clone();
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut buffer = [0; 4096];
                let read = stream.read(&mut buffer).await.unwrap_or(0);
                seen.lock().unwrap().push(buffer[..read].to_vec());
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            }
        });
        let policy = RetryPolicy::default().attempts(3).first_wait(Duration::from_millis(1));
        let campfire = Client::builder().api_key("k-secret").base_url(url).retry(policy).build().unwrap();
        let error = call(&campfire, class).await.unwrap_err();
        task.abort();
        let hellos = hellos.lock().unwrap();
        assert_eq!(hellos.len(), 3, "{class:?}: {error}");
        assert!(hellos.iter().all(|hello| !hello.windows(8).any(|part| part == b"k-secret")), "nothing in the clear");
        assert!(matches!(&error, Error::Transport(error) if !error.may_have_been_processed()), "{class:?}: {error:?}");
    }
}

/// Whether the client can know that the request was not processed, where it was not.
fn fault_is_known(fault: Trouble) -> bool {
    !matches!(fault, ClosedUnread | ClosedMidRequest)
}

fn check_document(table: &str) {
    let path = format!("{}/docs/reliability.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- table -->\n").unwrap();
    let (old, after) = rest.split_once("<!-- end -->").unwrap();
    let head = "| what happens once | safe | idempotent | keyed | never |\n| --- | --- | --- | --- | --- |\n";
    let new = format!("\n{head}{table}\n");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}<!-- table -->\n{new}<!-- end -->{after}")).unwrap();
    } else {
        assert_eq!(old, new, "docs/reliability.md is not current: run this test with UPDATE_DOCS=1");
    }
}

/// `RELIABILITY_CREATES` sets how many are created (1,000 by default).
#[cfg(feature = "sandbox")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creates_under_random_faults_happen_once_or_are_reported() {
    let total = std::env::var("RELIABILITY_CREATES").ok().and_then(|total| total.parse().ok()).unwrap_or(1_000);
    let sandbox = Sandbox::builder().seed(6).start().await.unwrap();
    // Two requests in a hundred for each: one in five altogether.
    for fault in [
        Fault::Status(500),
        Fault::StatusAfterProcessing(502),
        Fault::Reset(Moment::MidRequest),
        Fault::Reset(Moment::BeforeProcessing),
        Fault::Reset(Moment::AfterProcessing),
        Fault::Reset(Moment::MidAnswer),
        Fault::Truncated,
        Fault::Malformed,
        Fault::Html(502),
        Fault::RateLimited(Duration::ZERO),
    ] {
        sandbox.inject(FaultRule::new(fault).probability(0.022));
    }
    let policy = RetryPolicy::default().first_wait(Duration::from_millis(1));
    let campfire = Client::builder().api_key(sandbox.key()).base_url(sandbox.url()).retry(policy).build().unwrap();
    let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (campfire, next) = (campfire.clone(), next.clone());
            tokio::spawn(async move {
                let mut outcomes = Vec::new();
                loop {
                    let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if n >= total {
                        return outcomes;
                    }
                    let name = Some(format!("n-{n}"));
                    let outcome = if n % 2 == 0 {
                        let body = ContractCreate { deal_name: name, ..ContractCreate::default() };
                        campfire.contracts().create(&body).await.map(|_| ())
                    } else {
                        let body = JournalEntryCreate { memo: name, ..JournalEntryCreate::new(Vec::new()) };
                        campfire.journal_entries().create(&body).await.map(|_| ())
                    };
                    outcomes.push((n, outcome));
                }
            })
        })
        .collect();
    let mut tally = BTreeMap::<&str, usize>::new();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.extend(task.await.unwrap());
    }
    let mut times = BTreeMap::<String, usize>::new();
    for (resource, name) in [("contracts", "deal_name"), ("journal_entries", "memo")] {
        for record in sandbox.records(resource) {
            let name = record[name].as_str().unwrap().trim_start_matches("n-").to_owned();
            *times.entry(name).or_default() += 1;
        }
    }
    for (n, outcome) in &outcomes {
        let times = times.get(&n.to_string()).copied().unwrap_or(0);
        *tally.entry(outcome.as_ref().map_or_else(kind, |()| "created")).or_default() += 1;
        assert!(times <= 1, "{n} was created {times} times: {outcome:?}");
        match outcome {
            Ok(()) => assert_eq!(times, 1, "{n} was reported as created"),
            // The outcome is open, or the answer was a success that cannot be read: it may or may not be there.
            Err(Error::OutcomeUnknown(_) | Error::Decode(_)) => {}
            Err(error) => assert_eq!(times, 0, "{n} was reported as failed: {error:?}"),
        }
    }
    assert_eq!(outcomes.len(), total);
    assert!(tally["created"] > total / 2 && tally.len() >= 3, "{tally:?}");
    println!("{tally:?}");
}

#[tokio::test]
async fn a_refused_connection_was_never_processed() {
    for class in CLASSES {
        let gone = Client::builder()
            .api_key("k")
            .base_url("http://127.0.0.1:1")
            .retry(RetryPolicy::default().attempts(3).first_wait(Duration::from_millis(1)))
            .build()
            .unwrap();
        let error = call(&gone, class).await.unwrap_err();
        assert!(matches!(error, Error::Transport(_)) && error.is_retryable(), "{class:?}: {error:?}");
    }
}

#[tokio::test]
async fn attempts_end_and_a_dead_server_is_not_stormed() {
    let server = Server::start(Answer(500, "", ""), usize::MAX).await;
    let campfire = server.client();
    assert_eq!(kind(&call(&campfire, Class::Safe).await.unwrap_err()), "server");
    assert_eq!(server.seen.lock().unwrap().attempts, 4, "four attempts by default");
    for _ in 0..20 {
        call(&campfire, Class::Safe).await.unwrap_err();
    }
    // 21 first attempts, and ten retries out of the budget.
    assert_eq!(server.seen.lock().unwrap().attempts, 31);
    let once = campfire.contracts().retrieve(1).retry(RetryPolicy::none()).await;
    assert!(once.is_err());
    assert_eq!(server.seen.lock().unwrap().attempts, 32);
}

#[tokio::test]
async fn a_429_pauses_the_whole_client_until_one_probe_passes() {
    let server = Server::start(Answer(429, "retry-after: 0\r\n", DETAIL), 5).await;
    let campfire = server.client();
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let campfire = campfire.clone();
            tokio::spawn(async move { campfire.contracts().duplicate(1).await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let seen = server.seen.lock().unwrap();
    assert_eq!((seen.processed, seen.attempts), (64, 69), "each exactly once, and five were turned away");
}

#[tokio::test]
async fn a_server_that_asks_for_too_long_is_not_waited_for() {
    let server = Server::start(Answer(503, "retry-after: 3600\r\n", DETAIL), usize::MAX).await;
    let error = call(&server.client(), Class::Safe).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(server.seen.lock().unwrap().attempts, 1);
}

#[tokio::test]
async fn a_lost_answer_names_where_to_look() {
    let server = Server::start(ClosedAfterRequest, 1).await;
    let error = server.client().contracts().duplicate(1).await.unwrap_err();
    let Error::OutcomeUnknown(unknown) = &error else { panic!("{error:?}") };
    assert_eq!(unknown.read_back(), Some("contracts.list"));
    let text = error.to_string();
    assert!(text.starts_with("contracts.duplicate: ") && text.contains("look with `contracts.list`"), "{text}");
    assert_eq!(error.operation(), Some("contracts.duplicate"));
}

#[tokio::test]
async fn the_key_stays_with_its_origin() {
    let elsewhere = Server::start(Answer(200, "", "{}"), 0).await;
    // The answer of the first server sends to the second one.
    let location: &'static str = Box::leak(format!("location: {}/stolen\r\n", elsewhere.url).into_boxed_str());
    let server = Server::start(Answer(307, location, ""), usize::MAX).await;
    let error = server.client().contracts().retrieve(1).await.unwrap_err();
    assert!(error.to_string().contains("not followed"), "{error}");
    assert_eq!(server.seen.lock().unwrap().authorizations, 1);
    assert_eq!(elsewhere.seen.lock().unwrap().attempts, 0);
}

#[tokio::test]
async fn no_more_requests_are_out_than_allowed_and_cancelled_ones_leave_no_trace() {
    let server = Server::start(Answer(200, "", "{}"), 0).await;
    let campfire = Client::builder().api_key("k").base_url(&server.url).max_in_flight(2).build().unwrap();
    for _ in 0..200 {
        // Polled once and dropped: the permit must come back each time.
        let call = campfire.contracts().retrieve(1).send();
        let _ = tokio::time::timeout(Duration::ZERO, call).await;
    }
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let campfire = campfire.clone();
            tokio::spawn(async move { campfire.contracts().retrieve(1).await.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_call_that_ran_out_of_time_before_its_turn_was_not_processed() {
    let server = Server::start(Silent, 1).await;
    let campfire = Client::builder().api_key("k").base_url(&server.url).max_in_flight(1).build().unwrap();
    let first = tokio::spawn(campfire.contracts().retrieve(1).send());
    while campfire.in_flight() == 0 {
        tokio::task::yield_now().await;
    }
    let error = campfire.contracts().duplicate(1).timeout(Duration::from_millis(20)).await.unwrap_err();
    let Error::Timeout(timeout) = &error else { panic!("{error:?}") };
    assert!(!timeout.may_have_been_processed() && error.is_retryable(), "{error:?}");
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(campfire.in_flight(), 0, "the place of the dropped call is free");
}

#[tokio::test]
async fn an_answer_that_is_too_large_ends_within_its_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
                // Endless, until the client hangs up.
                while stream.write_all(b"1000\r\n").await.is_ok()
                    && stream.write_all(&[b' '; 4096]).await.is_ok()
                    && stream.write_all(b"\r\n").await.is_ok()
                {}
            });
        }
    });
    let campfire = Client::builder().api_key("k").base_url(url).max_body(1 << 20).build().unwrap();
    let error = campfire.contracts().retrieve(1).await.unwrap_err();
    assert!(error.to_string().contains("larger than 1048576 bytes"), "{error}");
}
