//! `examples/sync.rs`, killed at any moment and run again, ends with the same copy as one clean run.

use campfire::sandbox::{Demo, Sandbox};
use campfire::{Client, Json};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/sync.rs"]
mod example;

/// Not a test: runs in the process that the test below kills.
#[test]
#[ignore = "started by the test below in a process of its own"]
fn child() {
    let Some(folder) = std::env::var_os("SYNC_FOLDER") else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(example::run(&Client::from_env().unwrap(), Path::new(&folder))).unwrap();
}

fn start(sandbox: &Sandbox, folder: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sync_example::child", "--ignored"])
        .env("SYNC_FOLDER", folder)
        .env("CAMPFIRE_API_KEY", sandbox.key())
        .env("CAMPFIRE_BASE_URL", sandbox.url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Returns the records of a copy by id. A record that occurs twice is a failure.
fn records(folder: &Path) -> BTreeMap<i64, Json> {
    let text = std::fs::read_to_string(folder.join("ledger.ndjson")).unwrap();
    let mut records = BTreeMap::new();
    for line in text.lines() {
        let line: Json = line.parse().unwrap();
        let record = line["changed"].clone();
        let id = record["id"].as_i64().unwrap();
        assert!(records.insert(id, record).is_none(), "record {id} occurs twice");
    }
    records
}

#[tokio::test]
async fn a_copy_has_every_digit() {
    let sandbox = Sandbox::start().await.unwrap();
    let amount = "12345678901234567.89";
    let id = sandbox.seed("transactions", json!({"amount": amount})).unwrap();
    let folder = std::env::temp_dir().join(format!("campfire-sync-digits-{}", std::process::id()));
    let campfire = sandbox.client().unwrap();
    example::run(&campfire, &folder).await.unwrap();
    let change = json!({"id": id, "amount": amount, "description": "changed"});
    sandbox.seed("transactions", change).unwrap();
    example::run(&campfire, &folder).await.unwrap();
    let text = std::fs::read_to_string(folder.join("ledger.ndjson")).unwrap();
    let number = format!("\"amount\":{amount},");
    assert!(text.lines().count() == 2 && text.lines().all(|line| line.contains(&number)), "{text}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_killed_twenty_times_equals_a_clean_one() {
    let sandbox = Sandbox::start().await.unwrap();
    // Two dozen pages of 500 records leave enough moments to strike.
    sandbox.demo(&Demo::default().rows(12_000)).unwrap();
    let folder = std::env::temp_dir().join(format!("campfire-sync-{}", std::process::id()));
    let (clean, killed) = (folder.join("clean"), folder.join("killed"));
    example::run(&sandbox.client().unwrap(), &clean).await.unwrap();

    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut kills = 0;
    while kills < 20 {
        let mut child = start(&sandbox, &killed);
        // Waits for a few requests and a moment more: sometimes less than a process needs to start, sometimes more than it
        // needs to finish.
        let (until, moment) = (sandbox.requests().len() + random.usize(0..4), random.usize(0..3_000));
        while sandbox.requests().len() < until && child.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        for _ in 0..moment {
            tokio::task::yield_now().await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    // The last run completes the copy.
    assert!(start(&sandbox, &killed).wait().unwrap().success());
    let expected = records(&clean);
    assert_eq!(expected.len(), sandbox.count("transactions"));
    assert_eq!(records(&killed), expected, "seed {seed}");

    // Further runs update the copy.
    let before = std::fs::metadata(killed.join("ledger.ndjson")).unwrap().len();
    assert!(start(&sandbox, &killed).wait().unwrap().success());
    assert!(std::fs::metadata(killed.join("ledger.ndjson")).unwrap().len() >= before);
    std::fs::remove_dir_all(folder).unwrap();
}
