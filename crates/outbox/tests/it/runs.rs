//! Runs of one process: reports, repetitions, lost responses, chains, and lists that lag.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use campfire_outbox::machine::{Decision, Status};
use campfire_outbox::sqlite::SqliteStore;
use campfire_outbox::{Absence, Create, Error, Outbox, Reason, RunOptions, Stop, Wait, record_of};
use serde_json::json;

use crate::server::{Manners, Server};

const USAGE: &str = "contracts.usage.create";

/// A log in a folder that disappears with the test.
struct Log {
    _folder: tempfile::TempDir,
    store: SqliteStore,
}

fn log() -> Log {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("outbox.db")).unwrap();
    Log { _folder: folder, store }
}

fn usage(row: usize) -> Create {
    let body = json!({"contract": 1, "product": 7, "description": format!("Row {row}")});
    Create::new(format!("may/{row}"), USAGE).id(1).body(&body)
}

fn options() -> RunOptions {
    let settle = Absence::SendAgainAfter(Duration::from_millis(300));
    RunOptions::new(settle).timeout(Duration::from_millis(500))
}

fn expected(rows: std::ops::Range<usize>) -> Vec<String> {
    let mut texts: Vec<String> = rows.map(|row| format!("Row {row} [ref:may/{row}]")).collect();
    texts.sort_unstable();
    texts
}

#[tokio::test]
async fn mistakes_are_reported_and_a_second_run_changes_nothing() {
    let server = Server::start(Manners::default()).await;
    let log = log();
    let outbox = Outbox::new(&server.client(), log.store.clone());
    let bad = Create::new("may/bad", USAGE).id(1).body(&json!({"contract": 1, "description": "No product"}));
    let plan = || (0..20).map(usage).chain([bad.clone()]);
    assert_eq!(outbox.add(plan()).await.unwrap().new, 21);
    let report = outbox.run(&options()).await.unwrap();
    assert_eq!((report.created(), report.found(), report.refused.len(), report.open.len()), (20, 0, 1, 0));
    assert_eq!(report.to_string(), "20 created, 1 refused\n  may/bad: refused: product: This field is required.");

    let again = outbox.add(plan()).await.unwrap();
    assert_eq!((again.new, again.known, again.replaced), (0, 21, 0));
    let report = outbox.run(&options()).await.unwrap();
    assert!(report.to_string().starts_with("20 created, 1 refused (0 in this run, 20 earlier)\n"), "{report}");
    assert_eq!(server.records(), expected(0..20));

    // The corrected row is sent; a row that was sent cannot be changed.
    let corrected = Create::new("may/bad", USAGE).id(1).body(&json!({"contract": 1, "product": 1}));
    let changed = Create::new("may/3", USAGE).id(1).body(&json!({"contract": 1, "product": 99}));
    let added = outbox.add([corrected, changed]).await.unwrap();
    assert_eq!((added.replaced, added.conflicts), (1, vec!["may/3".to_owned()]));
    assert!(outbox.run(&options()).await.unwrap().is_complete());
    assert_eq!(server.records().len(), 21);
}

#[tokio::test]
async fn lost_responses_are_found_and_lost_requests_are_sent_again() {
    let server = Server::start(Manners { faults: 0.3, ..Manners::default() }).await;
    let log = log();
    let outbox = Outbox::new(&server.client(), log.store.clone());
    outbox.add((0..150).map(usage)).await.unwrap();
    let report = outbox.run(&options()).await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert!(report.found() > 0, "no response was lost: {report}");
    assert_eq!(server.records(), expected(0..150));
}

#[tokio::test]
async fn a_list_that_lags_doubles_nothing_and_open_creates_are_named() {
    let lagging = Manners { cuts_all: true, lag: Duration::from_secs(30), ..Manners::default() };
    let server = Server::start(lagging).await;
    let log = log();
    let outbox = Outbox::new(&server.client(), log.store.clone());
    outbox.add((0..5).map(usage)).await.unwrap();
    let ask = RunOptions::new(Absence::AskAfter(Duration::from_millis(100))).timeout(Duration::from_millis(500));
    let report = outbox.run(&ask).await.unwrap();
    let named: Vec<&str> = report.open.iter().map(|intent| intent.key.as_str()).collect();
    assert_eq!(named, ["may/0", "may/1", "may/2", "may/3", "may/4"]);
    assert!(report.open.iter().all(|intent| intent.state.status == Status::Held), "{report}");
    assert_eq!(server.records(), expected(0..5));

    // A person knows of one; the list shows the others later.
    outbox.decide("may/4", Decision::Exists("5".to_owned())).await.unwrap();
    assert!(matches!(outbox.decide("may/4", Decision::Cancel).await, Err(Error::NoSuchIntent(_))));
    server.behave(Manners::default());
    assert_eq!(outbox.look_again().await.unwrap(), 4);
    let report = outbox.run(&ask).await.unwrap();
    assert_eq!((report.created(), report.found()), (0, 5), "{report}");
    assert_eq!(server.records(), expected(0..5));
}

#[tokio::test]
async fn a_lag_that_the_policy_knows_is_waited_for() {
    let lagging = Manners { cuts_all: true, lag: Duration::from_millis(700), ..Manners::default() };
    let server = Server::start(lagging).await;
    let log = log();
    let outbox = Outbox::new(&server.client(), log.store.clone());
    outbox.add((0..5).map(usage)).await.unwrap();
    let patient = Absence::SendAgainAfter(Duration::from_secs(2));
    let report = outbox.run(&RunOptions::new(patient).timeout(Duration::from_secs(1))).await.unwrap();
    assert_eq!(report.found(), 5, "{report}");
    assert_eq!(server.records(), expected(0..5));
}

#[tokio::test]
async fn a_lost_log_is_made_up_for_by_looking_first() {
    let server = Server::start(Manners::default()).await;
    let lost = log();
    Outbox::new(&server.client(), lost.store).add_and_run(0..10).await;
    let log = log();
    let outbox = Outbox::new(&server.client(), log.store.clone());
    outbox.add((0..12).map(|row| usage(row).look_first())).await.unwrap();
    let report = outbox.run(&options()).await.unwrap();
    assert_eq!((report.created(), report.found()), (2, 10));
    assert_eq!(server.records(), expected(0..12));
}

#[tokio::test]
async fn a_record_of_another_import_with_the_same_keys_is_not_taken_for_ours() {
    let server = Server::start(Manners::default()).await;
    let january = log();
    Outbox::new(&server.client(), january.store).add_and_run(0..2).await;
    let log = log();
    let outbox = Outbox::new(&server.client(), log.store.clone());
    let body = json!({"contract": 2, "product": 7, "description": "Row 0"});
    let february = Create::new("may/0", USAGE).id(1).body(&body).look_first();
    outbox.add([february, usage(1).look_first()]).await.unwrap();
    let report = outbox.run(&options()).await.unwrap();
    assert_eq!((report.created(), report.found(), report.open.len()), (0, 1, 1), "{report}");
    let detail = report.open[0].state.detail.as_deref().unwrap();
    assert!(detail.ends_with("was not made by this plan: its `contract` is 1, not 2"), "{detail}");
    assert_eq!(server.records(), expected(0..2));
}

#[tokio::test]
async fn two_creates_with_one_key_are_not_planned_unless_they_are_the_same() {
    let server = Server::start(Manners::default()).await;
    let log = log();
    let outbox = Outbox::new(&server.client(), log.store.clone());
    let other = Create::new("may/1", USAGE).id(1).body(&json!({"contract": 1, "product": 9}));
    let plan = || [usage(1), usage(2), other.clone()];
    let message = "`may/1` cannot be planned: another create of the plan has this key";
    assert_eq!(outbox.add(plan()).await.unwrap_err().to_string(), message);
    assert_eq!(outbox.dry_run(plan()).await.unwrap_err().to_string(), message);
    assert_eq!(outbox.counts().await.unwrap().total(), 0);
    assert_eq!(outbox.add([usage(1), usage(1)]).await.unwrap().new, 1);
}

#[tokio::test]
async fn a_failed_step_stops_its_own_chain_alone() {
    let server = Server::start(Manners::default()).await;
    let log = log();
    let outbox = Outbox::new(&server.client(), log.store.clone());
    let step = |key: &str, after: &str| {
        let body = json!({"contract": record_of(after), "product": 1, "description": key});
        Create::new(key, USAGE).id(record_of(after)).body(&body)
    };
    let first = |key: &str, product: serde_json::Value| {
        Create::new(key, USAGE).id(1).body(&json!({"contract": 1, "product": product, "description": key}))
    };
    // Steps may be planned before those that they refer to.
    let good = [step("good/3", "good/2"), step("good/2", "good/1"), first("good/1", json!(1))];
    let bad = [Create::new("bad/1", USAGE).id(1).body(&json!({"contract": 1})), step("bad/2", "bad/1")];
    outbox.add(good.into_iter().chain(bad)).await.unwrap();
    let report = outbox.run(&options()).await.unwrap();
    assert_eq!((report.created(), report.refused.len(), report.counts.of(Status::Planned)), (3, 1, 1), "{report}");
    assert_eq!(server.records(), ["good/1 [ref:good/1]", "good/2 [ref:good/2]", "good/3 [ref:good/3]"]);
    assert_eq!(outbox.cancel().await.unwrap(), 1);
}

#[tokio::test]
async fn a_dry_run_shows_and_checks_the_bodies_and_sends_nothing() {
    let server = Server::start(Manners::default()).await;
    let log = log();
    let outbox = Outbox::new(&server.client(), log.store.clone());
    let bad = Create::new("may/1", USAGE).id(1).body(&json!({"contract": "one"}));
    let shown = outbox.dry_run([usage(0), bad]).await.unwrap();
    let body = shown[0].request.as_ref().unwrap().body.clone().unwrap();
    assert_eq!(body["description"], "Row 0 [ref:may/0]");
    let why = shown[1].request.as_ref().unwrap_err();
    assert!(why.contains("contract"), "{why}");
    let unknown = outbox.dry_run([Create::new("may/2", "contracts.usage.creat").id(1)]).await.unwrap_err();
    assert!(unknown.to_string().contains("contracts.usage.create"), "{unknown}");
    assert!(server.records().is_empty());
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_ends_the_run_and_loses_nothing() {
    let log = log();
    let nowhere = crate::server::client("http://127.0.0.1:1");
    let outbox = Outbox::new(&nowhere, log.store.clone());
    outbox.add((0..40).map(usage)).await.unwrap();
    let error = outbox.run(&options()).await.unwrap_err();
    assert!(matches!(error, Error::Api(_)), "{error}");
    assert_eq!(outbox.counts().await.unwrap().of(Status::Planned), 40);

    let server = Server::start(Manners::default()).await;
    let stopped = Stop::default();
    stopped.stop();
    let outbox = Outbox::new(&server.client(), log.store);
    outbox.run(&options().stop(&stopped)).await.unwrap();
    assert!(server.records().is_empty());
    assert!(outbox.run(&options()).await.unwrap().is_complete());
    assert_eq!(server.records(), expected(0..40));
}

#[tokio::test]
async fn a_key_that_may_not_read_the_list_ends_the_run_and_what_was_not_sent_can_be_changed() {
    let sandbox = campfire::sandbox::Sandbox::start().await.unwrap();
    let contract = sandbox.seed("contracts", json!({})).unwrap();
    let create = |date: &str| {
        let body = json!({"contract": contract, "start_date": date});
        Create::new("may/1", USAGE).id(contract).body(&body).look_first()
    };
    let log = log();
    let stranger = Outbox::new(&crate::server::client(sandbox.url()), log.store.clone());
    stranger.add([create("2026-05-01")]).await.unwrap();
    let error = stranger.run(&options()).await.unwrap_err();
    assert!(matches!(&error, Error::Api(error) if matches!(**error, campfire::Error::Authentication(_))), "{error}");

    let outbox = Outbox::new(&sandbox.client().unwrap(), log.store);
    assert_eq!(outbox.add([create("2026-05-02")]).await.unwrap().replaced, 1);
    assert_eq!(outbox.run(&options()).await.unwrap().created(), 1);
    assert_eq!(outbox.add([create("2026-05-03")]).await.unwrap().conflicts, ["may/1"]);
    assert_eq!(sandbox.records("contracts.usage")[0]["start_date"], *"2026-05-02");
}

#[tokio::test]
async fn a_create_below_a_record_that_does_not_exist_is_refused() {
    let sandbox = campfire::sandbox::Sandbox::start().await.unwrap();
    let log = log();
    let outbox = Outbox::new(&sandbox.client().unwrap(), log.store);
    let create = Create::new("may/1", USAGE).id(999).body(&json!({"contract": 999})).look_first();
    outbox.add([create]).await.unwrap();
    let report = outbox.run(&options()).await.unwrap();
    assert_eq!(report.refused.len(), 1, "{report}");
}

#[tokio::test]
async fn progress_tells_from_the_beginning_and_says_what_is_waited_for() {
    let lagging = Manners { cuts_all: true, lag: Duration::from_secs(60), ..Manners::default() };
    let server = Server::start(lagging).await;
    let log = log();
    let outbox = Outbox::new(&server.client(), log.store);
    outbox.add((0..3).map(usage)).await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let ask = RunOptions::new(Absence::AskAfter(Duration::from_secs(2))).timeout(Duration::from_millis(500));
    let listener = seen.clone();
    let ask = ask.on_progress(move |progress| listener.lock().unwrap().push(progress.clone()));
    outbox.run(&ask).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!((seen[0].counts.total(), seen[0].wait.as_ref()), (3, None));
    let waits: Vec<&Wait> = seen.iter().filter_map(|progress| progress.wait.as_ref()).collect();
    assert!(waits.iter().any(|wait| wait.reason == Reason::LostRecord), "{seen:?}");
    assert!(waits.iter().all(|wait| wait.left <= Duration::from_secs(2)), "{seen:?}");
}

/// Shortens the tests.
trait AddAndRun {
    async fn add_and_run(&self, rows: std::ops::Range<usize>);
}

impl AddAndRun for Outbox<SqliteStore> {
    async fn add_and_run(&self, rows: std::ops::Range<usize>) {
        self.add(rows.map(usage)).await.unwrap();
        assert!(self.run(&options()).await.unwrap().is_complete());
    }
}
