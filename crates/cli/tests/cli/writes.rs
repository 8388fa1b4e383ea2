//! What must be confirmed, what is refused, and what an exit code means.

use std::time::Duration;

use campfire::operations::{self, SchemaKind, Type};
use campfire::sandbox::{Fault, FaultRule, Moment, Sandbox};

use crate::support::Runner;

/// A server that is not on this machine, and that nobody reaches: the name is reserved for this purpose.
fn elsewhere() -> Runner {
    Runner::new().variable("CAMPFIRE_API_KEY", "k").variable("CAMPFIRE_BASE_URL", "https://api.invalid")
}

#[tokio::test]
async fn changes_elsewhere_need_a_yes() {
    let void = ["invoices", "void", "42"];
    elsewhere().run(&void).await.fails(2, "Add --yes to confirm");
    elsewhere().terminal(80).input("n\n").run(&void).await.fails(2, "not confirmed");
    elsewhere().terminal(80).run(&void).await.fails(2, "not confirmed");
    let asked = elsewhere().terminal(80).input("\n").run(&["invoices", "payments", "delete", "1", "2"]).await;
    asked.fails(2, "MONEY MAY MOVE");
    assert!(
        asked.err.contains("DELETE /coa/api/v1/invoice/1/payment/2") || asked.err.contains("DELETE /"),
        "{}",
        asked.err
    );
    elsewhere().run(&["bills", "pay", "1"]).await.fails(2, "records or reverses a payment");
    // A search is a POST that changes nothing.
    let search =
        elsewhere().run(&["invoices", "bulk-search", "--json", r#"{"invoices": [{"invoice_number": "1"}]}"#]).await;
    assert_eq!(search.code, 6, "{search:?}");
}

/// A search that may also create: the words of the command, its body, and the field of the body that makes it create.
fn searches_that_may_create() -> Vec<(Vec<String>, String, &'static str)> {
    let operations = operations::ids().filter_map(operations::get);
    let searches = operations.filter_map(|operation| Some((operation.changes_if?, operation.id)));
    let command = |(flag, id): (&'static str, &'static str)| {
        let (resource, _) = id.split_once('.').unwrap();
        let words = id.split('.').map(|word| word.replace('_', "-")).collect();
        (words, format!(r#"{{"{resource}": [{{"name": "New"}}]}}"#), flag)
    };
    searches.map(command).collect()
}

#[tokio::test]
async fn a_search_that_may_create_needs_a_yes() {
    let searches = searches_that_may_create();
    assert!(searches.len() >= 3, "{searches:?}");
    for (words, body, flag) in searches {
        let search = |more: &[&str]| {
            let arguments = words.iter().map(String::as_str).chain(["--json", &body]).chain(more.iter().copied());
            let arguments: Vec<String> = arguments.map(str::to_owned).collect();
            async move { elsewhere().run(&arguments).await }
        };
        assert_eq!(search(&[]).await.code, 6, "{words:?}: a search is sent");
        assert_eq!(search(&[&format!("--{flag}=false")]).await.code, 6, "{words:?}");
        search(&[&format!("--{flag}")]).await.fails(2, "Add --yes to confirm");
        search(&["--set", &format!("{flag}:=true")]).await.fails(2, "Add --yes to confirm");
        assert_eq!(search(&[&format!("--{flag}"), "--yes"]).await.code, 6, "{words:?}");
    }
}

/// No operation that is taken for a search has a field of this name without being in the list above.
#[test]
fn every_upsert_is_known_to_create() {
    for operation in operations::ids().filter_map(operations::get) {
        let Some(Type::Object(schema)) = operation.body.as_ref().map(|body| body.ty.clone()) else { continue };
        let Some(SchemaKind::Object { fields, .. }) = operations::schema(schema).map(|schema| schema.kind) else {
            continue;
        };
        let upserts = fields.iter().any(|field| field.name == "upsert");
        assert!(!upserts || operation.changes_data() || operation.changes_if == Some("upsert"), "{}", operation.id);
    }
}

#[tokio::test]
async fn a_response_that_is_no_json_is_described_without_advice_for_rust() {
    let sandbox = Sandbox::start().await.unwrap();
    let runner = Runner::of(&sandbox);
    for (operation, words) in [
        ("contracts.list", &["contracts", "list", "--all"][..]),
        ("account_settings.retrieve", &["account-settings", "retrieve"]),
    ] {
        sandbox.inject(FaultRule::new(Fault::Malformed).operation(operation)).unwrap();
        let ran = runner.run(words).await;
        ran.fails(1, operation);
        assert!(!ran.err.contains("untyped"), "{}", ran.err);
    }
}

#[tokio::test]
async fn a_yes_sends_the_call() {
    let void = ["invoices", "void", "42"];
    // The name cannot be resolved, so the call fails where it would have been sent.
    for ran in [
        elsewhere().run(&[&void[..], &["--yes"]].concat()).await,
        elsewhere().terminal(80).input("y\n").run(&void).await,
    ] {
        assert_eq!(ran.code, 6, "{ran:?}");
    }
}

#[tokio::test]
async fn exit_codes_say_what_happened() {
    let sandbox = Sandbox::start().await.unwrap();
    let runner = Runner::of(&sandbox);
    runner.run(&["contracts", "retrieve", "42"]).await.fails(4, "404");
    runner.run(&["contracts", "retrieve", "x"]).await.fails(2, "expects an integer");
    runner.run(&["contracts", "retrieve"]).await.fails(2, "CONTRACT_ID");
    runner.run(&["contract", "list"]).await.fails(2, "'contracts'");
    runner.run(&["contracts", "create", "--deal-nam", "x"]).await.fails(2, "--deal-name");
    runner.run(&["contracts", "create", "--json", "{"]).await.fails(2, "--json: not JSON");
    runner.run(&["contracts", "create", "--json", "@/no/such/file"]).await.fails(2, "/no/such/file cannot be read");
    runner.run(&["contracts", "create", "--set", "deal_nam=x"]).await.fails(2, "did you mean `deal_name`");
    let wrong = runner.clone().variable("CAMPFIRE_API_KEY", "wrong");
    wrong.run(&["contracts", "list"]).await.fails(3, "401");
    sandbox.refuse_connections(true).await;
    let deadline = Duration::from_secs(60);
    let refused = tokio::time::timeout(deadline, runner.run(&["contracts", "list"])).await.unwrap();
    refused.fails(6, "contracts.list");
}

#[tokio::test]
async fn a_lost_response_ends_with_the_command_to_look() {
    let sandbox = Sandbox::start().await.unwrap();
    let runner = Runner::of(&sandbox);
    let created = runner.run(&["contracts", "create", "--deal-name", "Northwind"]).await;
    let id = created.ok().parse::<campfire::Json>().unwrap()["id"].to_string();
    sandbox.inject(FaultRule::new(Fault::Reset(Moment::AfterProcessing)).operation("contracts.usage.create")).unwrap();
    let ran = runner.run(&["contracts", "usage", "create", &id, "--contract", &id]).await;
    ran.fails(5, &format!("campfire contracts usage list {id}"));
}

#[tokio::test]
async fn a_dry_run_shows_the_request_and_sends_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let runner = Runner::of(&sandbox);
    let arguments = [
        "bills",
        "create",
        "--dry-run",
        "--json",
        r#"{"bill_date": "2026-11-30", "due_date": "2026-12-30", "entity": 1, "bill_number": "1"}"#,
        "--bill-number",
        "007",
        "--vendor",
        "7",
        "--set",
        "lines[0].amount=12.50",
        "--set",
        "lines[0].account=3",
        "--output",
        "json",
    ];
    let ran = runner.run(&arguments).await;
    let request: campfire::Json = ran.ok().parse().unwrap();
    assert_eq!(
        request["body"].to_string(),
        r#"{"bill_date":"2026-11-30","bill_number":"007","due_date":"2026-12-30","entity":1,"#.to_owned()
            + r#""lines":[{"account":3,"amount":12.50}],"vendor":7}"#
    );
    let text = runner.run(&["contracts", "usage", "create", "42", "--dry-run", "-o", "table"]).await;
    let url = format!("POST {}/rr/api/v1/contracts/42/usage", sandbox.url());
    assert!(text.ok().contains("\"contract\": 42"), "the id of the path is repeated in the body: {}", text.text());
    assert!(text.text().starts_with(&format!("{url}\nauthorization: [redacted]\n")), "{}", text.text());
    assert!(sandbox.requests().is_empty());
    // Without an account, too.
    let ran = Runner::new().variable("HOME", "/no/such/home").run(&["contracts", "list", "--dry-run"]).await;
    assert!(ran.ok().contains("/rr/api/v1/contracts"));
}

#[tokio::test]
async fn bodies_come_from_files_and_standard_input() {
    let sandbox = Sandbox::start().await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), r#"{"deal_name": "File", "total_contract_value": 12345678901234.50}"#).unwrap();
    let from_file = format!("@{}", file.path().display());
    let runner = Runner::of(&sandbox).input(r#"{"deal_name": "Input"}"#);
    let ran = runner.run(&["contracts", "create", "--json", &from_file, "--dry-run"]).await;
    assert!(ran.ok().contains("12345678901234.50"));
    // A flag changes the body of `--json`.
    runner.run(&["contracts", "create", "--json", "@-", "--deal-name", "Flag"]).await.ok();
    assert_eq!(sandbox.records("contracts")[0]["deal_name"], *"Flag");
}
