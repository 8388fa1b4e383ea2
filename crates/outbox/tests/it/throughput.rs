//! What the log costs: creates through the outbox against plain creates, at 20 ms of latency and 8 in flight.
//!
//! `cargo test --release -p campfire-outbox --test it -- --ignored --nocapture throughput`

use std::sync::Arc;
use std::time::{Duration, Instant};

use campfire::Json;
use campfire_outbox::sqlite::SqliteStore;
use campfire_outbox::{Absence, Create, Outbox, RunOptions};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::server::{Manners, Server};

const CREATES: usize = 2_000;
const IN_FLIGHT: usize = 8;

fn body(row: usize) -> serde_json::Value {
    json!({"contract": 1, "product": 7, "description": format!("Row {row}")})
}

async fn plain(server: &Server) -> f64 {
    let (client, places) = (server.client(), Arc::new(Semaphore::new(IN_FLIGHT)));
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for row in 0..CREATES {
        let (client, place) = (client.clone(), places.clone().acquire_owned().await.unwrap());
        tasks.spawn(async move {
            let call = client.operation("contracts.usage.create").unwrap().parameter("contract_id", 1);
            call.body(Json::from(body(row))).await.unwrap();
            drop(place);
        });
    }
    tasks.join_all().await;
    CREATES as f64 / started.elapsed().as_secs_f64()
}

async fn logged(server: &Server) -> (f64, f64) {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::new(&server.client(), SqliteStore::open(folder.path().join("outbox.db")).unwrap());
    let create = |row| Create::new(format!("may/{row}"), "contracts.usage.create").id(1).body(&body(row));
    let started = Instant::now();
    outbox.add((0..CREATES).map(create)).await.unwrap();
    let added = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let options = RunOptions::new(Absence::AskAfter(Duration::from_secs(60))).in_flight(IN_FLIGHT);
    assert!(outbox.run(&options).await.unwrap().is_complete());
    (CREATES as f64 / started.elapsed().as_secs_f64(), added)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; cargo test --release -p campfire-outbox --test it -- --ignored --nocapture throughput"]
async fn throughput() {
    let server = Server::start(Manners { latency: Duration::from_millis(20), ..Manners::default() }).await;
    for _ in 0..3 {
        let (plain, (logged, added)) = (plain(&server).await, logged(&server).await);
        println!("plain {plain:.0}/s, outbox {logged:.0}/s, ratio {:.3}; added in {added:.2} s", logged / plain);
    }
    println!("a durable transaction takes {:.2} ms", fsync_cost().await);
}

/// Returns the time of a transaction that adds one row, in milliseconds.
async fn fsync_cost() -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manners::default()).await;
    let outbox = Outbox::new(&server.client(), SqliteStore::open(folder.path().join("outbox.db")).unwrap());
    let started = Instant::now();
    for row in 0..200 {
        let create = Create::new(format!("may/{row}"), "contracts.usage.create").id(1).body(&body(row));
        outbox.add([create]).await.unwrap();
    }
    started.elapsed().as_secs_f64() * 1000.0 / 200.0
}
