//! Copies in each kind of place: made, brought up to date, and verified.

use std::collections::BTreeSet;
use std::time::Duration;

use campfire::sandbox::{Demo, Sandbox};
use campfire::{Json, JsonObject};
use tempfile::TempDir;

use crate::support::Runner;

/// The lists that are copied: enough for all checks of a verification.
const TABLES: &str = "transactions,invoices,credit_memos,bills,debit_memos";

async fn sandbox() -> (Sandbox, Runner) {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.demo(&Demo::default().rows(30)).unwrap();
    let runner = Runner::of(&sandbox);
    (sandbox, runner)
}

/// Posts an entry of two lines, and returns the ids of the lines and of the entry.
async fn post(runner: &Runner, sandbox: &Sandbox) -> (BTreeSet<i64>, String) {
    let accounts = sandbox.records("accounts");
    let account =
        |subtype: &str| accounts.iter().find(|account| account["account_subtype"] == subtype).unwrap()["id"].clone();
    let (bank, other) = (account("BANK"), account("EXPENSE"));
    let lines = format!(
        r#"[{{"account": {bank}, "debit_amount_native": 12.34}}, {{"account": {other}, "credit_amount_native": 12.34}}]"#
    );
    let entity = sandbox.records("entities")[0]["id"].to_string();
    let entry = ["journal-entries", "create", "--date=2026-03-05", "--currency=USD", "--exchange-rate=1"];
    let entry = entry.into_iter().chain(["--entity", &entity, "--json"]);
    let body = format!(r#"{{"transactions": {lines}}}"#);
    let before: BTreeSet<i64> = ids(&sandbox.records("transactions"));
    let entry: Json = runner.run(&entry.chain([&*body]).collect::<Vec<_>>()).await.ok().parse().unwrap();
    let lines = ids(&sandbox.records("transactions")).difference(&before).copied().collect();
    (lines, entry["id"].to_string())
}

fn ids(records: &[JsonObject]) -> BTreeSet<i64> {
    records.iter().map(|record| record["id"].as_i64().unwrap()).collect()
}

/// Returns the ids of the differences of a fault.
fn differing(report: &Json, list: &str, fault: &str) -> BTreeSet<i64> {
    let findings = report[list].as_array().unwrap().iter();
    findings.filter(|finding| finding["fault"] == *fault).map(|finding| finding["id"].as_i64().unwrap()).collect()
}

/// Makes a copy in a place, changes the company, and verifies that the differences are named, until the copy is current.
async fn make_and_verify(place: &str, runner: &Runner, sandbox: &Sandbox) {
    let copy = ["copy", "--tables", TABLES, "--to", place];
    let tables: Json = runner.run(&copy).await.ok().parse().unwrap();
    let transactions = tables.as_array().unwrap().iter().find(|table| table["table"] == *"transactions").unwrap();
    assert_eq!(transactions["written"].as_i64(), Some(sandbox.count("transactions") as i64), "{place}");
    let clean: Json = runner.run(&["verify", place]).await.ok().parse().unwrap();
    assert!(clean["checks"].as_array().unwrap().len() > 5, "{clean}");

    let (lines, entry) = post(runner, sandbox).await;
    assert_eq!(lines.len(), 2);
    let ran = runner.run(&["verify", place]).await;
    assert_eq!(
        differing(&ran.ok().parse().unwrap(), "later", "missing"),
        lines,
        "{place}: posted after the copy was made"
    );
    let ran = runner.run(&["verify", place, "--copied-at", "9000-01-01T00:00:00Z"]).await;
    ran.fails(8, "the copy does not agree with the server: 2 differences");
    assert_eq!(differing(&ran.text().parse().unwrap(), "findings", "missing"), lines, "{place}");

    // What was deleted a moment before a run began may as well have been deleted after it.
    sandbox.advance(Duration::from_secs(60));
    runner.run(&copy).await.ok();
    runner.run(&["journal-entries", "delete", &entry]).await.ok();
    let ran = runner.run(&["verify", place]).await;
    assert_eq!(
        differing(&ran.ok().parse().unwrap(), "later", "extra"),
        lines,
        "{place}: deleted after the copy was made"
    );
    let ran = runner.run(&["verify", place, "--copied-at", "9000-01-01T00:00:00Z"]).await;
    assert_eq!(ran.code, 8, "{place}");
    assert_eq!(differing(&ran.text().parse().unwrap(), "findings", "extra"), lines, "{place}");
    runner.run(&copy).await.ok();
    let ran = runner.run(&["verify", place, "-o", "table"]).await;
    assert!(ran.ok().contains(" tie out: no difference "), "{place}: {}", ran.text());
}

#[tokio::test]
async fn differences_are_shown_in_every_format() {
    let ((sandbox, runner), folder) = (sandbox().await, TempDir::new().unwrap());
    let place = folder.path().join("company.sqlite");
    let place = place.to_str().unwrap();
    runner.run(&["copy", "--tables", "transactions", "--to", place]).await.ok();
    let (lines, _) = post(&runner, &sandbox).await;
    let verify = |format| ["verify", place, "--copied-at", "9000-01-01T00:00:00Z", "-o", format];
    let table = runner.run(&verify("table")).await;
    let title = "The books of the copy as of 9000-01-01T00:00:00Z do not tie out: 2 differences";
    assert!(table.text().starts_with(title), "{}", table.text());
    assert!(table.text().lines().all(|line| line.chars().count() <= 100), "{}", table.text());
    let csv = runner.run(&verify("csv")).await;
    assert!(csv.text().starts_with("fault,table,id,entry,date,amount,"), "{}", csv.text());
    assert_eq!(csv.text().lines().filter(|line| line.starts_with("missing,transactions,")).count(), 2);
    let apart = runner.run(&["verify", place]).await;
    assert_eq!(differing(&apart.ok().parse().unwrap(), "later", "missing"), lines);
}

#[tokio::test]
async fn a_sqlite_copy_is_verified() {
    let ((sandbox, runner), folder) = (sandbox().await, TempDir::new().unwrap());
    make_and_verify(folder.path().join("company.sqlite").to_str().unwrap(), &runner, &sandbox).await;
}

#[cfg(feature = "parquet")]
#[tokio::test]
async fn a_folder_of_parquet_files_is_verified() {
    let ((sandbox, runner), folder) = (sandbox().await, TempDir::new().unwrap());
    make_and_verify(&format!("{}/", folder.path().join("copy").display()), &runner, &sandbox).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_postgres_copy_is_verified() {
    let Ok(place) = std::env::var("CAMPFIRE_TEST_POSTGRES") else {
        println!("skipped: CAMPFIRE_TEST_POSTGRES is not set");
        return;
    };
    let (sandbox, runner) = sandbox().await;
    let schema = format!("cli_{}", std::process::id());
    let (client, connection) = tokio_postgres::connect(&place, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).await.unwrap();
    make_and_verify(&url(&place, &schema), &runner, &sandbox).await;
    client.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).await.unwrap();
}

/// Returns the URL of a schema in the database that a connection string such as `host=/tmp/pg user=postgres` names.
#[cfg(feature = "postgres")]
fn url(place: &str, schema: &str) -> String {
    let mut url = url::Url::parse("postgres:///").unwrap();
    for pair in place.split_whitespace() {
        let (name, value) = pair.split_once('=').unwrap();
        match name {
            "dbname" => url.set_path(value),
            name => drop(url.query_pairs_mut().append_pair(name, value)),
        }
    }
    // In a URL of Postgres, a plus sign is no space.
    let query = url.query().unwrap_or_default().replace('+', "%20");
    format!("postgres://{}?{query}&options=-c%20search_path%3D{schema}", url.path())
}

#[tokio::test]
async fn places_that_cannot_be_a_copy_are_refused() {
    let ((sandbox, runner), folder) = (sandbox().await, TempDir::new().unwrap());
    let before = sandbox.requests().len();
    runner.run(&["copy", "--to", "company.xlsx"]).await.fails(2, "neither a file that ends in .sqlite");
    runner.run(&["copy", "--to", "company.duckdb"]).await.fails(2, "DuckDB reads folders of Parquet files");
    let absent = folder.path().join("absent.sqlite");
    runner.run(&["verify", absent.to_str().unwrap()]).await.fails(2, "there is no copy at");
    assert!(!absent.exists());
    let new = folder.path().join("new.sqlite");
    let unknown = runner.run(&["copy", "--tables", "accounts,vendor", "--to", new.to_str().unwrap()]).await;
    unknown.fails(2, "there is no table `vendor`: did you mean `vendors`");
    runner.run(&["copy", "--tables", "xyzzy", "--to", new.to_str().unwrap()]).await.fails(2, "; there are accounts, ");
    assert!(!new.exists());
    let nowhere = folder.path().join("nowhere").join("company.sqlite");
    runner.run(&["copy", "--to", nowhere.to_str().unwrap()]).await.fails(2, "there is no folder ");
    let time = ["verify", "company.sqlite", "--copied-at", "yesterday"];
    runner.run(&time).await.fails(2, "`yesterday` is not a time");
    assert_eq!(sandbox.requests().len(), before);
    let empty = folder.path().join("empty.sqlite");
    runner.run(&["copy", "--tables", "vendors", "--to", empty.to_str().unwrap()]).await.ok();
    runner.run(&["verify", empty.to_str().unwrap()]).await.fails(2, "the copy has no table `transactions`");
    #[cfg(feature = "postgres")]
    {
        let unreachable = ["copy", "--to", "postgres://me:secret@127.0.0.1:1/books"];
        let ran = runner.run(&unreachable).await;
        ran.fails(6, "cannot connect to the Postgres database: error connecting to server: Connection refused");
        assert!(!format!("{ran:?}").contains("secret"));
    }
}

#[tokio::test]
async fn a_copy_that_is_not_current_has_the_code_of_its_failure() {
    let ((_sandbox, runner), folder) = (sandbox().await, TempDir::new().unwrap());
    let place = folder.path().join("company.sqlite");
    let copy = ["copy", "--tables", "accounts,vendors", "--to", place.to_str().unwrap()];
    let ran = runner.clone().variable("CAMPFIRE_API_KEY", "wrong").run(&copy).await;
    ran.fails(3, "2 tables are not current");
    let tables: Json = ran.text().parse().unwrap();
    assert_eq!(tables[0]["is_current"], Json::from(false));
    assert_eq!(tables[0]["failures"].as_array().unwrap().len(), 1);
    let table = runner.run(&[&copy[..], &["-o", "table"]].concat()).await;
    assert!(table.ok().starts_with("table"), "{}", table.text());
    let again = runner.run(&["copy", "--tables", "vendors", "--to", copy[4], "-o", "table"]).await;
    assert_eq!(again.ok(), "1 table is current, and had nothing to copy.\n");
}
