//! `search`, `describe` and `call`.

use campfire::Json;
use campfire::operations;
use campfire::sandbox::{ResponseStyle, Sandbox};
use campfire_mcp::Options;

use crate::agent::{Agent, company, writes};

#[tokio::test]
async fn operations_are_found_page_by_page() {
    let (_sandbox, client) = company(20).await;
    let mut agent = Agent::connect(&client, Options::default()).await;
    let first = agent.tool("search", r#"{"query": "invoice"}"#).await.unwrap();
    let matches = first["matches"].as_i64().unwrap();
    let (mut ids, mut page) = (Vec::new(), first);
    loop {
        ids.extend(page["operations"].as_array().unwrap().iter().map(|line| line["operation"].to_string()));
        let Some(start) = page["next_start"].as_i64() else { break };
        page = agent.tool("search", &format!(r#"{{"query": "invoice", "start": {start}}}"#)).await.unwrap();
    }
    assert_eq!(i64::try_from(ids.len()).unwrap(), matches);
    ids.sort();
    ids.dedup();
    assert_eq!(i64::try_from(ids.len()).unwrap(), matches, "each is found once");
    let nothing = agent.tool("search", r#"{"query": "qqqq"}"#).await.unwrap();
    assert!(nothing["hint"].as_str().unwrap().contains("invoices"));
}

#[tokio::test]
async fn every_operation_is_described_within_the_limit() {
    let (_sandbox, client) = company(20).await;
    let options = Options::default();
    let mut agent = Agent::connect(&client, options.clone()).await;
    for id in operations::ids() {
        let described = agent.tool("describe", &format!(r#"{{"operation": "{id}"}}"#)).await.unwrap();
        let bytes = described.to_string().len();
        assert!(bytes <= options.max_result_bytes, "{id}: {bytes} bytes");
        assert_eq!(described["operation"], id);
        let operation = operations::get(id).unwrap();
        let may_write = operation.changes_data() || operation.changes_if.is_some();
        assert_eq!(described["annotations"]["readOnlyHint"].as_bool(), Some(!may_write), "{id}");
    }
    let bill = agent.tool("describe", r#"{"operation": "bills.create"}"#).await.unwrap();
    assert!(bill["body"]["fields"]["vendor"].as_str().unwrap().contains("id of vendors"), "{bill}");
    assert!(bill["types"]["BillLine"]["account"].as_str().unwrap().contains("id of accounts"), "{bill}");
    let line = agent.tool("describe", r#"{"schema": "BillLine"}"#).await.unwrap();
    assert!(line["fields"]["amount"].as_str().unwrap().starts_with("decimal"), "{line}");
}

/// The examples of reading operations pass the checks of the SDK, apart from ids that do not exist.
#[tokio::test]
async fn examples_are_accepted() {
    let sandbox =
        Sandbox::builder().allow_unmodelled(true).response_style(ResponseStyle::Documented).start().await.unwrap();
    let mut agent = Agent::connect(&sandbox.client().unwrap(), Options::default()).await;
    for id in operations::ids() {
        let described = agent.tool("describe", &format!(r#"{{"operation": "{id}"}}"#)).await.unwrap();
        let example = described["example"].to_string();
        if let Err(refusal) = agent.tool("call", &example).await {
            let is_expected = ["which this server does not do", "it changes data", "404", "409"];
            let is_of_server = refusal.contains(": 400 ");
            assert!(
                is_of_server || is_expected.iter().any(|part| refusal.contains(part)),
                "{id}: {example}: {refusal}"
            );
        }
    }
    assert_eq!(writes(&sandbox).iter().filter(|id| operations::get(id).unwrap().changes_data()).count(), 0);
}

#[tokio::test]
async fn lists_are_read_page_by_page_and_each_record_once() {
    let (sandbox, client) = company(300).await;
    let options = Options::default().max_result_bytes(9_000);
    let mut agent = Agent::connect(&client, options).await;
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        // Whole records of ledger lines are large, so pages are shorter than asked for.
        let arguments = format!(
            r#"{{"operation": "transactions.list", "parameters": {{"all_time": true}}, "limit": 40 {cursor}}}"#
        );
        let page = agent.tool("call", &arguments).await.unwrap();
        assert!(page.to_string().len() <= 9_000, "{} bytes", page.to_string().len());
        assert_eq!(page["id_kinds"]["account"], "accounts");
        ids.extend(page["records"].as_array().unwrap().iter().map(|record| record["id"].as_i64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!(r#", "cursor": "{next}""#);
    }
    let mut expected: Vec<i64> =
        sandbox.records("transactions").iter().map(|record| record["id"].as_i64().unwrap()).collect();
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn numbers_are_exact_and_fields_can_be_chosen() {
    let (sandbox, client) = company(20).await;
    let deal = r#"{"id": 77, "deal_name": "Exact", "total_contract_value": 12345678901234567.890}"#;
    sandbox.seed("contracts", deal.parse::<Json>().unwrap()).unwrap();
    let mut agent = Agent::connect(&client, Options::default()).await;
    let arguments = r#"{"operation": "contracts.retrieve", "parameters": {"id": 77}, "fields": ["deal_name", "total_contract_value"]}"#;
    let contract = agent.tool("call", arguments).await.unwrap();
    let expected = r#"{"response":{"deal_name":"Exact","total_contract_value":12345678901234567.890}}"#;
    assert_eq!(contract.to_string(), expected);
}

#[tokio::test]
async fn parts_of_a_large_response_are_selected() {
    let (_sandbox, client) = company(300).await;
    let options = Options::default().max_result_bytes(1_600);
    let mut agent = Agent::connect(&client, options).await;
    let statement = r#""operation": "statements.trial_balance", "parameters": {"start_date": "2020-01-01", "end_date": "2099-12-31"}"#;
    let refusal = agent.tool("call", &format!("{{{statement}}}")).await.unwrap_err();
    assert!(refusal.contains("`select` a part") && refusal.contains("trial_balance"), "{refusal}");
    let (mut names, mut start) = (Vec::new(), 0);
    loop {
        let arguments = format!(
            r#"{{{statement}, "select": "trial_balance.accounts", "fields": ["name", "balances"], "start": {start}}}"#
        );
        let part = agent.tool("call", &arguments).await.unwrap();
        names.extend(part["items"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()));
        let Some(next) = part["next_start"].as_i64() else {
            assert_eq!(part["count"].as_i64(), i64::try_from(names.len()).ok());
            break;
        };
        start = next;
    }
    assert!(names.contains(&"Checking".to_owned()) && names.contains(&"Retained Earnings".to_owned()), "{names:?}");
}

#[tokio::test]
async fn writes_are_refused() {
    let (sandbox, client) = company(20).await;
    for options in [Options::default(), Options::default().allow_writes(true)] {
        let mut agent = Agent::connect(&client, options).await;
        for arguments in [
            r#"{"operation": "contracts.create", "body": {"deal_name": "x"}}"#,
            r#"{"operation": "invoices.delete", "parameters": {"id": 1}}"#,
            // These read, unless this flag is set.
            r#"{"operation": "vendors.bulk_search", "body": {"upsert": true}}"#,
            r#"{"operation": "tags.bulk_search", "body": {"upsert": 1}}"#,
        ] {
            let refusal = agent.tool("call", arguments).await.unwrap_err();
            assert!(refusal.contains("not sent: it changes data"), "{arguments}: {refusal}");
        }
        for arguments in [
            r#"{"operation": "files.upload", "body": {"file": "x"}}"#,
            r#"{"operation": "credit_memos.pdf", "parameters": {"id": 1}}"#,
        ] {
            let refusal = agent.tool("call", arguments).await.unwrap_err();
            assert!(refusal.contains("which this server does not do"), "{arguments}: {refusal}");
        }
    }
    assert_eq!(writes(&sandbox), Vec::<String>::new());
}
