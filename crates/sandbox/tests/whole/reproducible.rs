//! The same test, the same state: the clock, the seed, resetting, tenants, and snapshots.

use std::time::Duration;

use campfire_sandbox::{Error, Fault, FaultRule, Sandbox};
use campfire_values::{Json, Timestamp};
use http::header;
use serde_json::json;

use crate::support::Server;

const CONTRACTS: &str = "/rr/api/v1/contracts";
const ENTRIES: &str = "/coa/api/journal_entry";

fn entry(day: &str) -> String {
    json!({"date": day, "entity": 1, "transactions": [{"account": 1, "debit_amount_native": 9},
        {"account": 2, "credit_amount_native": 9}]})
    .to_string()
}

async fn controlled(seed: u64) -> Server {
    Server { sandbox: Sandbox::builder().control(true).seed(seed).start().await.unwrap() }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_same_seed_leads_to_the_same_state() {
    let mut states = Vec::new();
    for seed in [7, 7, 8] {
        let server = controlled(seed).await;
        server.sandbox.freeze(true);
        server.sandbox.set_time(time("2026-03-31T12:00:00Z"));
        server.ok("POST", CONTRACTS, r#"{"deal_name": "Northwind"}"#).await;
        server.ok("POST", ENTRIES, &entry("2026-03-31")).await;
        server.sandbox.seed("vendors", Json::from(json!({"name": "Contoso"}))).unwrap();
        states.push(server.sandbox.snapshot());
    }
    assert_eq!(states[0], states[1]);
    assert_ne!(states[0], states[2]);
}

#[tokio::test]
async fn no_uuid_is_given_twice() {
    let server = controlled(1).await;
    let other = server.sandbox.add_tenant("other");
    let first = server.ok("POST", ENTRIES, &entry("2026-03-31")).await;
    let snapshot = server.sandbox.snapshot();
    server.sandbox.restore(&snapshot).unwrap();
    other.restore(&snapshot).unwrap();
    let mut uuids: Vec<_> = vec![first["journal_id"].clone()];
    uuids.push(server.ok("POST", ENTRIES, &entry("2026-03-31")).await["journal_id"].clone());
    let entries = server.sandbox.records("journal_entries").into_iter().chain(other.records("journal_entries"));
    assert_eq!(entries.count(), 3);
    assert_ne!(uuids[0], uuids[1]);
    assert!(uuids.iter().all(|uuid| uuid.as_str().unwrap().len() == 36), "{uuids:?}");
}

#[tokio::test]
async fn the_clock_is_set_frozen_and_moved() {
    let server = controlled(1).await;
    let clock = |body: serde_json::Value| {
        let server = &server;
        async move { server.ok("POST", "/__sandbox/clock", &body.to_string()).await }
    };
    clock(json!({"set": "2024-02-28T23:00:00Z", "frozen": true})).await;
    assert_eq!(server.ok("GET", "/__sandbox/clock", "").await, json!({"now": "2024-02-28T23:00:00Z", "frozen": true}));
    clock(json!({"advance_seconds": 7200})).await;
    let created = server.call("POST", CONTRACTS, "{}").await;
    assert_eq!(created.body["created_at"], *"2024-02-29T01:00:00+0000");
    assert_eq!(created.headers[header::DATE], "Thu, 29 Feb 2024 01:00:00 GMT");
    assert_eq!(server.sandbox.requests()[0].time, time("2024-02-29T01:00:00Z"));
    // Snapshots contain the clock.
    let snapshot = server.sandbox.snapshot();
    clock(json!({"set": "2030-01-01T00:00:00Z", "frozen": false})).await;
    assert!(server.sandbox.time() >= time("2030-01-01T00:00:00Z"));
    server.sandbox.restore(&snapshot).unwrap();
    assert_eq!(server.sandbox.time(), time("2024-02-29T01:00:00Z"));
    // Once it runs, it runs on from where it stood.
    server.sandbox.freeze(false);
    let now = server.sandbox.time();
    assert!(now >= time("2024-02-29T01:00:00Z") && now < time("2024-02-29T02:00:00Z"), "{now}");
    server.sandbox.advance(Duration::from_secs(3600));
    assert!(server.sandbox.time() >= time("2024-02-29T02:00:00Z"));
    for body in [json!({}), json!({"set": "yesterday"}), json!({"frozen": 1})] {
        server.refused(400, "POST", "/__sandbox/clock", &body.to_string()).await;
    }
}

#[tokio::test]
async fn a_reset_leaves_nothing_behind() {
    let server = controlled(1).await;
    let empty = async || {
        let clock = server.ok("GET", "/__sandbox/clock", "").await;
        (server.sandbox.snapshot()["records"].clone(), clock["frozen"].clone(), server.sandbox.tenants().len())
    };
    let before = empty().await;
    server.sandbox.freeze(true);
    server.sandbox.add_tenant("other");
    server.sandbox.inject(FaultRule::new(Fault::Status(503)).after(9)).unwrap();
    let first = server.ok("POST", CONTRACTS, "{}").await;
    assert_ne!(empty().await, before);
    server.ok("POST", "/__sandbox/reset", "").await;
    assert_eq!(empty().await, before);
    assert!(server.sandbox.faults().is_empty() && server.sandbox.requests().is_empty());
    assert_eq!(server.ok("POST", CONTRACTS, "{}").await["id"], first["id"]);
}

#[tokio::test]
async fn tenants_are_created_listed_reset_and_removed_over_http() {
    let server = controlled(1).await;
    let other = server.ok("POST", "/__sandbox/tenants", r#"{"name": "other"}"#).await;
    let listed = server.ok("GET", "/__sandbox/tenants", "").await;
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|tenant| tenant["tenant"].as_str().unwrap()).collect();
    assert_eq!(names, ["main", "other"]);
    assert_eq!(listed[1], other);
    server.ok("POST", CONTRACTS, "{}").await;
    let record = r#"{"resource": "contracts", "record": {}}"#;
    server.ok("POST", "/__sandbox/records?tenant=other", record).await;
    server.ok("POST", "/__sandbox/reset?tenant=other", "").await;
    let tenant = server.sandbox.add_tenant("other");
    assert_eq!((server.sandbox.count("contracts"), tenant.count("contracts")), (1, 0));
    server.ok("DELETE", "/__sandbox/tenants/other", "").await;
    assert_eq!(server.sandbox.tenants().len(), 1);
    server.refused(404, "DELETE", "/__sandbox/tenants/other", "").await;
    server.refused(400, "DELETE", "/__sandbox/tenants/main", "").await;
}

#[tokio::test]
async fn a_snapshot_that_does_not_balance_is_refused() {
    let server = controlled(1).await;
    server.ok("POST", ENTRIES, &entry("2026-03-31")).await;
    let snapshot = server.sandbox.snapshot();
    let text = snapshot.to_string();
    let altered = text.replacen(r#""debit_amount_native":9"#, r#""debit_amount_native":8"#, 1);
    assert_ne!(altered, text);
    let error = server.sandbox.restore(&altered.parse().unwrap()).unwrap_err();
    assert!(matches!(&error, Error::Snapshot(reason) if reason.contains("native debits are 8")), "{error}");
    let error = server.refused(400, "PUT", "/__sandbox/snapshot", &altered).await;
    assert!(error["detail"].as_str().unwrap().contains("does not balance"), "{error}");
    assert_eq!(server.sandbox.snapshot()["records"], snapshot["records"]);
    server.sandbox.restore(&snapshot).unwrap();
}
