//! Tables, CSV, JSON, and lists of several pages.

use campfire::Json;
use campfire::sandbox::Sandbox;
use serde_json::json;

use crate::support::Runner;

async fn contracts(count: usize) -> (Sandbox, Runner) {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    for number in 1..=count {
        let body = format!(
            r#"{{"deal_name": "Deal {number}, \"signed\"", "total_contract_value": 12345678901234.5{number}}}"#
        );
        campfire.operation("contracts.create").unwrap().body(body.parse().unwrap()).await.unwrap();
    }
    let runner = Runner::of(&sandbox);
    (sandbox, runner)
}

const COLUMNS: [&str; 2] = ["--columns", "id,deal_name,total_contract_value"];

async fn list(runner: &Runner, arguments: &[&str]) -> String {
    runner.run(&[&["contracts", "list"], arguments, &COLUMNS].concat()).await.ok().to_owned()
}

#[tokio::test]
async fn every_format_shows_the_same_records() {
    let (_sandbox, runner) = contracts(2).await;
    let table = "\
id  deal_name               total_contract_value
──  ────────────────  ──────────────────────────
 1  Deal 1, \"signed\"         12345678901234.51
 2  Deal 2, \"signed\"         12345678901234.52
";
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").replace('─', "");
    assert_eq!(squeezed(&list(&runner, &["-o", "table"]).await), squeezed(table));
    let csv = "id,deal_name,total_contract_value\n1,\"Deal 1, \"\"signed\"\"\",12345678901234.51\n\
               2,\"Deal 2, \"\"signed\"\"\",12345678901234.52\n";
    assert_eq!(list(&runner, &["-o", "csv"]).await, csv);
    let lines = r#"{"deal_name":"Deal 1, \"signed\"","id":1,"total_contract_value":12345678901234.51}
{"deal_name":"Deal 2, \"signed\"","id":2,"total_contract_value":12345678901234.52}
"#;
    assert_eq!(list(&runner, &["-o", "ndjson"]).await, lines);
    let all: Json = list(&runner, &["--all"]).await.parse().unwrap();
    let expected = format!("[{}]", lines.trim().replace('\n', ","));
    assert_eq!(all, expected.parse::<Json>().unwrap());
}

#[tokio::test]
async fn csv_quotes_what_it_must_and_warns_of_formulas() {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    for name in ["=1+1", "a,b", "x \"y\"\nz", "+49 30 1234"] {
        let body = Json::from([("deal_name".to_owned(), name.into())].into_iter().collect::<campfire::JsonObject>());
        campfire.operation("contracts.create").unwrap().body(body).await.unwrap();
    }
    let ran = Runner::of(&sandbox).run(&["contracts", "list", "-o", "csv", "--columns", "id,deal_name"]).await;
    assert_eq!(ran.ok(), "id,deal_name\n1,=1+1\n2,\"a,b\"\n3,\"x \"\"y\"\"\nz\"\n4,+49 30 1234\n");
    let warning = "a spreadsheet may take texts for formulas; import these columns as text: deal_name\n";
    assert_eq!(ran.err, format!("warning: {warning}"));
    let ids = Runner::of(&sandbox).run(&["contracts", "list", "-o", "csv", "--columns", "id"]).await;
    assert_eq!((ids.code, &*ids.err), (0, ""));
}

#[tokio::test]
async fn all_fetches_every_page_and_a_page_says_that_there_are_more() {
    let (sandbox, runner) = contracts(7).await;
    let ids = "--columns=id";
    let page = runner.run(&["contracts", "list", "--limit=3", "-o", "csv", ids]).await;
    assert_eq!(page.ok(), "id\n1\n2\n3\n");
    assert!(page.err.contains("3 of 7 records"), "{}", page.err);
    let all = runner.run(&["contracts", "list", "--limit=3", "--all", "-o", "csv", ids]).await;
    assert_eq!(all.ok(), "id\n1\n2\n3\n4\n5\n6\n7\n");
    assert!(sandbox.requests().len() > 8);
    let some = runner.run(&["contracts", "list", "--all", "--max-records=2", "-o", "csv", ids]).await;
    assert_eq!(some.ok(), "id\n1\n2\n");
    let none = runner.run(&["departments", "list", "--all"]).await;
    assert_eq!(none.ok(), "[]\n");
}

#[tokio::test]
async fn a_table_fits_the_terminal_and_cuts_no_number() {
    let (_sandbox, runner) = contracts(3).await;
    for width in [30, 80, 200] {
        let ran = runner.clone().terminal(width).run(&["contracts", "list"]).await;
        let longest = ran.ok().lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= width, "{longest} columns of {width}:\n{}", ran.text());
        assert!(width < 80 || ran.text().contains("Deal 1"), "{}", ran.text());
        let notes = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(notes.contains("more fields: choose with --columns"), "{notes}");
        assert!(ran.err.lines().all(|line| line.chars().count() <= width), "{}", ran.err);
        let narrow = runner.clone().terminal(width).run(&[&["contracts", "list"], &COLUMNS[..]].concat()).await;
        assert!(narrow.ok().contains("12345678901234.53"));
    }
}

#[tokio::test]
async fn a_record_is_shown_field_by_field() {
    let (_sandbox, runner) = contracts(1).await;
    let ran = runner.clone().terminal(80).run(&["contracts", "retrieve", "1"]).await;
    let line = ran.ok().lines().find(|line| line.starts_with("total_contract_value ")).unwrap();
    assert!(line.ends_with("  12345678901234.51"), "{line}");
    assert!(!ran.text().contains("null"));
}

#[tokio::test]
async fn describe_and_search_show_the_table() {
    let runner = Runner::new();
    let text = runner.run(&["describe", "invoices.payments.void", "-o", "table"]).await;
    for part in
        ["Void a payment of an invoice", "Money may move", "take effect twice", "invoice_id", "Example: campfire"]
    {
        assert!(text.ok().contains(part), "{part}: {}", text.text());
    }
    let words = runner.run(&["describe", "contracts", "usage", "create"]).await;
    let operation: Json = words.ok().parse().unwrap();
    assert_eq!(operation["id"], *"contracts.usage.create");
    let body = operation["body"]["type"]["object"].as_str().unwrap();
    let schemas = operation["schemas"].as_array().unwrap();
    let schema = schemas.iter().find(|schema| schema["name"] == *body).unwrap();
    let fields = schema["kind"]["object"]["fields"].as_array().unwrap();
    assert!(fields.iter().any(|field| field["name"] == *"product"), "{operation}");
    runner.run(&["describe", "invoice.viod"]).await.fails(2, "did you mean");
    let found = runner.run(&["search", "void", "invoice", "-o", "ndjson"]).await;
    assert!(found.ok().lines().next().unwrap().contains("invoices."), "{}", found.text());
    let all = runner.run(&["search", "-o", "csv"]).await;
    assert_eq!(all.ok().lines().count(), 1 + campfire::operations::ids().count());
}

#[tokio::test]
async fn help_names_parameters_and_examples() {
    let runner = Runner::new();
    let help = runner.run(&["contracts", "usage", "create", "--help"]).await;
    for part in [
        "<CONTRACT_ID>",
        "--product <ID>",
        "--start-date <DATE>",
        "--json",
        "--dry-run",
        "Example: campfire contracts usage create 42",
    ] {
        assert!(help.ok().contains(part), "{part}: {}", help.text());
    }
    assert!(help.text().contains("Id of the contract; that of the path if absent"), "{}", help.text());
    let resource = runner.run(&["contracts", "--help"]).await;
    assert!(resource.ok().starts_with("Usage: campfire contracts"), "{}", resource.text());
    let top = runner.run(&["--help"]).await;
    for part in ["Resources:", "contracts", "describe", "Exit codes:", "CAMPFIRE_API_KEY"] {
        assert!(top.ok().contains(part), "{part}: {}", top.text());
    }
    assert!(top.text().lines().all(|line| line.chars().count() <= 120));
}

#[tokio::test]
async fn files_are_saved_when_they_are_complete() {
    let sandbox = Sandbox::start().await.unwrap();
    let memo =
        sandbox.seed("credit_memos", json!({"credit_memo_date": "2026-03-01", "entity": 1, "lines": []})).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memo.pdf");
    let memo = memo.to_string();
    let pdf = ["credit-memos", "pdf", &memo];
    let ran = Runner::of(&sandbox).run(&[&pdf[..], &["--save", path.to_str().unwrap()]].concat()).await;
    let expected = Runner::of(&sandbox).run(&pdf).await;
    ran.ok();
    assert_eq!(std::fs::read(&path).unwrap(), expected.out);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    Runner::of(&sandbox).terminal(80).run(&pdf).await.fails(2, "--save");
}

/// Splits a command line as a shell does, as far as examples need it.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in line.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            character => word.push(character),
        }
    }
    words.push(word);
    words
}

#[tokio::test]
async fn the_example_of_every_operation_is_a_valid_call() {
    let runner = Runner::new().variable("HOME", "/no/such/home");
    let file = tempfile::NamedTempFile::new().unwrap();
    let file = format!("={}", file.path().display());
    let mut failures = Vec::new();
    for id in campfire::operations::ids() {
        let described = runner.run(&["describe", id, "-o", "table"]).await;
        let (_, example) = described.ok().rsplit_once("\nExample: campfire ").unwrap();
        let words = split(example.trim()).into_iter().map(|word| word.replace("=FILE", &file));
        let arguments: Vec<String> = words.chain(["--dry-run".to_owned()]).collect();
        let ran = runner.run(&arguments).await;
        if ran.code != 0 {
            failures.push(format!("{}: {}", example.trim(), ran.err.trim()));
        }
    }
    assert!(failures.is_empty(), "{} examples:\n{}", failures.len(), failures.join("\n"));
}
