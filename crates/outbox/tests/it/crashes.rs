//! Several processes work on one log and are killed at random moments. Afterwards the books hold every record once.
//!
//! The small tests run by default. The full ones take minutes:
//! `cargo test -p campfire-outbox --all-features --test it -- --ignored --nocapture crashes::full`

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use campfire_outbox::machine::Status;
use campfire_outbox::sqlite::SqliteStore;
use campfire_outbox::store::Store;
use campfire_outbox::{Absence, Create, Outbox, RunOptions};
use serde_json::json;

use crate::server::{Manners, Server, client};

/// Set for a worker process: the URL of the server, and the place of the log.
const URL: &str = "CAMPFIRE_OUTBOX_TEST_URL";
const PLACE: &str = "CAMPFIRE_OUTBOX_TEST_LOG";

/// How much is done.
#[derive(Clone, Copy)]
struct Scale {
    creates: usize,
    processes: usize,
    kills: usize,
    latency: Duration,
    /// The longest time between two kills.
    pause: Duration,
}

const SMALL: Scale = Scale {
    creates: 300,
    processes: 3,
    kills: 12,
    latency: Duration::from_millis(20),
    pause: Duration::from_millis(300),
};

const FULL: Scale = Scale {
    creates: 10_000,
    processes: 4,
    kills: 1_000,
    latency: Duration::from_millis(40),
    pause: Duration::from_millis(250),
};

fn options() -> RunOptions {
    let settle = Absence::SendAgainAfter(Duration::from_millis(1_500));
    RunOptions::new(settle).timeout(Duration::from_millis(500)).in_flight(4)
}

fn plan(creates: usize) -> impl Iterator<Item = Create> {
    (0..creates).map(|row| {
        let body = json!({"contract": 1, "product": 7, "description": format!("Row {row}")});
        Create::new(format!("may/{row}"), "contracts.usage.create").id(1).body(&body)
    })
}

/// Not a test: what a worker process runs.
#[tokio::test]
#[ignore = "started by the other tests of this module, in processes of their own"]
async fn worker() {
    let (Ok(url), Ok(place)) = (std::env::var(URL), std::env::var(PLACE)) else { return };
    let campfire = client(&url);
    match place.strip_prefix("file:") {
        Some(file) => work(Outbox::new(&campfire, SqliteStore::open(file).unwrap())).await,
        None => postgres_worker(&campfire, &place).await,
    }
}

async fn work<S: Store>(outbox: Outbox<S>) {
    outbox.run(&options()).await.unwrap();
}

#[cfg(feature = "postgres")]
async fn postgres_worker(campfire: &campfire::Client, place: &str) {
    work(Outbox::new(campfire, crate::stores::postgres(place).await)).await;
}

#[cfg(not(feature = "postgres"))]
async fn postgres_worker(_: &campfire::Client, _: &str) {
    unreachable!("no log is in Postgres without the feature");
}

fn spawn(url: &str, place: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::worker", "--ignored", "--test-threads=1"])
        .env(URL, url)
        .env(PLACE, place)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Runs the processes, kills them, lets the last ones finish, and compares the books with the plan.
async fn crash<S: Store>(store: S, place: &str, scale: Scale) {
    let server = Server::start(Manners { faults: 0.2, latency: scale.latency, ..Manners::default() }).await;
    let outbox = Outbox::new(&server.client(), store);
    outbox.add(plan(scale.creates)).await.unwrap();
    let started = Instant::now();
    let mut workers: Vec<Child> = (0..scale.processes).map(|_| spawn(&server.url, place)).collect();
    let mut kills = 0;
    while kills < scale.kills {
        tokio::time::sleep(scale.pause.mul_f64(fastrand::f64())).await;
        let victim = &mut workers[fastrand::usize(..scale.processes)];
        // Only a process that was at work counts.
        if victim.try_wait().unwrap().is_none() {
            victim.kill().unwrap();
            victim.wait().unwrap();
            kills += 1;
        } else if !is_pending(&outbox).await {
            break;
        }
        *victim = spawn(&server.url, place);
    }
    for mut worker in workers {
        let status = tokio::task::spawn_blocking(move || worker.wait().unwrap()).await.unwrap();
        assert!(status.success(), "a worker failed: {status}");
    }
    let report = outbox.report().await.unwrap();
    println!("{report}; {kills} kills, {} requests processed, {:.0?}", server.records().len(), started.elapsed());
    assert!(report.is_complete(), "{report}");
    assert_eq!(kills, scale.kills, "the work was done before the processes were killed");
    let mut expected: Vec<String> = (0..scale.creates).map(|row| format!("Row {row} [ref:may/{row}]")).collect();
    expected.sort_unstable();
    assert_eq!(server.records(), expected);
}

async fn is_pending<S: Store>(outbox: &Outbox<S>) -> bool {
    let counts = outbox.counts().await.unwrap();
    Status::ALL.into_iter().filter(|status| status.is_pending()).any(|status| counts.of(status) > 0)
}

async fn crash_sqlite(scale: Scale) {
    let folder = tempfile::tempdir().unwrap();
    let file: &Path = &folder.path().join("outbox.db");
    crash(SqliteStore::open(file).unwrap(), &format!("file:{}", file.display()), scale).await;
}

#[tokio::test]
async fn small_sqlite() {
    crash_sqlite(SMALL).await;
}

#[tokio::test]
#[ignore = "minutes; cargo test -p campfire-outbox --all-features --test it -- --ignored --nocapture crashes::full_sqlite"]
async fn full_sqlite() {
    crash_sqlite(FULL).await;
}

/// Runs on the Postgres that `CAMPFIRE_TEST_POSTGRES` names, in a schema of its own.
#[cfg(feature = "postgres")]
async fn crash_postgres(schema: &str, scale: Scale) {
    let Ok(place) = std::env::var("CAMPFIRE_TEST_POSTGRES") else {
        return println!("skipped: CAMPFIRE_TEST_POSTGRES is not set");
    };
    let (client, connection) = tokio_postgres::connect(&place, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).await.unwrap();
    let place = format!("{place} options='-c search_path={schema}'");
    crash(crate::stores::postgres(&place).await, &place, scale).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn small_postgres() {
    crash_postgres("campfire_outbox_small", SMALL).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "minutes; cargo test -p campfire-outbox --all-features --test it -- --ignored --nocapture crashes::full_postgres"]
async fn full_postgres() {
    crash_postgres("campfire_outbox_full", FULL).await;
}
