//! Copies of a sandbox: right after every run, after every interruption, and after being killed at any moment.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use campfire::sandbox::{Demo, Fault, FaultRule, Sandbox};
use campfire::tables::{self, Table};
use campfire::{Client, Json, List, RetryPolicy};
use campfire_replica::copy::ReadCopy;
use campfire_replica::error::Error;
use campfire_replica::layout::{FieldOrder, Layout, Received};
use campfire_replica::replica::Replica;
use campfire_replica::report::{Method, Report, TableReport};
use campfire_replica::sink::sqlite::Sqlite;
use campfire_replica::verify::run::Verify;

#[allow(dead_code, unreachable_pub)]
#[path = "../examples/replica.rs"]
mod example;

/// The records of a copy, by table.
type Records = BTreeMap<String, Vec<Json>>;

async fn company(rows: usize) -> Sandbox {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&Demo::default().rows(rows)).unwrap();
    sandbox
}

/// Returns a client that does not retry, so that faults count.
fn client(sandbox: &Sandbox) -> Client {
    let builder = Client::builder().api_key(sandbox.key()).base_url(sandbox.url());
    builder.retry(RetryPolicy::none()).build().unwrap()
}

/// Reads a copy in small steps.
async fn records(copy: &Sqlite) -> Records {
    let mut records = Records::new();
    for table in copy.tables().await.unwrap() {
        let mut rows: Vec<Json> = Vec::new();
        loop {
            let after = rows.last().and_then(|row| row["id"].as_i64());
            let more = copy.records(&table, after, 97).await.unwrap();
            let is_last = more.len() < 97;
            rows.extend(more);
            if is_last {
                break;
            }
        }
        records.insert(table, rows);
    }
    records
}

/// Reads what the server has, without a replica.
async fn server(campfire: &Client) -> Records {
    let mut ids: BTreeMap<&str, Vec<Vec<i64>>> = BTreeMap::new();
    let mut records = Records::new();
    for table in tables::all() {
        let parents = table.parent().map_or_else(|| vec![Vec::new()], |parent| ids[parent].clone());
        let (mut paths, mut rows) = (Vec::new(), Vec::new());
        for path in parents {
            let mut list = table.list(campfire, &path).unwrap().stream();
            while let Some(record) = list.try_next().await.unwrap() {
                paths.push(path.iter().copied().chain(record["id"].as_i64()).collect());
                rows.push(normal(table, record, path.last().copied()));
            }
        }
        rows.sort_by_key(|row| row["id"].as_i64());
        ids.insert(table.name(), paths);
        records.insert(table.name().to_owned(), rows);
    }
    records
}

/// A record as a copy returns it: without nulls, and with its parent.
fn normal(table: &Table, record: Json, parent: Option<i64>) -> Json {
    let layout = Layout::of(table);
    let received = Received::new(record.to_string().parse().unwrap(), parent).unwrap();
    layout.record(layout.row(&received, &mut FieldOrder::default()))
}

fn of<'a>(report: &'a Report, table: &str) -> &'a TableReport {
    report.tables.iter().find(|report| report.table == table).unwrap()
}

fn assert_same(copy: &Records, expected: &Records) {
    assert_eq!(copy.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (table, rows) in expected {
        assert_eq!(copy[table].len(), rows.len(), "{table}");
        for (copied, row) in copy[table].iter().zip(rows) {
            assert_eq!(copied, row, "{table}");
        }
    }
}

/// Removes the totals of a contract and of the customers: a change of its subscriptions changes them, but no
/// `last_modified_at`, so a run of changes does not see it.
fn drop_totals(records: &mut Records, contract: i64) {
    const TOTALS: [&str; 4] = ["total_revenue", "total_mrr", "total_unbilled", "total_deferred_revenue"];
    let drop = |record: &mut Json| {
        let Json::Object(fields) = record else { panic!("a record is not an object") };
        fields.retain(|name, _| !TOTALS.contains(&name.as_str()));
    };
    let contracts = records.get_mut("contracts").unwrap();
    drop(contracts.iter_mut().find(|record| record["id"].as_i64() == Some(contract)).unwrap());
    records.get_mut("customers").unwrap().iter_mut().for_each(drop);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_every_record_and_later_runs_find_every_change() {
    let sandbox = company(800).await;
    let campfire = client(&sandbox);
    let replica = Replica::new(campfire.clone(), Sqlite::in_memory().unwrap()).page_size(50);
    let report = replica.run().await.unwrap();
    assert!(report.is_complete(), "{report}");
    let first = records(replica.sink()).await;
    assert_same(&first, &server(&campfire).await);
    for table in ["transactions", "journal_entries", "contracts", "contracts_subscriptions", "invoices"] {
        assert!(!first[table].is_empty(), "the company has no {table}");
    }
    let methods = ["transactions", "invoices", "contracts_subscriptions"].map(|table| of(&report, table).method);
    assert_eq!(methods, [Method::Changes, Method::Comparison, Method::Children]);

    // Nothing has changed.
    let report = replica.run().await.unwrap();
    let touched: u64 = report.tables.iter().map(|table| table.written + table.deleted).sum();
    assert!(report.is_complete() && touched == 0, "{report}");

    // A change and a deletion for each method.
    let id = |table: &str, index: usize| first[table][index]["id"].as_i64().unwrap();
    for resource in ["tags", "accounts"] {
        sandbox.seed(resource, serde_json::json!({"name": "new"})).unwrap();
    }
    let subscription = &first["contracts_subscriptions"][0];
    let contract = subscription["_parent"].as_i64().unwrap();
    campfire.contracts().subscriptions(contract).delete(subscription["id"].as_i64().unwrap()).await.unwrap();
    campfire.contracts().delete(id("contracts", 1)).await.unwrap();
    let report = replica.run().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((of(&report, "tags").written, of(&report, "accounts").written), (1, 1), "{report}");
    assert_eq!(of(&report, "contracts").deleted, 1, "{report}");
    assert!(of(&report, "contracts_subscriptions").deleted >= 1, "{report}");
    let (mut copy, mut expected) = (records(replica.sink()).await, server(&campfire).await);
    for records in [&mut copy, &mut expected] {
        drop_totals(records, contract);
    }
    assert_same(&copy, &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_list_does_not_affect_the_others_and_resumes() {
    let sandbox = company(600).await;
    let campfire = client(&sandbox);
    let replica = Replica::new(campfire.clone(), Sqlite::in_memory().unwrap()).page_size(50);
    for (operation, pages) in [("invoices.list", 1), ("transactions.list", 3)] {
        sandbox.inject(FaultRule::new(Fault::Status(500)).operation(operation).after(pages)).unwrap();
    }
    sandbox.inject(FaultRule::new(Fault::Status(500)).operation("contracts.subscriptions.list").after(2)).unwrap();
    let report = replica.run().await.unwrap();
    let failed: Vec<&str> =
        report.tables.iter().filter(|table| !table.is_complete()).map(|table| table.table).collect();
    assert_eq!(failed, ["contracts_subscriptions", "invoices", "transactions"], "{report}");
    assert!(of(&report, "contracts_subscriptions").failures[0].parent.is_some());
    assert!(report.to_string().contains("invoices: "), "{report}");
    sandbox.clear_faults();
    let before = sandbox.requests().len();
    let report = replica.run().await.unwrap();
    assert!(report.is_complete(), "{report}");
    let requests = sandbox.requests();
    let of_list =
        |operation| requests[before..].iter().filter(move |request| request.operation.as_deref() == Some(operation));
    assert!(of_list("invoices.list").all(|request| request.query.contains("offset=")), "read from the start");
    assert!(of_list("transactions.list").all(|request| !request.query.contains("cursor=&")), "read from the start");
    assert_same(&records(replica.sink()).await, &server(&campfire).await);
}

#[tokio::test]
async fn selected_tables_come_with_their_parents_and_unknown_ones_are_rejected() {
    let sandbox = company(200).await;
    let replica =
        Replica::new(client(&sandbox), Sqlite::in_memory().unwrap()).tables(["contracts_prepaid_commits_consumption"]);
    let report = replica.run().await.unwrap();
    let names: Vec<&str> = report.tables.iter().map(|table| table.table).collect();
    assert_eq!(names, ["contracts", "contracts_prepaid_commits", "contracts_prepaid_commits_consumption"]);
    let error =
        Replica::new(client(&sandbox), Sqlite::in_memory().unwrap()).tables(["contract"]).run().await.unwrap_err();
    assert!(matches!(&error, Error::Copy(_)) && error.to_string().contains("no table `contract`"), "{error}");
}

/// Not a test: runs in the process that the tests below kill.
#[test]
#[ignore = "started by the tests below in a process of its own"]
fn child() {
    let Some(file) = std::env::var_os("REPLICA_FILE") else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let report = runtime.block_on(example::run(Client::from_env().unwrap(), Path::new(&file))).unwrap();
    assert!(report.is_complete(), "{report}");
}

fn start(sandbox: &Sandbox, file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored"])
        .env("REPLICA_FILE", file)
        .env("CAMPFIRE_API_KEY", sandbox.key())
        .env("CAMPFIRE_BASE_URL", sandbox.url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills copies in the middle, compares each that gets to its end with a clean one, and verifies it.
async fn kill(kills: usize, rows: usize) {
    let sandbox = company(rows).await;
    let folder = std::env::temp_dir().join(format!("campfire-replica-{}-{kills}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (clean, campfire) = (folder.join("clean.db"), sandbox.client().unwrap());
    let before = sandbox.requests().len();
    assert!(example::run(campfire.clone(), &clean).await.unwrap().is_complete());
    let (expected, all) = (records(&Sqlite::open(&clean).unwrap()).await, sandbox.requests().len() - before);
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut killed, mut finished) = (0, 0);
    while killed < kills {
        let file = folder.join(format!("copy-{finished}.db"));
        let mut child = start(&sandbox, &file);
        // Waits for a part of the requests of a copy, and for a moment more.
        let (until, moment) = (sandbox.requests().len() + random.usize(0..all), random.usize(0..3_000));
        while sandbox.requests().len() < until && child.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        for _ in 0..moment {
            tokio::task::yield_now().await;
        }
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            finished += 1;
        } else {
            killed += 1;
        }
        // Several kills in the same copy, then a run to its end.
        if killed % 3 == 0 || killed == kills {
            assert!(start(&sandbox, &file).wait().unwrap().success());
            let copy = Sqlite::open(&file).unwrap();
            assert_same(&records(&copy).await, &expected);
            let report = Verify::new(&campfire, &copy).run().await.unwrap();
            assert!(report.is_clean() && report.notes.is_empty(), "{report}");
            finished += 1;
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
    println!("{killed} kills, {finished} copies of {} rows", expected.values().map(Vec::len).sum::<usize>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_killed_equals_a_clean_one() {
    kill(5, 300).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; cargo test --release -p campfire-replica --features sink-sqlite --test replica -- --ignored hundred"]
async fn a_copy_that_is_killed_a_hundred_times_equals_a_clean_one() {
    kill(100, 1_000).await;
}
