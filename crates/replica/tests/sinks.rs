//! Copies in every sink: equal to the server and to each other, after later changes, kills, and division into shards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use campfire::sandbox::{Demo, Sandbox};
use campfire::tables;
use campfire::{Client, Json, JsonObject, List, Timestamp};
use campfire_replica::copy::ReadCopy;
use campfire_replica::layout::{Layout, Received};
use campfire_replica::plan::{Plan, Shard, Window};
use campfire_replica::replica::Replica;
use campfire_replica::report::Method;
use campfire_replica::sink::parquet::Parquet;
use campfire_replica::sink::postgres::Postgres;
use campfire_replica::sink::sqlite::Sqlite;
use campfire_replica::sink::{Batch, RowChange, Sink};

/// The records of a copy, by table.
type Records = BTreeMap<String, Vec<Json>>;

async fn company(rows: usize) -> Sandbox {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&Demo::default().rows(rows)).unwrap();
    sandbox
}

/// Tables for each way to read one.
const TABLES: [&str; 7] =
    ["transactions", "journal_entries", "contracts_subscriptions", "invoices", "bills", "tags", "accounts"];

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        // In memory if possible: on a busy disk, each file waits for all others.
        let memory = Path::new("/dev/shm");
        let temporary = if memory.exists() { memory.to_owned() } else { std::env::temp_dir() };
        let path = temporary.join(format!("campfire-sinks-{}-{name}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Connects to the database that `CAMPFIRE_TEST_POSTGRES` names (`host=/tmp/pg user=postgres dbname=postgres`), with this schema
/// alone in the search path.
async fn postgres(schema: &str) -> Option<Postgres> {
    let Ok(place) = std::env::var("CAMPFIRE_TEST_POSTGRES") else {
        println!("skipped: CAMPFIRE_TEST_POSTGRES is not set");
        return None;
    };
    let (client, connection) = tokio_postgres::connect(&place, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    // Values must not depend on these settings.
    let settings = "SET TimeZone = 'Asia/Kolkata'; SET DateStyle = 'German'; SET extra_float_digits = 0;";
    client
        .batch_execute(&format!("{settings} CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path = {schema}"))
        .await
        .unwrap();
    Some(Postgres::new(client))
}

/// Connects to a new, empty schema.
async fn new_postgres(name: &str) -> Option<(String, Postgres)> {
    let schema = format!("sinks_{name}_{}", std::process::id());
    let place = std::env::var("CAMPFIRE_TEST_POSTGRES").ok();
    if let Some(place) = place {
        let (client, connection) = tokio_postgres::connect(&place, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await.unwrap();
    }
    Some((schema.clone(), postgres(&schema).await?))
}

/// Reads a copy in small steps. Numbers are without zeros at the end of their fraction, which not every sink keeps.
async fn records(copy: &impl ReadCopy) -> Records {
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
        records.insert(table, rows.into_iter().map(plain).collect());
    }
    records
}

/// Removes what a column does not keep: zeros at the end of a fraction, offsets of times, and fields that are null.
fn plain(value: Json) -> Json {
    match value {
        Json::String(text) if text.len() > 18 && text.as_bytes()[10] == b'T' => {
            text.parse::<Timestamp>().map_or(text, |at| at.to_string()).into()
        }
        Json::Number(number) if number.as_str().contains('.') => {
            number.as_str().trim_end_matches('0').trim_end_matches('.').parse().unwrap()
        }
        Json::Array(items) => Json::Array(items.into_iter().map(plain).collect()),
        Json::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            Json::Object(fields.map(|(name, value)| (name, plain(value))).collect::<JsonObject>())
        }
        other => other,
    }
}

fn assert_same(copy: &Records, expected: &Records) {
    assert_eq!(copy.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (table, rows) in expected {
        assert_eq!(copy[table].len(), rows.len(), "{table}");
        for (copied, row) in copy[table].iter().zip(rows) {
            let (Json::Object(copied), Json::Object(row)) = (copied, row) else { panic!("no objects") };
            for name in copied.keys().chain(row.keys()) {
                assert_eq!(copied[name.as_str()], row[name.as_str()], "{table}.{name}");
            }
        }
    }
}

/// Copies a company into a sink and into SQLite, and again after changes.
async fn equals_sqlite(sink: impl Sink + ReadCopy) {
    let sandbox = company(300).await;
    let campfire = sandbox.client().unwrap();
    let replica = Replica::new(campfire.clone(), sink).tables(TABLES).page_size(70);
    let sqlite = Replica::new(campfire.clone(), Sqlite::in_memory().unwrap()).tables(TABLES);
    assert!(sqlite.run().await.unwrap().is_complete());
    let report = replica.run().await.unwrap();
    assert!(report.is_complete(), "{report}");
    let first = records(sqlite.sink()).await;
    assert_same(&records(replica.sink()).await, &first);

    let report = replica.run().await.unwrap();
    let touched: u64 = report.tables.iter().map(|table| table.written + table.deleted).sum();
    assert!(report.is_complete() && touched == 0, "{report}");

    let id = |table: &str, index: usize| first[table][index]["id"].as_i64().unwrap();
    for resource in ["tags", "accounts"] {
        sandbox.seed(resource, serde_json::json!({"name": "new"})).unwrap();
    }
    let contract = first["contracts_subscriptions"][0]["_parent"].as_i64().unwrap();
    campfire.contracts().subscriptions(contract).delete(id("contracts_subscriptions", 0)).await.unwrap();
    campfire.contracts().delete(id("contracts", 1)).await.unwrap();
    for report in [replica.run().await.unwrap(), sqlite.run().await.unwrap()] {
        assert!(report.is_complete(), "{report}");
        for (method, changed) in [(Method::Changes, 1), (Method::Comparison, 1), (Method::Children, 1)] {
            let tables = report.tables.iter().filter(|table| table.method == method);
            assert!(tables.map(|table| table.written + table.deleted).sum::<u64>() >= changed, "{method}\n{report}");
        }
    }
    assert_same(&records(replica.sink()).await, &records(sqlite.sink()).await);
}

/// Records as no server should send them.
const ODD: [&str; 6] = [
    r#"{"id":1,"amount":12.50,"posted_at":"2026-02-28","note":"plain","tags":[{"id":3,"name":"t","weight":0.10}]}"#,
    "{ \"note\" : \"caf\\u00e9 \\ud83d\\ude00 \\\"\\n\",\n \"id\":2 , \"\\u0061mount\": -0.01, \"created_at\":\"2026-02-28T12:00:00+0000\"}",
    r#"{"id":3,"amount":"about 5","posted_at":"someday","note":[1],"is_deleted":"no","tags":[5],"entity":"7"}"#,
    r#"{"id":4,"unknown":{"z":1,"a":[{"b" : 1e400}]},"_extra":true,"":0,"draft_matches":{"b":2,"a":1}}"#,
    r#"{"id":5,"amount":0.1234567890123456789,"exchange_rate":123456789012345678901234567890,"journal":9223372036854775808}"#,
    r#"{"id":-6,"note":"","account":null,"unknown":null,"files":[],"amount":0}"#,
];

async fn keeps_odd_records(sink: impl Sink + ReadCopy) {
    let layout = Layout::of(tables::get("transactions").unwrap());
    sink.open(&layout).await.unwrap();
    let mut batch = Batch::default();
    let record = |text: &&str| RowChange::Write(Received::new(text.parse().unwrap(), None).unwrap());
    batch.changes = ODD.iter().map(record).collect();
    batch.state = r#"{"version":1}"#.to_owned();
    sink.write(&layout, batch).await.unwrap();
    sink.finish(&layout).await.unwrap();
    let mut expected: Vec<Json> = ODD.iter().map(|text| plain(text.parse().unwrap())).collect();
    expected.rotate_right(1);
    assert_same(&records(&sink).await, &Records::from([("transactions".to_owned(), expected)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sink_keeps_every_field_of_odd_records() {
    let folder = Folder::new("odd");
    keeps_odd_records(Sqlite::in_memory().unwrap()).await;
    keeps_odd_records(Parquet::open(&folder.0).unwrap()).await;
    if let Some((_, sink)) = new_postgres("odd").await {
        keeps_odd_records(sink).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_equals_sqlite() {
    let folder = Folder::new("parquet");
    equals_sqlite(Parquet::open(&folder.0).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_equals_sqlite() {
    if let Some((_, sink)) = new_postgres("equals").await {
        equals_sqlite(sink).await;
    }
}

/// Returns the Parquet files below a folder, and their bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for table in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        for month in std::fs::read_dir(&table).unwrap().map(|entry| entry.unwrap().path()) {
            let file = month.join("part-0.parquet");
            if let Ok(bytes) = std::fs::read(&file) {
                files.insert(file.strip_prefix(folder).unwrap().to_owned(), bytes);
            }
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_repeated_writes_the_same_parquet_files() {
    let (sandbox, folder) = (company(300).await, Folder::new("repeated"));
    let run = async |name: &str, page_size| {
        let path = folder.join(name);
        let replica = Replica::new(sandbox.client().unwrap(), Parquet::open(&path).unwrap());
        let replica = replica.tables(TABLES).page_size(page_size);
        assert!(replica.run().await.unwrap().is_complete());
        files(&path)
    };
    let first = run("a", 500).await;
    assert!(first.len() > 15 && first == run("b", 37).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_in_any_order_and_twice_equal_one_run() {
    let (sandbox, folder) = (company(300).await, Folder::new("shards"));
    let campfire = sandbox.client().unwrap();
    let replica = || Replica::new(campfire.clone(), Sqlite::in_memory().unwrap()).tables(TABLES);
    let (whole, divided, merged) = (replica(), replica(), replica());
    assert!(whole.run().await.unwrap().is_complete());
    let expected = records(whole.sink()).await;

    let plan = serde_json::to_string(&divided.plan(24).await.unwrap()).unwrap();
    let plan: Plan = serde_json::from_str(&plan).unwrap();
    let of = |table: &str| plan.shards.iter().filter(|shard| shard.table == table).collect::<Vec<_>>();
    assert!(of("transactions").len() > 2 && of("journal_entries").len() > 2, "{plan:#?}");
    assert!(matches!(of("transactions")[1].window, Window::Changed { from: Some(_), until: Some(_) }), "{plan:#?}");
    assert!(matches!(of("journal_entries")[1].window, Window::Offset { .. }), "{plan:#?}");

    // Each twice, in any order, and each time on another machine.
    let mut shards: Vec<Shard> = plan.shards.iter().chain(&plan.shards).cloned().collect();
    fastrand::Rng::with_seed(18).shuffle(&mut shards);
    let machines =
        ["a", "b", "c"].map(|name| Replica::new(campfire.clone(), Parquet::open(folder.join(name)).unwrap()));
    for (index, shard) in shards.iter().enumerate() {
        divided.copy_shard(shard).await.unwrap();
        machines[index % 3].copy_shard(shard).await.unwrap();
    }
    for machine in &machines {
        merged.add_copy(machine.sink()).await.unwrap();
    }
    let mut top: Records = expected.clone();
    top.retain(|table, _| tables::get(table).unwrap().parent().is_none());
    assert_same(&records(divided.sink()).await, &top);
    assert_same(&records(merged.sink()).await, &top);

    // Tables below others, and all changes since, are left to a run.
    divided.complete(&plan).await.unwrap();
    sandbox.seed("tags", serde_json::json!({"name": "new"})).unwrap();
    let before = sandbox.requests().len();
    assert!(divided.run().await.unwrap().is_complete() && whole.run().await.unwrap().is_complete());
    assert_same(&records(divided.sink()).await, &records(whole.sink()).await);
    let requests = sandbox.requests();
    let mut lines =
        requests[before..].iter().filter(|request| request.operation.as_deref() == Some("transactions.list"));
    assert!(lines.all(|request| request.query.contains("last_modified_at__gte")), "the ledger was read from the start");
}

#[tokio::test(flavor = "multi_thread")]
async fn arrow_batches_of_typed_lists_equal_those_of_tables() {
    use campfire_replica::arrow;
    let sandbox = company(300).await;
    let campfire = sandbox.client().unwrap();
    let table = tables::get("contracts").unwrap();
    let mut typed = arrow::read(campfire.contracts().list().page_size(3));
    let mut erased = arrow::read_table(table, table.list(&campfire, &[]).unwrap().page_size(3));
    let mut rows = 0;
    while let Some(page) = typed.try_next().await.unwrap() {
        let other = erased.try_next().await.unwrap().unwrap();
        assert_eq!(page.batch.schema(), arrow::schema(table));
        // The checksum is of the text, in which an amount may have been a string.
        let columns: Vec<usize> = (0..page.batch.num_columns() - 1).collect();
        assert_eq!(page.batch.project(&columns).unwrap(), other.batch.project(&columns).unwrap());
        rows += page.batch.num_rows();
    }
    assert!(rows > 3 && erased.try_next().await.unwrap().is_none());

    let mut run = arrow::read_changes(campfire.contracts().list().sync(None));
    let mut watermark = None;
    while let Some(page) = run.try_next().await.unwrap() {
        watermark = page.watermark;
    }
    let contract = campfire.contracts().list().stream().try_next().await.unwrap().unwrap();
    campfire.contracts().delete(contract.id).await.unwrap();
    let mut run = arrow::read_changes(campfire.contracts().list().sync(watermark));
    let mut deletions = 0;
    while let Some(page) = run.try_next().await.unwrap() {
        assert_eq!(page.batch.num_columns(), table.schema().fields().len() + 4);
        let deleted = page.batch.column_by_name("_deleted").unwrap();
        deletions += format!("{deleted:?}").matches("true").count();
    }
    assert_eq!(deletions, 1);
}

/// Not a test: runs in the process that the tests below kill.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the tests below in a process of its own"]
async fn child() {
    let Ok(place) = std::env::var("SINKS_PLACE") else { return };
    let client = Client::from_env().unwrap();
    let report = match place.strip_prefix("postgres:") {
        Some(schema) => Replica::new(client, postgres(schema).await.unwrap()).tables(TABLES).run().await,
        None => Replica::new(client, Parquet::open(place).unwrap()).tables(TABLES).run().await,
    };
    let report = report.unwrap();
    assert!(report.is_complete(), "{report}");
}

fn start(sandbox: &Sandbox, place: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored"])
        .env("SINKS_PLACE", place)
        .env("CAMPFIRE_API_KEY", sandbox.key())
        .env("CAMPFIRE_BASE_URL", sandbox.url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills copies at random moments. After every third kill the copy runs to its end, and is then compared.
async fn kill<P: std::fmt::Display>(
    sandbox: &Sandbox,
    kills: usize,
    place: impl Fn(usize) -> P,
    compare: impl AsyncFn(P),
) {
    let before = sandbox.requests().len();
    assert!(start(sandbox, &place(usize::MAX).to_string()).wait().unwrap().success());
    let all = sandbox.requests().len() - before;
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut killed, mut finished) = (0, 0);
    while killed < kills {
        let place_now = place(finished);
        let mut child = start(sandbox, &place_now.to_string());
        // Waits for a part of the requests of a copy, and for a moment more.
        let (until, moment) = (sandbox.requests().len() + random.usize(0..all), random.usize(0..20_000));
        while sandbox.requests().len() < until && child.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        for _ in 0..moment {
            tokio::task::yield_now().await;
        }
        child.kill().unwrap();
        let was_killed = !child.wait().unwrap().success();
        killed += usize::from(was_killed);
        if !was_killed || killed % 3 == 0 || killed == kills {
            assert!(start(sandbox, &place_now.to_string()).wait().unwrap().success());
            compare(place_now).await;
            finished += 1;
        }
    }
    println!("{killed} kills, {finished} copies");
}

async fn kill_parquet(kills: usize, rows: usize) {
    let (sandbox, folder) = (company(rows).await, Folder::new(&format!("kill-{kills}")));
    let place = |copy: usize| folder.join(&copy.to_string()).display().to_string();
    kill(&sandbox, kills, place, async |copy| {
        assert!(files(copy.as_ref()) == files(place(usize::MAX).as_ref()), "{copy} has other files than a clean copy");
        std::fs::remove_dir_all(copy).unwrap();
    })
    .await;
}

async fn kill_postgres(kills: usize, rows: usize) {
    let Some((schema, _)) = new_postgres(&format!("kill{kills}")).await else { return };
    let sandbox = company(rows).await;
    let place = |copy: usize| format!("postgres:{schema}_{}", copy.wrapping_add(1));
    let read = async |place: &str| records(&postgres(place.strip_prefix("postgres:").unwrap()).await.unwrap()).await;
    kill(&sandbox, kills, place, async |copy| {
        assert_same(&read(&copy).await, &read(&place(usize::MAX)).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parquet_copy_that_is_killed_equals_a_clean_one() {
    kill_parquet(3, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; cargo test --release -p campfire-replica --features parquet,sink-postgres,sink-sqlite --test sinks -- --ignored hundred"]
async fn a_parquet_copy_that_is_killed_a_hundred_times_equals_a_clean_one() {
    kill_parquet(100, 500).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_copy_that_is_killed_equals_a_clean_one() {
    kill_postgres(3, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; cargo test --release -p campfire-replica --features parquet,sink-postgres,sink-sqlite --test sinks -- --ignored hundred"]
async fn a_postgres_copy_that_is_killed_a_hundred_times_equals_a_clean_one() {
    kill_postgres(100, 500).await;
}
