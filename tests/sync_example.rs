//! `examples/sync.rs`, killed at any moment and run again, ends with what one clean run gives.

#![cfg(all(feature = "sandbox", feature = "core-accounting", unix))]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use campfire::Client;
use campfire::sandbox::{Demo, Sandbox};
use serde_json::Value;

#[allow(dead_code, unreachable_pub)]
#[path = "../examples/sync.rs"]
mod example;

/// Not a test: what the process runs that is killed.
#[test]
#[ignore = "started by the test below, as a process of its own"]
fn child() {
    let Some(folder) = std::env::var_os("SYNC_FOLDER") else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(example::run(&Client::from_env().unwrap(), Path::new(&folder))).unwrap();
}

fn start(sandbox: &Sandbox, folder: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored"])
        .env("SYNC_FOLDER", folder)
        .env("CAMPFIRE_API_KEY", sandbox.key())
        .env("CAMPFIRE_BASE_URL", sandbox.url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The rows of a copy, by id. A row twice is a failure.
fn rows(folder: &Path) -> BTreeMap<i64, Value> {
    let text = std::fs::read_to_string(folder.join("ledger.ndjson")).unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let row = line["changed"].clone();
        let id = row["id"].as_i64().unwrap();
        assert!(rows.insert(id, row).is_none(), "{id} came twice");
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_twenty_times_it_ends_with_what_a_clean_run_gives() {
    let sandbox = Sandbox::start().await.unwrap();
    // Pages of 500: some dozens, so that there are moments enough.
    sandbox.demo(&Demo::default().rows(12_000)).unwrap();
    let folder = std::env::temp_dir().join(format!("campfire-sync-{}", std::process::id()));
    let (clean, killed) = (folder.join("clean"), folder.join("killed"));
    example::run(&sandbox.client().unwrap(), &clean).await.unwrap();

    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut deaths = 0;
    while deaths < 20 {
        let mut child = start(&sandbox, &killed);
        // After so many requests and a moment more; at times before the first, at times when it has ended.
        let (until, moment) = (sandbox.requests().len() + dice.usize(0..4), dice.usize(0..3_000));
        while sandbox.requests().len() < until && child.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        for _ in 0..moment {
            tokio::task::yield_now().await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        deaths += 1;
    }
    // Until it is complete.
    assert!(start(&sandbox, &killed).wait().unwrap().success());
    let expected = rows(&clean);
    assert_eq!(expected.len(), sandbox.count("transactions"));
    assert_eq!(rows(&killed), expected, "seed {seed}");

    // From then on it is kept up to date.
    let before = std::fs::metadata(killed.join("ledger.ndjson")).unwrap().len();
    assert!(start(&sandbox, &killed).wait().unwrap().success());
    assert!(std::fs::metadata(killed.join("ledger.ndjson")).unwrap().len() >= before);
    std::fs::remove_dir_all(folder).unwrap();
}
