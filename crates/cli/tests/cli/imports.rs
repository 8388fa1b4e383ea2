//! Imports: records from CSV files, once.

use std::fs;
use std::path::PathBuf;

use campfire::sandbox::{Fault, FaultRule, Moment, Sandbox};
use tempfile::TempDir;

use crate::support::Runner;

fn file(folder: &TempDir, rows: &str) -> PathBuf {
    let file = folder.path().join("usage.csv");
    fs::write(&file, format!("key,contract,description,start_date\n{rows}")).unwrap();
    file
}

/// Returns the id of a new contract.
async fn contract(sandbox: &Sandbox) -> String {
    sandbox.client().unwrap().operation("contracts.create").unwrap().await.unwrap()["id"].to_string()
}

#[tokio::test]
async fn a_second_run_creates_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let contract = contract(&sandbox).await;
    let folder = TempDir::new().unwrap();
    let rows = format!("1,{contract},May,2026-05-01\n2,{contract},,2026-06-01\n");
    let file = file(&folder, &rows);
    let runner = Runner::of(&sandbox);
    let arguments = ["import", "usage", file.to_str().unwrap(), "-o", "table"];
    let checked = runner.run(&[&arguments[..], &["--dry-run"]].concat()).await;
    assert_eq!(checked.ok(), "2 rows checked, no mistakes. Nothing was sent.\n");
    assert_eq!(sandbox.count("contracts.usage"), 0);
    assert!(runner.run(&arguments).await.ok().contains("2 rows: 2 new, 0 in the log already\nIn all: 2 created"));
    assert!(runner.run(&arguments).await.ok().contains("2 rows: 0 new, 2 in the log already\nIn all: 2 created"));
    let records = sandbox.records("contracts.usage");
    assert_eq!(records.len(), 2);
    let has = |key: &str| records.iter().any(|record| record["description"].as_str().unwrap().contains(key));
    assert!(has("May [ref:usage/1]") && has("[ref:usage/2]"), "{records:?}");
}

#[tokio::test]
async fn a_lost_log_and_another_file_of_that_name_double_and_lose_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let contract = contract(&sandbox).await;
    let runner = Runner::of(&sandbox);
    let (january, february) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let first = file(&january, &format!("1,{contract},May,2026-05-01\n2,{contract},May,2026-05-02\n"));
    runner.run(&["import", "usage", first.to_str().unwrap()]).await.ok();
    fs::remove_file(january.path().join("usage.csv.outbox")).unwrap();
    let again = runner.run(&["import", "usage", first.to_str().unwrap(), "-o", "table"]).await;
    assert_eq!(again.ok(), "2 rows: 2 new, 0 in the log already\nIn all: 2 found\n");
    assert_eq!(sandbox.count("contracts.usage"), 2);

    let second = file(&february, &format!("1,{contract},June,2026-06-01\n"));
    let other = runner.run(&["import", "usage", second.to_str().unwrap(), "-o", "json"]).await;
    other.fails(3, "some rows have the keys of other records");
    let second = ["import", "usage", second.to_str().unwrap(), "--name", "june", "-o", "table"];
    assert!(runner.run(&second).await.ok().contains("In all: 1 created"));
    assert_eq!(sandbox.count("contracts.usage"), 3);
}

#[tokio::test]
async fn a_row_that_was_held_is_finished_by_a_later_run() {
    let sandbox = Sandbox::start().await.unwrap();
    let contract = contract(&sandbox).await;
    let folder = TempDir::new().unwrap();
    let file = file(&folder, &format!("1,{contract},May,2026-05-01\n"));
    let runner = Runner::of(&sandbox);
    let import = |more: &'static [&str]| [&["import", "usage", file.to_str().unwrap(), "-o", "table"], more].concat();
    let lost = Fault::Reset(Moment::BeforeProcessing);
    sandbox.inject(FaultRule::new(lost).operation("contracts.usage.create").times(1)).unwrap();
    for _ in 0..2 {
        runner.run(&import(&["--wait", "1"])).await.fails(5, "--resend-after SECONDS");
        assert_eq!(sandbox.count("contracts.usage"), 0);
    }
    assert!(runner.run(&import(&["--resend-after", "1"])).await.ok().contains("In all: 1 created"));
    assert_eq!(sandbox.count("contracts.usage"), 1);
}

#[tokio::test]
async fn another_delimiter_is_read_and_named_if_it_is_missing() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("usage.csv");
    fs::write(&file, "key;contract;description;start_date\n1;1;May;2026-05-01\n").unwrap();
    let runner = Runner::of(&sandbox);
    let arguments = ["import", "usage", file.to_str().unwrap(), "--dry-run", "-o", "table"];
    runner
        .run(&arguments)
        .await
        .fails(2, "there is a single column: if `;` separates its columns, add --delimiter ';'");
    assert!(runner.run(&[&arguments[..], &["--delimiter", ";"]].concat()).await.ok().starts_with("1 row checked"));
}

#[tokio::test]
async fn nothing_is_sent_if_a_row_is_wrong() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = TempDir::new().unwrap();
    let runner = Runner::of(&sandbox);
    for (rows, message) in [
        ("1,x,May,2026-05-01\n", "line 2: `x` is not an id"),
        ("1,1,May,soon\n", "nothing was sent, because of mistakes in 1 of 1 row:"),
        (",1,May,2026-05-01\n", "the column `key` is empty"),
        ("1,1,May,2026-05-01\n1,1,June,2026-06-01\n", "line 3: line 2 has the key `1`, too"),
        ("1,1,May,2026-05-01\r\n\r\n1,1,June,2026-06-01\r\n", "line 4: line 2 has the key `1`, too"),
        ("1,1,\"May\r\nJune\",2026-05-01\r\n1,1,June,2026-06-01\r\n", "line 4: line 2 has the key `1`, too"),
    ] {
        let file = file(&folder, rows);
        runner.run(&["import", "usage", file.to_str().unwrap()]).await.fails(2, message);
    }
    let file = file(&folder, "1,1,May,2026-05-01\n");
    for keyless in ["departments.create", "invoices.pay"] {
        let ran = runner.run(&["import", keyless, file.to_str().unwrap()]).await;
        ran.fails(2, "has no field for a key of yours");
    }
    let without_account = Runner::new().variable("HOME", "/no/such/home");
    without_account.run(&["import", "usage", file.to_str().unwrap(), "--dry-run"]).await.ok();
    without_account.run(&["import", "usage", file.to_str().unwrap()]).await.fails(2, "no API key");
    runner.run(&["import", "usage", file.to_str().unwrap(), "--key", "row"]).await.fails(2, "there is no column `row`");
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn an_attempt_that_sends_nothing_leaves_no_log() {
    let sandbox = Sandbox::start().await.unwrap();
    let contract = contract(&sandbox).await;
    let (january, february) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let runner = Runner::of(&sandbox);
    let import = |file: &PathBuf| ["import", "usage", file.to_str().unwrap(), "-o", "table"].map(str::to_owned);
    let has_log = |folder: &TempDir| fs::read_dir(folder.path()).unwrap().count() > 1;

    let wrong = file(&january, "1,x,May,2026-05-01\n");
    runner.run(&import(&wrong)).await.fails(2, "`x` is not an id");
    let wrong = file(&january, &format!("1,{contract},May,soon\n"));
    runner.run(&import(&wrong)).await.fails(2, "start_date");
    let right = file(&january, &format!("1,{contract},May,2026-05-01\n"));
    let elsewhere = runner.clone().variable("CAMPFIRE_BASE_URL", "https://api.invalid");
    elsewhere.run(&import(&right)).await.fails(2, "Add --yes to confirm");
    let unknown_key = runner.clone().variable("CAMPFIRE_API_KEY", "wrong").run(&import(&right)).await;
    unknown_key.fails(3, "401");
    assert!(unknown_key.err.contains("Nothing was sent."), "{}", unknown_key.err);
    assert!(!has_log(&january));

    assert!(runner.run(&import(&right)).await.ok().contains("1 new, 0 in the log already\nIn all: 1 created"));
    assert!(has_log(&january));
    let other = file(&february, &format!("1,{contract},June,2026-06-01\n"));
    runner.run(&import(&other)).await.fails(3, "give the import a --name of its own");
    assert!(!has_log(&february));
}

#[tokio::test]
async fn a_row_that_was_refused_names_what_finds_the_right_id_and_can_be_corrected() {
    let sandbox = Sandbox::start().await.unwrap();
    let vendor = sandbox.seed("vendors", serde_json::json!({"name": "Northwind"})).unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("contracts.csv");
    let runner = Runner::of(&sandbox);
    let import = ["import", "contracts.create", file.to_str().unwrap(), "-o", "table"];
    let finder = "To find the id:\n    campfire vendors list --q TEXT";

    fs::write(&file, "key,deal_name,client\n1,A,Northwind\n").unwrap();
    let not_an_id = runner.run(&import).await;
    not_an_id.fails(2, "client");
    assert!(not_an_id.err.contains(finder), "{}", not_an_id.err);

    fs::write(&file, format!("key,deal_name,client\n1,A,999\n2,B,{vendor}\n")).unwrap();
    let unknown = runner.run(&import).await;
    unknown.fails(3, "1 row was refused. Correct the file, and run the command again: the log ");
    assert!(unknown.err.contains(finder), "{}", unknown.err);
    assert!(unknown.text().contains("line 2 (contracts/1): refused: client"), "{}", unknown.text());

    fs::write(&file, format!("key,deal_name,client\n1,A,{vendor}\n2,B,{vendor}\n")).unwrap();
    assert!(runner.run(&import).await.ok().contains("2 rows: 0 new, 1 corrected, 1 in the log already"));
    assert_eq!(sandbox.count("contracts"), 2);
}

#[tokio::test]
async fn a_row_below_a_record_that_does_not_exist_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = TempDir::new().unwrap();
    let file = file(&folder, "1,999,May,2026-05-01\n");
    let ran = Runner::of(&sandbox).run(&["import", "usage", file.to_str().unwrap()]).await;
    ran.fails(3, "1 row was refused");
    assert!(ran.err.contains("To find the id:\n    campfire contracts list"), "{ran:?}");
}

#[tokio::test]
async fn files_of_all_kinds_of_programs_are_read_or_named() {
    let sandbox = Sandbox::start().await.unwrap();
    let contract = contract(&sandbox).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("usage.csv");
    let check = async |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        Runner::of(&sandbox).run(&["import", "usage", file.to_str().unwrap(), "--dry-run", "-o", "table"]).await
    };
    let rows = format!("key,contract,description\n1,{contract},\"a \"\"b\"\", c\nd\"\n2,{contract},é\n");
    let right = "2 rows checked, no mistakes. Nothing was sent.\n";
    assert_eq!(check(rows.as_bytes()).await.ok(), right);
    assert_eq!(check(rows.replace('\n', "\r\n").as_bytes()).await.ok(), right);
    assert_eq!(check(format!("\u{feff}{rows}").as_bytes()).await.ok(), right, "a byte order mark");
    assert_eq!(check(format!("{rows}\n\n").as_bytes()).await.ok(), right, "empty lines");
    assert_eq!(check(b"key,contract\n").await.ok(), "0 rows checked, no mistakes. Nothing was sent.\n");
    for (bytes, mistake) in [
        (&b""[..], "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"key,contract,description\n1,1,x\n2,1,caf\xe9\n", "line 3 is not UTF-8"),
        (b"\xff\xfek\0e\0y\0", "line 1 is not UTF-8"),
        (b"key,contract,contract\n1,1,2\n", "two columns have the title `contract`"),
        (b"key,contract\n1,1,2\n", "line: 2"),
        (b"key,contract,descripton\n1,1,x\n", "did you mean `description`"),
    ] {
        check(bytes).await.fails(2, mistake);
    }
}
