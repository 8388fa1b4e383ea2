//! Figures: a million records through a plain server, in processes of their own, so that each has its own memory.
//!
//! ```text
//! cargo test --release -p campfire-replica --features parquet --test figures -- --ignored --nocapture --test-threads 1
//! ```
//!
//! `CAMPFIRE_FIGURES_PYTHON` names a Python with the packages `dlt[parquet]`, `duckdb` and `datafusion`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Instant, SystemTime};

use campfire::sandbox::{Demo, Sandbox};
use campfire::tables;
use campfire::{Client, Decimal, Json, JsonObject, List};
use campfire_replica::copy::ReadCopy;
use campfire_replica::replica::Replica;
use campfire_replica::sink::parquet::Parquet;

/// The number of records, and how many are on a page.
const RECORDS: i64 = 1_000_000;
const PAGE: usize = 500;
const ACCOUNTS: i64 = 200;

fn records() -> i64 {
    std::env::var("FIGURES_RECORDS").ok().and_then(|records| records.parse().ok()).unwrap_or(RECORDS)
}

/// Returns the amount of a line in cents: lines of an entry come in pairs, a debit and a credit.
fn cents(id: i64) -> i64 {
    let entry = (id - 1) / 2;
    1 + entry * 7_919 % 99_999_989
}

fn account(id: i64) -> i64 {
    1 + id * 31 % ACCOUNTS
}

fn is_debit(id: i64) -> bool {
    id % 2 == 1
}

/// Returns debits less credits by account.
fn balances(records: i64) -> BTreeMap<i64, Decimal> {
    let mut balances = BTreeMap::new();
    for id in 1..=records {
        let cents = if is_debit(id) { cents(id) } else { -cents(id) };
        *balances.entry(account(id)).or_insert(0) += cents;
    }
    balances.into_iter().map(|(account, cents)| (account, Decimal::new(cents, 2))).collect()
}

/// Prepares the records of a list: like those of the sandbox, with ids and values of their own.
fn prepared(samples: &[JsonObject]) -> Vec<Box<[u8]>> {
    let record = |id: i64| {
        let mut record = samples[id as usize % samples.len()].clone();
        fill(&mut record, id);
        Json::Object(record).to_string().into_bytes().into()
    };
    (1..=records()).map(record).collect()
}

/// Returns the page that begins behind this many records. Pages of lists with an offset overlap.
fn page(records: &[Box<[u8]>], base: &str, offset: usize) -> Vec<u8> {
    let count = records.len();
    let end = (offset + PAGE).min(count);
    let next = if end < count { format!("\"{base}?cursor={end}&offset={end}\"") } else { "null".to_owned() };
    let mut body = format!("{{\"count\":{count},\"next\":{next},\"previous\":null,\"results\":[").into_bytes();
    body.extend_from_slice(&records[offset.min(end)..end].join(&b','));
    body.extend_from_slice(b"]}");
    body
}

fn fill(record: &mut JsonObject, id: i64) {
    let amount = || Json::from(Decimal::new(cents(id), 2));
    let day = format!("{}-{:02}-{:02}", 2024 + id / 12 % 2, 1 + id % 12, 1 + id / 24 % 28);
    record.insert("id".to_owned(), id.into());
    let mut set = |name: &str, value: Json| {
        if record.contains_key(name) {
            record.insert(name.to_owned(), value);
        }
    };
    set("journal", ((id - 1) / 2 + 1).into());
    set("account", account(id).into());
    set("posted_at", day.into());
    for layer in ["", "_native", "_book"] {
        set(&format!("amount{layer}"), amount());
        set(&format!("debit_amount{layer}"), if is_debit(id) { amount() } else { Json::Null });
        set(&format!("credit_amount{layer}"), if is_debit(id) { Json::Null } else { amount() });
    }
}

/// Not a test: serves prepared pages of the list that `FIGURES_TABLE` names.
#[tokio::test]
#[ignore = "started by the others in a process of its own"]
async fn server() {
    let Ok(table) = std::env::var("FIGURES_TABLE") else { return };
    let table = tables::get(&table).unwrap();
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&Demo::default().rows(500)).unwrap();
    let mut list = table.list(&sandbox.client().unwrap(), &[]).unwrap().stream();
    let mut samples = Vec::new();
    while let Some(Json::Object(record)) = list.try_next().await.unwrap() {
        samples.push(record);
    }
    if samples.is_empty() {
        samples.push(JsonObject::from([("status".to_owned(), "open".into()), ("note".to_owned(), "a note".into())]));
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let records: &'static [Box<[u8]>] = prepared(&samples).leak();
    let base: &'static str = format!("{address}{}", table.operation().path).leak();
    println!("{} records of {} bytes", records.len(), records.iter().map(|record| record.len()).sum::<usize>());
    println!("serving {address}");
    for connection in listener.incoming() {
        let connection = connection.unwrap();
        std::thread::spawn(move || serve(connection, records, base).ok());
    }
}

fn serve(connection: TcpStream, records: &[Box<[u8]>], base: &str) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut requests = BufReader::new(connection.try_clone()?);
    let mut connection = connection;
    loop {
        let (mut first, mut line) = (String::new(), String::new());
        if requests.read_line(&mut first)? == 0 {
            return Ok(());
        }
        while requests.read_line(&mut line)? > 2 {
            line.clear();
        }
        let place =
            first.split(['?', '&', ' ']).find_map(|part| part.strip_prefix("cursor=").or(part.strip_prefix("offset=")));
        let place: usize = place.and_then(|place| place.parse().ok()).unwrap_or(0);
        let body = page(records, base, place);
        let date = httpdate::fmt_http_date(SystemTime::now());
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ndate: {date}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes())?;
        connection.write_all(&body)?;
    }
}

/// A process that ends with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn this_test(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--ignored", "--nocapture"]).env("FIGURES_RECORDS", records().to_string());
    command
}

/// Starts the server of a list. Returns its address.
fn start_server(table: &str) -> (Ended, String) {
    let mut child = this_test("server").env("FIGURES_TABLE", table).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines.find_map(|line| {
        println!("server: {line}");
        line.strip_prefix("serving ").map(str::to_owned)
    });
    std::thread::spawn(move || lines.for_each(drop));
    (Ended(child), address.unwrap())
}

/// Not a test: copies the table that `FIGURES_TABLE` names, and prints what that took.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the others in a process of its own"]
async fn copier() {
    let (Ok(table), Ok(url), Ok(folder)) =
        (std::env::var("FIGURES_TABLE"), std::env::var("FIGURES_URL"), std::env::var("FIGURES_FOLDER"))
    else {
        return;
    };
    let client = Client::builder().api_key("key").base_url(url).build().unwrap();
    let replica = Replica::new(client, Parquet::open(folder).unwrap()).tables([table]).page_size(PAGE as u32);
    let start = Instant::now();
    let report = replica.run().await.unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert!(report.is_complete(), "{report}");
    let table = &report.tables[0];
    println!(
        "written={} unchanged={} seconds={seconds:.2} cpu={:.2} peak_mib={}",
        table.written,
        table.unchanged,
        cpu_seconds(),
        peak_mib()
    );
}

/// Returns the most memory that this process has had, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Returns the processor time of this process.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Copies a table in a process of its own. Returns what that printed.
fn copy(table: &str, url: &str, folder: &Path) -> BTreeMap<String, f64> {
    let mut command = this_test("copier");
    command.env("FIGURES_TABLE", table).env("FIGURES_URL", url).env("FIGURES_FOLDER", folder);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find(|line| line.contains("written=")).unwrap();
    println!("copy: {line}");
    let pairs = line.split_whitespace().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("campfire-figures-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Runs a script of `scripts/`. Returns what it printed, or `None` if there is no Python for it.
fn python(script: &str, arguments: &[&str]) -> Option<String> {
    let Ok(python) = std::env::var("CAMPFIRE_FIGURES_PYTHON") else {
        println!("skipped: CAMPFIRE_FIGURES_PYTHON is not set");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts").join(script);
    let mut child = Command::new(python).arg(script).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    Some(text)
}

/// Asserts that DuckDB and DataFusion find these balances in a folder of Parquet files.
fn assert_engines_find(folder: &Path, balances: &BTreeMap<i64, Decimal>) {
    let Some(text) = python("read_parquet.py", &[folder.join("transactions").to_str().unwrap()]) else { return };
    let engines: Json = text.parse().unwrap();
    for engine in ["duckdb", "datafusion"] {
        let found = engines[engine].as_object().unwrap().iter();
        let found: BTreeMap<i64, Decimal> =
            found.map(|(account, sum)| (account.parse().unwrap(), sum.as_str().unwrap().parse().unwrap())).collect();
        let found: BTreeMap<i64, Decimal> = found.into_iter().filter(|(_, balance)| !balance.is_zero()).collect();
        assert_eq!(&found, balances, "{engine}");
        println!("{engine}: the sums of {} accounts are equal", found.len());
    }
}

#[test]
#[ignore = "a minute, in release; see the top of the file"]
fn a_million_lines_into_parquet() {
    let folder = Folder::new("ledger");
    let (_server, url) = start_server("transactions");
    let figures = copy("transactions", &url, &folder.0);
    assert_eq!(figures["written"] as i64, records());
    println!("{:.0} lines per second", figures["written"] / figures["seconds"]);
    assert!(figures["peak_mib"] <= 256.0, "{figures:?}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let balances = balances(records());
    assert_eq!(runtime.block_on(read_balances(&folder.0)), balances);
    println!("the sums of {} accounts are exact", balances.len());
    assert_engines_find(&folder.0, &balances);
}

/// Reads debits less credits by account from a copy, and asserts that no line is missing or there twice.
async fn read_balances(folder: &Path) -> BTreeMap<i64, Decimal> {
    let copy = Parquet::open(folder).unwrap();
    let (mut balances, mut last) = (BTreeMap::new(), 0);
    loop {
        let lines = copy.records("transactions", Some(last), 10_000).await.unwrap();
        for line in &lines {
            last += 1;
            assert_eq!(line["id"].as_i64(), Some(last));
            let amount = |name: &str| line[name].as_decimal().unwrap_or(Decimal::ZERO);
            let balance: &mut Decimal = balances.entry(line["account"].as_i64().unwrap()).or_default();
            *balance = *balance + amount("debit_amount") - amount("credit_amount");
        }
        if lines.len() < 10_000 {
            return balances;
        }
    }
}

#[test]
#[ignore = "up to an hour, in release; see the top of the file"]
fn the_same_lines_by_dlt() {
    let folder = Folder::new("dlt");
    let (_server, url) = start_server("transactions");
    let path = tables::get("transactions").unwrap().operation().path;
    println!("{}", python("dlt_ledger.py", &[url.as_str(), path, folder.0.to_str().unwrap()]).unwrap_or_default());
}

#[test]
#[ignore = "a minute, in release; see the top of the file"]
fn a_million_unchanged_rows_cost_little_memory_and_no_writes() {
    let folder = Folder::new("unchanged");
    let (_server, url) = start_server("transaction_matches");
    assert_eq!(copy("transaction_matches", &url, &folder.0)["written"] as i64, records());
    let before = modified(&folder.0);
    let figures = copy("transaction_matches", &url, &folder.0);
    assert_eq!((figures["written"], figures["unchanged"] as i64), (0.0, records()));
    assert!(figures["peak_mib"] < 64.0, "{figures:?}");
    assert!(!before.is_empty() && modified(&folder.0) == before, "a file was written");
}

/// Returns the files below a folder, and when each was written.
fn modified(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files.extend(modified(&entry.path()));
        } else {
            files.insert(entry.path(), entry.metadata().unwrap().modified().unwrap());
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Python packages; see the top of the file"]
async fn engines_find_the_trial_balance() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), Folder::new("trial"));
    sandbox.demo(&Demo::default().rows(2_000)).unwrap();
    let campfire = sandbox.client().unwrap();
    let replica = Replica::new(campfire.clone(), Parquet::open(&folder.0).unwrap()).tables(["transactions"]);
    assert!(replica.run().await.unwrap().is_complete());
    let day = |text: &str| text.parse().unwrap();
    let statement = campfire.statements().trial_balance().start_date(day("2000-01-01")).end_date(day("2099-12-31"));
    let accounts = statement.await.unwrap().into_inner().trial_balance.unwrap().accounts.unwrap();
    let balances = accounts.into_iter().filter_map(|row| {
        let (account, balances) = (row.id.and_then(|id| id.as_i64())?, row.balances?);
        Some((account, balances.debits.unwrap_or_default() - balances.credits.unwrap_or_default()))
    });
    let balances: BTreeMap<i64, Decimal> = balances.filter(|(_, balance)| !balance.is_zero()).collect();
    assert!(balances.len() > 5, "{balances:?}");
    assert_engines_find(&folder.0, &balances);
}
