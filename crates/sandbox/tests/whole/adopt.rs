//! Records that another server has shown behave as on that server.

use campfire_sandbox::ResponseStyle;
use campfire_values::Json;

use crate::support::{Server, Whole, json};

/// The resources whose records the books need. Lines and payments are in the records that list them.
const BOOKS: [&str; 7] =
    ["accounts", "entities", "journal_entries", "invoices", "bills", "credit_memos", "debit_memos"];

const STATEMENT: &str = "/ca/api/get_trial_balance?start_date=2020-01-01&end_date=2030-12-31";

/// Starts a server with the records that another one shows.
async fn copy_of(server: &Server) -> Server {
    let copy = Server::start().await;
    let records = |resource: &&str| {
        let records = server.sandbox.records(resource).into_iter();
        records.map(|record| ((*resource).to_owned(), Json::Object(record))).collect::<Vec<_>>()
    };
    copy.sandbox.adopt(&BOOKS.iter().flat_map(records).collect::<Vec<_>>()).unwrap();
    copy
}

async fn server(style: ResponseStyle) -> Server {
    let server: Server<Whole> = Server::lenient(style).await;
    server.sandbox.seed("entities", json(r#"{"id": 1, "name": "Parent", "currency": "USD"}"#)).unwrap();
    for (id, name, kind, subtype) in [
        (1, "Checking", "ASSET", "BANK"),
        (2, "Receivables", "ASSET", "ACCOUNTS_RECEIVABLE"),
        (3, "Payables", "LIABILITY", "ACCOUNTS_PAYABLE"),
        (4, "Sales", "REVENUE", "INCOME"),
        (5, "Rent", "OPERATING_EXPENSES", "EXPENSE"),
        (6, "Uncategorized", "UNCATEGORIZED", "UNCATEGORIZED"),
        (7, "Gains", "OTHER_INCOME", "REALIZED_GAIN_LOSS"),
    ] {
        let account = format!(
            r#"{{"id": {id}, "name": "{name}", "account_type": "{kind}", "account_subtype": "{subtype}", "status": "ACTIVE"}}"#
        );
        server.sandbox.seed("accounts", json(&account)).unwrap();
    }
    server
}

async fn create(server: &Server, path: &str, body: &str) -> i64 {
    server.ok("POST", path, body).await["id"].as_i64().unwrap()
}

/// Creates documents that are settled in every way, and returns requests that take each of that back.
async fn settle(server: &Server) -> Vec<(&'static str, String)> {
    let invoice = |number: &str| {
        format!(
            r#"{{"entity": 1, "client": 9, "invoice_number": "{number}", "invoice_date": "2026-01-05", "due_date": "2026-02-05",
                "currency": "EUR", "exchange_rate": 1.5, "exchange_rate_book": 1.25, "lines": [{{"account": 4, "amount": 100}}]}}"#
        )
    };
    let mut ids = Vec::new();
    for number in ["A", "B", "C", "D"] {
        ids.push(create(server, "/coa/api/v1/invoice/", &invoice(number)).await);
    }
    let pay = |id: i64| format!("/coa/api/v1/invoice/{id}/pay/");
    let manual = r#"{"empty_transactions": [{"account_id": 1, "account_name": "Checking", "amount": 130, "payment_date": "2026-01-20"}]}"#;
    server.ok("POST", &pay(ids[0]), manual).await;
    let entry = r#"{"date": "2026-01-21", "currency": "EUR", "exchange_rate": 1.6, "exchange_rate_book": 1.3, "transactions": [
        {"account": 1, "debit_amount_native": 150}, {"account": 6, "credit_amount_native": 150}]}"#;
    let line = server.ok("POST", "/coa/api/journal_entry", entry).await["transactions"][0]["id"].as_i64().unwrap();
    server
        .ok("POST", &pay(ids[1]), &format!(r#"{{"transactions": [{{"transaction_id": {line}, "amount": 60}}]}}"#))
        .await;
    let memo = r#"{"entity": 1, "client": 9, "credit_memo_number": "M", "credit_memo_date": "2026-01-06", "currency": "EUR",
        "exchange_rate": 1.4, "exchange_rate_book": 1.2, "lines": [{"account": 4, "amount": 40}]}"#;
    let memo = create(server, "/coa/api/v1/credit-memo", memo).await;
    let application =
        format!(r#"{{"credit_memos": [{{"credit_memo_id": {memo}, "amount": 30, "posted_at": "2026-01-25"}}]}}"#);
    server.ok("POST", &pay(ids[2]), &application).await;
    server.ok("POST", &format!("/coa/api/v1/invoice/{}/void/", ids[3]), r#"{"void_date": "2026-02-01"}"#).await;

    let mut requests = Vec::new();
    for id in &ids[..3] {
        let shown = server.ok("GET", &format!("/coa/api/v1/invoice/{id}/"), "").await;
        let payment = shown["payments"][0]["id"].as_i64().unwrap();
        let path = format!("/coa/api/v1/invoice/{id}/payment/{payment}/void/");
        requests.push(("POST", path.clone()));
        requests.push(("DELETE", path));
        requests.push(("DELETE", format!("/coa/api/v1/invoice/{id}/")));
        requests.push(("POST", format!("/coa/api/v1/invoice/{id}/void/")));
        let entry = shown["journal_entry"].as_i64().unwrap();
        requests.push(("DELETE", format!("/coa/api/journal_entry/{entry}")));
    }
    requests.push(("POST", format!("/coa/api/v1/invoice/{}/reopen/", ids[3])));
    requests.push(("POST", format!("/coa/api/v1/credit-memo/{memo}/void/")));
    requests.push(("DELETE", format!("/coa/api/v1/credit-memo/{memo}")));
    requests
}

#[tokio::test]
async fn adopted_records_behave_as_on_the_server_that_has_shown_them() {
    for style in [ResponseStyle::Observed, ResponseStyle::Documented] {
        let original = server(style).await;
        let requests = settle(&original).await;
        let snapshot = original.sandbox.snapshot();
        let mut succeeded = 0;
        for (method, path) in requests {
            original.sandbox.restore(&snapshot).unwrap();
            let copy = copy_of(&original).await;
            let statements = [original.ok("GET", STATEMENT, "").await, copy.ok("GET", STATEMENT, "").await];
            assert_eq!(statements[0], statements[1], "{style:?}");
            let body = if method == "POST" { r#"{"void_date": "2026-02-10"}"# } else { "" };
            let replies = [original.call(method, &path, body).await, copy.call(method, &path, body).await];
            assert_eq!(replies[0].status, replies[1].status, "{style:?} {method} {path}: {replies:?}");
            let statements = [original.ok("GET", STATEMENT, "").await, copy.ok("GET", STATEMENT, "").await];
            assert_eq!(statements[0], statements[1], "{style:?} {method} {path}");
            succeeded += usize::from(replies[0].status < 300);
        }
        assert!(succeeded > 7, "{style:?}: {succeeded}");
    }
}

#[tokio::test]
async fn what_is_no_resource_is_refused_and_nothing_is_added() {
    let server = Server::start().await;
    let record = json(r#"{"id": 1, "name": "x", "_owner": "invoices/1"}"#);
    let (account, other) = (("accounts".to_owned(), record.clone()), ("nothing".to_owned(), record));
    assert!(server.sandbox.adopt(&[account.clone(), other]).is_err());
    assert_eq!(server.sandbox.count("accounts"), 0);
    server.sandbox.adopt(&[account]).unwrap();
    assert!(!server.sandbox.snapshot().to_string().contains("_owner"), "markers are not adopted");
}
