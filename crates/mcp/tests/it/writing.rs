//! `preview` and `confirm`.

use std::time::Duration;

use campfire::sandbox::{Fault, FaultRule, Role, Sandbox};
use campfire::{Client, Json};
use campfire_mcp::Options;

use crate::agent::{Agent, company, writes};

fn writing() -> Options {
    Options::default().allow_writes(true)
}

fn account(sandbox: &Sandbox, name: &str) -> i64 {
    let accounts = sandbox.records("accounts").into_iter();
    let found = accounts.map(Json::Object).find(|account| account["name"] == *name);
    found.and_then(|account| account["id"].as_i64()).unwrap()
}

/// Returns the arguments of a bill of 250.10 for hosting.
fn bill(sandbox: &Sandbox) -> String {
    let vendor = sandbox.records("vendors")[0]["id"].as_i64().unwrap();
    let entity = sandbox.records("entities")[0]["id"].as_i64().unwrap();
    let hosting = account(sandbox, "Hosting");
    format!(
        r#""operation": "bills.create", "body": {{"entity": {entity}, "vendor": {vendor}, "bill_number": "B-1", "bill_date": "2026-03-01",
            "due_date": "2026-04-01", "currency": "USD", "lines": [{{"account": {hosting}, "amount": 250.10}}]}}"#
    )
}

#[tokio::test]
async fn a_write_is_previewed_and_confirmed_once() {
    let (sandbox, client) = company(60).await;
    let mut agent = Agent::connect(&client, writing()).await;
    let bill = bill(&sandbox);
    let preview = agent.tool("preview", &format!("{{{bill}}}")).await.unwrap();
    assert_eq!(writes(&sandbox), Vec::<String>::new(), "a preview writes nothing");
    assert_eq!(preview["outcome"], "posts");
    let statement = &preview["effects"]["trial_balance"];
    assert_eq!((&statement["from"], &statement["to"]), (&Json::from("2026-01-01"), &Json::from("2026-03-01")));
    let rows = statement["rows"].as_array().unwrap().iter();
    let changes = rows.map(|row| format!("{} {} {}", row["name"], row["change_of_debits"], row["change_of_credits"]));
    let expected = ["\"Accounts Payable\" 0 250.10", "\"Hosting\" 250.10 0"];
    assert_eq!(changes.collect::<Vec<_>>(), expected);
    assert_eq!(statement["total_change"].to_string(), r#"{"credits":250.10,"debits":250.10}"#);
    for row in statement["rows"].as_array().unwrap() {
        let amount = |name: &str| row[name].as_decimal().unwrap();
        let change = amount("change_of_debits").checked_sub(amount("change_of_credits")).unwrap();
        assert_eq!(amount("balance_after").checked_sub(amount("balance_before")).unwrap(), change);
    }

    let token = preview["confirmation"]["token"].as_str().unwrap();
    let done = agent.tool("confirm", &format!(r#"{{{bill}, "confirmation": "{token}"}}"#)).await.unwrap();
    assert_eq!(done["outcome"], "done");
    assert_eq!(done["response"]["total_amount"].as_decimal().unwrap().to_string(), "250.10");
    assert_eq!(done["id_kinds"]["vendor"], "vendors");
    assert_eq!(writes(&sandbox), ["bills.create"]);
    let again = agent.tool("confirm", &format!(r#"{{{bill}, "confirmation": "{token}"}}"#)).await.unwrap_err();
    assert!(again.contains("used before"), "{again}");
    assert_eq!(writes(&sandbox), ["bills.create"]);
    agent.leave().await.unwrap();
}

#[tokio::test]
async fn a_token_is_bound_to_what_was_previewed() {
    let (sandbox, client) = company(60).await;
    let mut agent = Agent::connect(&client, writing()).await;
    let bill = bill(&sandbox);
    for altered in [
        bill.replace("250.10", "250.11"),
        bill.replace("250.10", "2501.0"),
        bill.replace("250.10", "\"250.10\""),
        bill.replace("bills.create", "debit_memos.create"),
        bill.replace("2026-04-01", "2026-04-02"),
        format!(r#"{bill}, "parameters": {{"id": 1}}"#),
    ] {
        let preview = agent.tool("preview", &format!("{{{bill}}}")).await.unwrap();
        let token = preview["confirmation"]["token"].as_str().unwrap().to_owned();
        let confirm = |request: &str| format!(r#"{{{request}, "confirmation": "{token}"}}"#);
        let refusal = agent.tool("confirm", &confirm(&altered)).await.unwrap_err();
        assert!(refusal.contains("another request"), "{altered}: {refusal}");
        assert!(agent.tool("confirm", &confirm(&bill)).await.is_err(), "the token is used up");
    }
    for token in ["", "x", "00000000000000000000000000000000"] {
        assert!(agent.tool("confirm", &format!(r#"{{{bill}, "confirmation": "{token}"}}"#)).await.is_err());
    }
    assert!(agent.tool("confirm", &format!("{{{bill}}}")).await.unwrap_err().contains("`confirmation` is required"));
    assert_eq!(writes(&sandbox), Vec::<String>::new());
}

#[tokio::test]
async fn a_token_expires_and_belongs_to_its_session() {
    let (sandbox, client) = company(60).await;
    let bill = bill(&sandbox);
    let mut hasty = Agent::connect(&client, writing().confirm_within(Duration::ZERO)).await;
    let preview = hasty.tool("preview", &format!("{{{bill}}}")).await.unwrap();
    let token = preview["confirmation"]["token"].as_str().unwrap();
    let confirm = format!(r#"{{{bill}, "confirmation": "{token}"}}"#);
    assert!(hasty.tool("confirm", &confirm).await.unwrap_err().contains("expired"));

    let mut agent = Agent::connect(&client, writing()).await;
    let preview = agent.tool("preview", &format!("{{{bill}}}")).await.unwrap();
    let token = preview["confirmation"]["token"].as_str().unwrap();
    let confirm = format!(r#"{{{bill}, "confirmation": "{token}"}}"#);
    let mut other = Agent::connect(&client, writing()).await;
    assert!(other.tool("confirm", &confirm).await.unwrap_err().contains("never issued"));
    assert_eq!(writes(&sandbox), Vec::<String>::new());
    agent.tool("confirm", &confirm).await.unwrap();
    assert_eq!(writes(&sandbox), ["bills.create"]);
}

#[tokio::test]
async fn a_server_that_only_reads_shows_previews_without_a_token() {
    let (sandbox, client) = company(60).await;
    let mut agent = Agent::connect(&client, Options::default()).await;
    let preview = agent.tool("preview", &format!("{{{}}}", bill(&sandbox))).await.unwrap();
    assert_eq!(preview["outcome"], "posts");
    assert!(preview["confirmation"]["token"].is_null());
    assert!(preview["confirmation"]["reason"].as_str().unwrap().contains("without permission to write"));
}

#[tokio::test]
async fn what_the_sandbox_does_not_model_has_no_preview() {
    let (sandbox, client) = company(60).await;
    let unmodelled = r#""operation": "transaction_matches.run""#;
    let mut agent = Agent::connect(&client, writing()).await;
    let preview = agent.tool("preview", &format!("{{{unmodelled}}}")).await.unwrap();
    assert_eq!(preview["outcome"], "not modelled", "{preview}");
    assert!(preview["effects"]["trial_balance"].is_null());
    assert!(preview["confirmation"]["token"].is_null());

    let mut trusting = Agent::connect(&client, writing().allow_unpreviewed(true)).await;
    let preview = trusting.tool("preview", &format!("{{{unmodelled}}}")).await.unwrap();
    assert_eq!(preview["outcome"], "not modelled");
    let token = preview["confirmation"]["token"].as_str().unwrap();
    let confirm = format!(r#"{{{unmodelled}, "confirmation": "{token}"}}"#);
    let refusal = trusting.tool("confirm", &confirm).await.unwrap_err();
    assert!(refusal.contains("501"), "the sandbox that plays the server does not model it either: {refusal}");
    assert_eq!(writes(&sandbox).len(), 1);
}

#[tokio::test]
async fn a_record_from_which_nothing_is_posted_says_so() {
    let (_sandbox, client) = company(60).await;
    let mut agent = Agent::connect(&client, writing()).await;
    let create = r#"{"operation": "contracts.create", "body": {"deal_name": "Northwind"}}"#;
    let preview = agent.tool("preview", create).await.unwrap();
    assert_eq!(preview["outcome"], "changes records");
    assert!(preview["effects"]["trial_balance"].is_null());
    assert!(preview["effects"]["note"].as_str().unwrap().contains("does not model what the server derives"));
    assert_eq!(preview["effects"]["records"].to_string(), r#"{"contracts":{"created":1}}"#);
}

#[tokio::test]
async fn what_the_sandbox_refuses_is_not_sent() {
    let (sandbox, client) = company(60).await;
    let (checking, rent) = (account(&sandbox, "Checking"), account(&sandbox, "Rent"));
    let unbalanced = format!(
        r#"{{"operation": "journal_entries.create", "body": {{"date": "2026-01-31", "transactions": [
            {{"account": {checking}, "credit_amount": 10}}, {{"account": {rent}, "debit_amount": 11}}]}}}}"#
    );
    let mut agent = Agent::connect(&client, writing()).await;
    let preview = agent.tool("preview", &unbalanced).await.unwrap();
    assert_eq!(preview["outcome"], "refused by the sandbox");
    assert!(preview["effects"]["reason"].as_str().unwrap().contains("does not balance"), "{preview}");
    assert!(preview["confirmation"]["token"].is_null());
    let invalid = r#"{"operation": "bills.create", "body": {"vendor": "x"}}"#;
    assert!(agent.tool("preview", invalid).await.unwrap_err().contains("not sent"));
    let missing = format!("{{{}}}", bill(&sandbox).replace("\"vendor\": ", "\"vendor\": 99"));
    let preview = agent.tool("preview", &missing).await.unwrap();
    assert!(preview["copied"]["not_found"][0].as_str().unwrap().starts_with("vendors 99"), "{preview}");
    assert_eq!(writes(&sandbox), Vec::<String>::new());
}

#[tokio::test]
async fn a_copy_that_is_not_complete_says_so() {
    let (sandbox, client) = company(60).await;
    let entry = sandbox.records("journal_entries")[3]["id"].as_i64().unwrap();
    let update = format!(r#"{{"operation": "journal_entries.delete", "parameters": {{"id": {entry}}}}}"#);
    let options = writing().max_copied_accounts(3).max_copied_records(1);
    let mut agent = Agent::connect(&client, options).await;
    let preview = agent.tool("preview", &update).await.unwrap();
    let left_out = preview["copied"]["left_out"].to_string();
    assert!(left_out.contains("accounts beyond the first 3"), "{preview}");

    // A key that may not see the chart of accounts.
    sandbox.inject(FaultRule::new(Fault::Status(403)).operation("accounts.list")).unwrap();
    let mut agent = Agent::connect(&client, writing()).await;
    let preview = agent.tool("preview", &update).await.unwrap();
    assert!(preview["copied"]["left_out"].to_string().contains("accounts.list: 403"), "{preview}");
}

#[tokio::test]
async fn a_lost_response_is_an_unknown_outcome_and_is_not_repeated() {
    let (sandbox, client) = company(60).await;
    let mut agent = Agent::connect(&client, writing()).await;
    let bill = bill(&sandbox);
    let preview = agent.tool("preview", &format!("{{{bill}}}")).await.unwrap();
    let token = preview["confirmation"]["token"].as_str().unwrap();
    sandbox
        .inject(FaultRule::new(Fault::Reset(campfire::sandbox::Moment::AfterProcessing)).operation("bills.create"))
        .unwrap();
    let refusal = agent.tool("confirm", &format!(r#"{{{bill}, "confirmation": "{token}"}}"#)).await.unwrap_err();
    assert!(refusal.contains("bills.create") && refusal.contains("bills.list"), "{refusal}");
    assert_eq!(writes(&sandbox), ["bills.create"]);
}

#[tokio::test]
async fn a_role_that_may_not_write_is_refused_by_the_server() {
    let (sandbox, _) = company(60).await;
    let viewer: Client = sandbox.client_for(Role::ViewOnly).unwrap();
    let mut agent = Agent::connect(&viewer, writing()).await;
    let bill = bill(&sandbox);
    let preview = agent.tool("preview", &format!("{{{bill}}}")).await.unwrap();
    let token = preview["confirmation"]["token"].as_str().unwrap();
    let refusal = agent.tool("confirm", &format!(r#"{{{bill}, "confirmation": "{token}"}}"#)).await.unwrap_err();
    assert!(refusal.contains("403") && refusal.contains("role of this key"), "{refusal}");
}

#[tokio::test]
async fn a_write_in_flight_is_finished_when_the_agent_leaves() {
    let (sandbox, client) = company(60).await;
    let mut agent = Agent::connect(&client, writing()).await;
    let bill = bill(&sandbox);
    let preview = agent.tool("preview", &format!("{{{bill}}}")).await.unwrap();
    let token = preview["confirmation"]["token"].as_str().unwrap();
    sandbox.inject(FaultRule::new(Fault::Delay(Duration::from_millis(300))).operation("bills.create")).unwrap();
    let count = sandbox.count("bills");
    let call = format!(r#"{{"name":"confirm","arguments":{{{bill}, "confirmation": "{token}"}}}}"#);
    let confirm = agent.start("tools/call", &call).await;
    // The server has read the call before it ends, because it answers messages in order of their arrival.
    agent.request("ping", "{}").await;
    agent.leave().await.unwrap();
    assert!(confirm > 0);
    assert_eq!(sandbox.count("bills"), count + 1);
}

#[tokio::test]
async fn of_two_confirmations_at_the_same_time_one_writes() {
    let (sandbox, client) = company(60).await;
    let mut agent = Agent::connect(&client, writing()).await;
    let bill = bill(&sandbox);
    let preview = agent.tool("preview", &format!("{{{bill}}}")).await.unwrap();
    let token = preview["confirmation"]["token"].as_str().unwrap();
    let call = format!(r#"{{"name":"confirm","arguments":{{{bill}, "confirmation": "{token}"}}}}"#);
    let mut started = Vec::new();
    for _ in 0..4 {
        started.push(agent.start("tools/call", &call).await);
    }
    let mut refused = 0;
    for id in started {
        refused += usize::from(agent.finish(id).await["result"]["isError"].as_bool() == Some(true));
    }
    assert_eq!((refused, writes(&sandbox).len()), (3, 1));
}
