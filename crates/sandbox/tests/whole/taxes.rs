//! Taxes, discounts, and withheld amounts.

use campfire_values::Json;

use crate::laws;
use crate::support::{Server, json};

/// Creates a bill of 110 with a tax of 10. Returns it, with the amounts of its ledger lines by account.
async fn bill(behavior: &str) -> (Json, Vec<String>) {
    let server = Server::start().await;
    let account =
        r#"{"number": "6000", "name": "Costs", "account_type": "OPERATING_EXPENSES", "account_subtype": "EXPENSE"}"#;
    let account = server.ok("POST", "/coa/api/account", account).await["id"].clone();
    let body = format!(
        r#"{{"entity": 1, "vendor": 7, "bill_number": "B", "bill_date": "2026-03-01", "due_date": "2026-03-31",
            "tax_behavior": "{behavior}", "lines": [{{"account": {account}, "amount": 110, "tax": 10}}]}}"#
    );
    let bill = server.ok("POST", "/coa/api/v1/bill/", &body).await;
    laws::check(&server, behavior).await;
    let lines = server.sandbox.records("transactions");
    let line = |line: &campfire_values::JsonObject| {
        let side = if line.get("debit_amount").is_some_and(|amount| !amount.is_null()) {
            "debit_amount"
        } else {
            "credit_amount"
        };
        format!("{} {} {}", line["account_name"].as_str().unwrap(), &side[..1], line[side])
    };
    let mut lines: Vec<String> = lines.iter().map(line).collect();
    lines.sort();
    (bill, lines)
}

#[tokio::test]
async fn inclusive_amounts_contain_the_tax() {
    let (bill, lines) = bill("inclusive").await;
    assert_eq!((&bill["total_amount"], &bill["amount_due"]), (&json("110"), &json("110")));
    assert_eq!(lines, ["1450 - Input Tax d 10", "2000 - Accounts Payable c 110", "6000 - Costs d 100"]);
}

#[tokio::test]
async fn exclusive_amounts_do_not_contain_the_tax() {
    let (bill, lines) = bill("exclusive").await;
    assert_eq!(bill["total_amount"], json("120"));
    assert_eq!(lines, ["1450 - Input Tax d 10", "2000 - Accounts Payable c 120", "6000 - Costs d 110"]);
}

#[tokio::test]
async fn a_percentage_comes_to_an_amount_and_withholding_is_refused() {
    let server = Server::start().await;
    let invoice = r#"{"entity": 1, "invoice_date": "2026-03-01", "due_date": "2026-03-31",
        "lines": [{"amount": 80, "discount_percentage": 12.5}]}"#;
    let invoice = server.ok("POST", "/coa/api/v1/invoice/", invoice).await;
    assert_eq!((&invoice["lines"][0]["discount_amount"], &invoice["total_amount"]), (&json("10"), &json("80")));
    let payment = r#"{"empty_transactions": [{"account_id": 1, "account_name": "Bank", "amount": 70, "payment_date": "2026-03-20",
        "withholding_amount": 10}]}"#;
    let path = format!("/coa/api/v1/invoice/{}/pay/", invoice["id"]);
    let error = server.refused(501, "POST", &path, payment).await;
    assert!(error["detail"].as_str().unwrap().contains("withheld tax"), "{error}");
    assert_eq!(server.sandbox.count("invoices.payments"), 0);
}
