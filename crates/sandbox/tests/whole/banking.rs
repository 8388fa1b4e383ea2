//! Bank feeds and reconciliations.

use campfire_values::Json;

use crate::support::{Server, json};

const REPORTS: &str = "/coa/api/v2/reconciliation";

/// A sandbox with a bank account (its id, and that of its ledger account).
async fn bank() -> (Server, i64, i64) {
    let server = Server::start().await;
    let ledger = server.account("1010", "ASSET", r#", "account_subtype": "BANK""#).await;
    let bank = format!(r#"{{"entity": 1, "currency": "USD", "chart_of_accounts_account": {ledger}}}"#);
    let bank = server.ok("POST", "/ca/api/account", &bank).await["id"].as_i64().unwrap();
    (server, bank, ledger)
}

async fn import(server: &Server, bank: i64, lines: &str) -> Json {
    let body = format!(
        r#"{{"balance": 70, "available_balance": 60, "balance_as_of_date": "2026-03-31", "transactions": [{lines}]}}"#
    );
    server.ok("POST", &format!("/ca/api/bank-feed/{bank}"), &body).await
}

fn line(key: &str, amount: i64, date: &str) -> String {
    format!(
        r#"{{"external_transaction_id": "{key}", "amount": {amount}, "posted_at": "{date}", "bank_description": "{key}"}}"#
    )
}

/// Returns the ledger lines of the bank with their ids, as `date amount`.
fn ledger_lines(server: &Server, ledger: i64) -> Vec<(i64, String)> {
    let lines = server.sandbox.records("transactions").into_iter();
    let lines = lines.filter(|line| line["account"].as_i64() == Some(ledger));
    let shown = lines.map(|line| {
        let amount = match line.get("debit_amount").and_then(Json::as_decimal) {
            Some(debit) => debit,
            None => -line["credit_amount"].as_decimal().unwrap(),
        };
        (line["id"].as_i64().unwrap(), format!("{} {amount}", line["posted_at"].as_str().unwrap()))
    });
    shown.collect()
}

#[tokio::test]
async fn a_feed_creates_bank_lines_with_their_entries() {
    let (server, bank, ledger) = bank().await;
    let lines = [line("a", 100, "2026-03-02"), line("b", -30, "2026-03-05T08:00:00Z"), r#"{"amount": 1}"#.to_owned()];
    let result = import(&server, bank, &lines.join(", ")).await;
    assert_eq!(
        ["submitted_count", "created_count", "skipped_count", "failed_count"]
            .map(|name| result[name].as_i64().unwrap()),
        [3, 2, 0, 1]
    );
    assert!(result["failed_transactions"][0]["reason"].as_str().unwrap().contains("external_transaction_id"));
    let posted: Vec<String> = ledger_lines(&server, ledger).into_iter().map(|(_, line)| line).collect();
    assert_eq!(posted, ["2026-03-02 100", "2026-03-05 -30"]);
    let account = server.ok("GET", &format!("/ca/api/account/{bank}"), "").await;
    assert_eq!((&account["current_balance"], &account["available_balance"]), (&json("70"), &json("60")));
    let bank_line = &server.sandbox.records("bank_transactions")[0];
    let entry = server.ok("GET", &format!("/coa/api/journal_entry/{}", bank_line["journal"]), "").await;
    assert_eq!(entry["type"].as_str(), Some("deposit"));
    // A repeat creates nothing, and neither does a line in a closed period.
    server.sandbox.close_books(Some("2026-03-31".parse().unwrap()));
    let lines = [line("a", 100, "2026-03-02"), line("c", 5, "2026-03-20")];
    let result = import(&server, bank, &lines.join(", ")).await;
    assert_eq!(result["skipped_transactions"][0]["external_transaction_id"].as_str(), Some("a"));
    assert!(result["failed_transactions"][0]["reason"].as_str().unwrap().contains("closed"), "{result}");
    assert_eq!(server.sandbox.count("bank_transactions"), 2);
}

/// A report of March over lines of 100 and -30, with a statement of three lines.
async fn report() -> (Server, String, Vec<i64>) {
    let (server, bank, ledger) = bank().await;
    let lines = [line("a", 100, "2026-03-02"), line("b", -30, "2026-03-05"), line("c", 7, "2026-04-01")];
    import(&server, bank, &lines.join(", ")).await;
    let record = format!(
        r#"{{"account": {ledger}, "entity": 1, "currency": "USD", "status": "DRAFT",
            "statement_starting_date": "2026-03-01", "statement_ending_date": "2026-03-31", "starting_balance": 0,
            "ending_balance": 70, "unmatched_statement_transactions": [
                {{"id": 501, "date": "2026-03-02", "deposit": 100}}, {{"id": 502, "date": "2026-03-05", "withdrawal": 30}},
                {{"id": 503, "date": "2026-03-09", "deposit": 9}}]}}"#
    );
    let id = server.ok("POST", REPORTS, &record).await["id"].as_i64().unwrap();
    let ids = ledger_lines(&server, ledger).into_iter().map(|(id, _)| id).collect();
    (server, format!("{REPORTS}/{id}"), ids)
}

/// Returns the lines open to a report: id, cleared, matched.
async fn rows(server: &Server, path: &str, query: &str) -> Vec<(i64, bool, bool)> {
    let page = server.ok("GET", &format!("{path}/source-transactions{query}"), "").await;
    let row = |row: &Json| {
        let is = |name: &str| row[name].as_bool().unwrap();
        (row["id"].as_i64().unwrap(), is("is_cleared"), is("is_matched"))
    };
    page["results"].as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn matches_are_all_or_none_and_confirmed_lines_are_cleared() {
    let (server, path, ids) = report().await;
    let [deposit, payment, april] = ids[..] else { panic!("{ids:?}") };
    assert_eq!(rows(&server, &path, "").await, [(deposit, false, false), (payment, false, false)]);
    let pair =
        |line: i64, statement: i64| format!(r#"{{"transaction_id": {line}, "statement_transaction_id": {statement}}}"#);
    let bulk = format!("{path}/bulk-match-transactions");
    let pairs = |pairs: &[String]| format!(r#"{{"pairs": [{}]}}"#, pairs.join(", "));
    for (status, wrong) in [
        (400, [pair(deposit, 501), pair(deposit, 502)]),
        (404, [pair(deposit, 501), pair(payment, 999)]),
        // Links in a body are checked before anything else.
        (400, [pair(deposit, 501), pair(99_999, 502)]),
    ] {
        server.refused(status, "POST", &bulk, &pairs(&wrong)).await;
        assert_eq!(rows(&server, &path, "?matched=true").await, []);
    }
    server.ok("POST", &bulk, &pairs(&[pair(deposit, 501), pair(payment, 502)])).await;
    assert_eq!(rows(&server, &path, "?matched=true&limit=1").await, [(deposit, false, true)]);
    let shown = server.ok("GET", &path, "").await;
    assert_eq!(shown["unmatched_statement_transactions"][0]["id"].as_i64(), Some(503));
    assert_eq!((&shown["matched_activity"], &shown["reconciliation_difference"]), (&json("70"), &json("70")));
    // The suggestion of a line that is not selected is dropped, and its statement line is free again.
    let confirm = format!("{path}/transactions/confirm");
    server.ok("POST", &confirm, &format!(r#"{{"selected": [{deposit}]}}"#)).await;
    assert_eq!(rows(&server, &path, "").await, [(deposit, true, true), (payment, false, false)]);
    assert_eq!(rows(&server, &path, "?unreconciled=true").await, [(payment, false, false)]);
    server
        .ok("POST", &confirm, &format!(r#"{{"selected": [{deposit}, {payment}], "selected_statements": [502]}}"#))
        .await;
    assert_eq!(rows(&server, &path, "?reconciled_only=true").await, [(deposit, true, true), (payment, true, true)]);
    let shown = server.ok("GET", &path, "").await;
    let totals = ["cleared_total_debits", "cleared_total_credits", "cleared_activity", "reconciliation_difference"];
    assert_eq!(totals.map(|name| shown[name].to_string()), ["100", "30", "70", "0"]);
    server.refused(400, "POST", &bulk, &pairs(&[pair(deposit, 503)])).await;
    server.refused(400, "POST", &confirm, r#"{"selected": [99999]}"#).await;
    let ledger = server.ok("GET", "/coa/api/transaction?is_reconciled=true&all_time=true", "").await;
    assert_eq!(ledger["count"].as_i64(), Some(2));
    let on_bank_lines = || {
        server
            .sandbox
            .records("bank_transactions")
            .iter()
            .map(|line| line["reconciliation_report"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(on_bank_lines(), [shown["id"].clone(), shown["id"].clone(), Json::Null]);
    server.ok("DELETE", &path, "").await;
    assert_eq!(on_bank_lines(), [Json::Null, Json::Null, Json::Null]);
    let ledger = server.ok("GET", "/coa/api/transaction?is_reconciled=true&all_time=true", "").await;
    assert_eq!((ledger["count"].as_i64(), april > payment), (Some(0), true));
}

#[tokio::test]
async fn periods_of_an_account_do_not_overlap() {
    let (server, path, _) = report().await;
    let report = server.ok("GET", &path, "").await;
    let body = |from: &str, to: &str, account: i64| {
        format!(
            r#"{{"account": {account}, "entity": 1, "statement_starting_date": "{from}", "statement_ending_date": "{to}"}}"#
        )
    };
    let account = report["account"].as_i64().unwrap();
    server.refused(400, "POST", REPORTS, &body("2026-03-31", "2026-04-30", account)).await;
    let other = server.account("1020", "ASSET", r#", "account_subtype": "BANK""#).await;
    server.ok("POST", REPORTS, &body("2026-03-31", "2026-04-30", other)).await;
    let april = server.ok("POST", REPORTS, &body("2026-04-01", "2026-04-30", account)).await;
    server
        .refused(400, "PATCH", &format!("{REPORTS}/{}", april["id"]), r#"{"statement_starting_date": "2026-03-15"}"#)
        .await;
    server.ok("PATCH", &path, r#"{"status": "PENDING_APPROVAL"}"#).await;
    let pair = r#"{"pairs": [{"transaction_id": 1, "statement_transaction_id": 501}]}"#;
    server.refused(400, "POST", &format!("{path}/bulk-match-transactions"), pair).await;
}

#[tokio::test]
async fn a_deleted_report_frees_only_its_own_lines() {
    let (server, path, ids) = report().await;
    let pair = format!(r#"{{"pairs": [{{"transaction_id": {}, "statement_transaction_id": 501}}]}}"#, ids[0]);
    server.ok("POST", &format!("{path}/bulk-match-transactions"), &pair).await;
    let account = server.ok("GET", &path, "").await["account"].clone();
    let april = format!(
        r#"{{"account": {account}, "entity": 1, "statement_starting_date": "2026-04-01", "statement_ending_date": "2026-04-30"}}"#
    );
    let april = server.ok("POST", REPORTS, &april).await["id"].clone();
    server
        .ok("POST", &format!("{REPORTS}/{april}/transactions/confirm"), &format!(r#"{{"selected": [{}]}}"#, ids[0]))
        .await;
    server.ok("DELETE", &path, "").await;
    let line = server.ok("GET", &format!("/coa/api/transaction/{}", ids[0]), "").await;
    assert_eq!(line["reconciliation_report"].to_string().trim_matches('"'), april.to_string());
}

#[tokio::test]
async fn an_account_shows_its_latest_approved_reconciliation() {
    let (server, _, ledger) = bank().await;
    let account = async || {
        let account = server.ok("GET", &format!("/coa/api/account/{ledger}"), "").await;
        ["reconciliation_ending_date", "reconciliation_ending_balance"]
            .map(|name| account.get(name).cloned().unwrap_or_default())
    };
    let report = async |month: u32, balance: i64, status: &str| {
        let body = format!(
            r#"{{"account": {ledger}, "entity": 1, "currency": "USD", "status": "{status}",
                "statement_starting_date": "2026-0{month}-01", "statement_ending_date": "2026-0{month}-28",
                "starting_balance": 0, "ending_balance": {balance}}}"#
        );
        format!("{REPORTS}/{}", server.ok("POST", REPORTS, &body).await["id"])
    };
    let (none, shown) = ([Json::Null, Json::Null], |date: &str, balance: &str| [Json::from(date), json(balance)]);
    let march = report(3, 30, "DRAFT").await;
    assert_eq!(account().await, none);
    server.ok("PATCH", &march, r#"{"status": "PENDING_APPROVAL"}"#).await;
    assert_eq!(account().await, none);
    server.ok("PATCH", &march, r#"{"status": "APPROVED"}"#).await;
    assert_eq!(account().await, shown("2026-03-28", "30"));
    report(2, 20, "APPROVED").await;
    let april = report(4, 40, "DRAFT").await;
    assert_eq!(account().await, shown("2026-03-28", "30"));
    server.ok("PATCH", &april, r#"{"status": "APPROVED", "ending_balance": 41}"#).await;
    assert_eq!(account().await, shown("2026-04-28", "41"));
    server.ok("DELETE", &april, "").await;
    assert_eq!(account().await, shown("2026-03-28", "30"));
}
