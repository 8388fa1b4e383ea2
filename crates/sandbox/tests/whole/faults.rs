//! Faults that clients have found, each with a test that fails without its fix.

use campfire_sandbox::{ResponseStyle, Sandbox};
use campfire_values::{Decimal, Json};

use crate::support::{Server, json};

const INVOICES: &str = "/coa/api/v1/invoice/";

fn id(record: &Json) -> i64 {
    record["id"].as_i64().unwrap()
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

impl Server {
    async fn documented() -> Self {
        let builder = Sandbox::builder().response_style(ResponseStyle::Documented);
        Server { sandbox: builder.start().await.unwrap() }
    }

    async fn invoice(&self, fields: &str) -> Json {
        let body = format!(
            r#"{{"entity": 1, "client": 7, "invoice_date": "2026-03-01", "due_date": "2026-03-31",
                "lines": [{{"amount": 100}}] {fields}}}"#
        );
        self.ok("POST", INVOICES, &body).await
    }

    async fn entry(&self, debit: i64, credit: i64, fields: &str) -> Json {
        let body = format!(
            r#"{{"date": "2026-03-05", "entity": 1, "transactions": [{{"account": {debit}, "debit_amount_native": 9}},
                {{"account": {credit}, "credit_amount_native": 9}}] {fields}}}"#
        );
        self.ok("POST", "/coa/api/journal_entry", &body).await
    }
}

#[tokio::test]
async fn lists_over_one_resource_have_counts_of_their_own() {
    let server = Server::start().await;
    for (index, kind) in ["customer", "customer", "vendor", "vendor", "vendor", "vendor"].iter().enumerate() {
        server.sandbox.seed("vendors", json(&format!(r#"{{"name": "{index}", "vendor_type": "{kind}"}}"#))).unwrap();
    }
    for (path, expected) in [("/rr/api/v1/customers", 2), ("/coa/api/vendor", 6)] {
        let page = server.ok("GET", &format!("{path}?limit=10"), "").await;
        assert_eq!(
            (&page["count"], page["results"].as_array().unwrap().len()),
            (&Json::from(expected), expected as usize)
        );
        assert_eq!(page["next"], Json::Null);
    }
    server.account("1000", "ASSET", "").await;
    server.account("4000", "REVENUE", "").await;
    for (path, expected) in [("/coa/api/account", 2), ("/coa/api/account/balance-sheet", 1)] {
        let page = server.ok("GET", &format!("{path}?limit=1"), "").await;
        assert_eq!(page["count"], Json::from(expected), "{path}");
    }
    let page = server.ok("GET", "/coa/api/account/balance-sheet?limit=1&offset=5", "").await;
    assert_eq!(page["next"], Json::Null, "a page beyond the end is the last");
}

#[tokio::test]
async fn only_the_books_set_the_entry_of_a_document() {
    let server = Server::documented().await;
    let body = r#"{"entity": 1, "vendor": 7, "bill_number": "R-1", "bill_date": "2026-03-01", "due_date": "2026-03-31",
        "lines": [{"account": 6000, "amount": 100}]}"#;
    let bill = server.ok("POST", "/coa/api/v1/bill/", body).await;
    let other = server.entry(1, 2, "").await;
    for entry in ["null".to_owned(), id(&other).to_string()] {
        let path = format!("/coa/api/v1/bill/{}/", id(&bill));
        let changed = server.ok("PATCH", &path, &format!(r#"{{"journal_entry": {entry}}}"#)).await;
        assert_eq!(changed["journal_entry"], bill["journal_entry"]);
    }
    assert_eq!(server.sandbox.count("journal_entries"), 2);
    let kept = server.ok("GET", &format!("/coa/api/journal_entry/{}", id(&other)), "").await;
    assert_eq!(kept["transactions"], other["transactions"]);
}

#[tokio::test]
async fn accounts_are_created_on_all_paths_and_settings_are_kept() {
    let server = Server::documented().await;
    for path in ["/coa/api/account/balance-sheet", "/coa/api/account/income-statement"] {
        let body = r#"{"number": "1", "name": "Account", "account_type": "ASSET", "status": "ACTIVE"}"#;
        let created = server.ok("POST", path, body).await;
        assert_ne!(id(&created), 0);
        server.ok("GET", &format!("/coa/api/account/{}", id(&created)), "").await;
    }
    let account = server.account("1250", "ASSET", "").await;
    let body = format!(r#"{{"accounts_receivable": {account}}}"#);
    let path = "/coa/api/chart-account-settings";
    let changed = server.ok("PATCH", path, &body).await;
    assert_eq!(
        (&changed["accounts_receivable"], &changed["accounts_receivable_name_and_number"]),
        (&Json::from(account), &"1250 - A1250".into())
    );
    assert_eq!(server.ok("GET", path, "").await, changed);
    assert_eq!(server.invoice("").await["ar_account"], Json::from(account), "postings use the settings");
}

#[tokio::test]
async fn writing_off_an_invoice_posts_a_bad_debt() {
    let server = Server::documented().await;
    let invoice = server.invoice("").await;
    let path = format!("{INVOICES}{}/", id(&invoice));
    let body = r#"{"payment_status": "uncollectible", "uncollectible_date": "2026-06-30"}"#;
    let written_off = server.ok("PATCH", &path, body).await;
    let entry = written_off["bad_debt_journal_entry"].as_i64().unwrap();
    let entry = server.ok("GET", &format!("/coa/api/journal_entry/{entry}"), "").await;
    assert_eq!(entry["date"], *"2026-06-30");
    let lines = entry["transactions"].as_array().unwrap();
    assert_eq!(lines[0]["debit_amount_native"].as_decimal(), decimal("100"));
    assert_eq!(
        (&lines[1]["account"], lines[1]["credit_amount_native"].as_decimal()),
        (&invoice["ar_account"], decimal("100"))
    );
    let open = server.ok("PATCH", &path, r#"{"payment_status": "open"}"#).await;
    assert_eq!((&open["bad_debt_journal_entry"], &open["uncollectible_date"]), (&Json::Null, &Json::Null));
    assert_eq!(server.sandbox.count("journal_entries"), 1);
}

#[tokio::test]
async fn voiding_by_status_reverses_the_entry() {
    let server = Server::documented().await;
    let invoice = server.invoice("").await;
    let path = format!("{INVOICES}{}/", id(&invoice));
    let voided = server.ok("PATCH", &path, r#"{"payment_status": "voided"}"#).await;
    assert!(voided["voided_date"].as_str().is_some() && voided["voided_journal_entry"].as_i64().is_some(), "{voided}");
    assert_eq!(server.sandbox.count("journal_entries"), 2);
}

#[tokio::test]
async fn an_account_with_postings_cannot_be_deleted() {
    let server = Server::documented().await;
    let (used, unused) = (server.account("1", "ASSET", "").await, server.account("2", "ASSET", "").await);
    server.entry(used, server.account("3", "ASSET", "").await, "").await;
    server.refused(409, "DELETE", &format!("/coa/api/account/{used}"), "").await;
    server.ok("DELETE", &format!("/coa/api/account/{unused}"), "").await;
}

#[tokio::test]
async fn a_deletion_hands_records_over_first() {
    let server = Server::documented().await;
    let department = async |name: &str| {
        id(&server.ok("POST", "/coa/api/department", &format!(r#"{{"name": "{name}", "code": "{name}"}}"#)).await)
    };
    let (old, new) = (department("old").await, department("new").await);
    let body = format!(
        r#"{{"entity": 1, "vendor": 7, "bill_number": "R-1", "bill_date": "2026-03-01", "due_date": "2026-03-31",
            "lines": [{{"account": 6000, "amount": 100, "department": {old}}}]}}"#
    );
    let bill = id(&server.ok("POST", "/coa/api/v1/bill/", &body).await);
    server.refused(400, "DELETE", &format!("/coa/api/department/{old}?new_department=999"), "").await;
    server.ok("DELETE", &format!("/coa/api/department/{old}?new_department={new}"), "").await;
    let bill = server.ok("GET", &format!("/coa/api/v1/bill/{bill}/"), "").await;
    assert_eq!(bill["lines"][0]["department"], Json::from(new));
    let lines = server.sandbox.records("transactions");
    assert!(lines.iter().any(|line| line["department"] == Json::from(new)));
    assert!(lines.iter().all(|line| line["department"] != Json::from(old)));
}

#[tokio::test]
async fn tags_are_shown_by_their_ids() {
    let server = Server::documented().await;
    server.sandbox.seed("tags", json(r#"{"id": 3, "name": "Blue"}"#)).unwrap();
    let entry = server.entry(1, 2, "").await;
    let line = id(&entry["transactions"][0]);
    let shown = server.ok("PATCH", &format!("/coa/api/transaction/{line}"), r#"{"tag_ids": [3]}"#).await;
    assert_eq!((&shown["tags"][0]["id"], &shown["tags"][0]["name"]), (&Json::from(3), &"Blue".into()));
}

#[tokio::test]
async fn automatic_numbers_avoid_given_ones() {
    let server = Server::documented().await;
    server.invoice(r#", "invoice_number": "INV-00002""#).await;
    let next = server.invoice("").await;
    assert_eq!(next["invoice_number"], *"INV-00003");
}

#[tokio::test]
async fn a_preview_shows_the_merged_entry() {
    let server = Server::documented().await;
    let (bank, books) = (server.entry(1000, 1999, "").await, server.entry(1999, 4000, "").await);
    let ids = format!("{},{}", id(&bank["transactions"][1]), id(&books["transactions"][0]));
    let before = server.sandbox.snapshot();
    let preview = server.ok("GET", &format!("/coa/api/transaction/merge?transaction_ids={ids}"), "").await;
    let accounts: Vec<_> =
        preview["transactions"].as_array().unwrap().iter().map(|line| line["account"].as_i64().unwrap()).collect();
    assert_eq!(accounts, [1000, 4000]);
    assert_eq!(server.sandbox.snapshot(), before, "a preview changes nothing");
}

#[tokio::test]
async fn an_entry_is_reversed_by_update_and_by_replace() {
    for method in ["PATCH", "PUT"] {
        let server = Server::documented().await;
        let entry = server.entry(1, 2, "").await;
        let path = format!("/coa/api/journal_entry/{}", id(&entry));
        let mut body = entry.as_object().unwrap().clone();
        body.insert("reversal_date".into(), "2026-04-01".into());
        let text =
            if method == "PUT" { Json::Object(body).to_string() } else { r#"{"reversal_date": "2026-04-01"}"#.into() };
        let changed = server.ok(method, &path, &text).await;
        assert_eq!((&changed["has_reversal"], changed["reversals"].as_array().unwrap().len()), (&true.into(), 1));
        server.ok(method, &path, &text).await;
        assert_eq!(server.sandbox.count("journal_entries"), 2, "an entry is reversed once");
    }
    let server = Server::documented().await;
    let entry = server.entry(1, 2, "").await;
    let reversal = server.entry(2, 1, &format!(r#", "reversal_of": {}"#, id(&entry))).await;
    assert_eq!(reversal["is_reversal"], Json::Bool(true));
    let entry = server.ok("GET", &format!("/coa/api/journal_entry/{}", id(&entry)), "").await;
    assert_eq!((&entry["has_reversal"], id(&entry["reversals"][0])), (&true.into(), id(&reversal)));
}

#[tokio::test]
async fn contracts_keep_to_what_their_kind_allows() {
    let server = Server::documented().await;
    let contracts = "/rr/api/v1/contracts";
    server.refused(400, "POST", contracts, r#"{"is_evergreen": true, "auto_renew": true}"#).await;
    let evergreen =
        id(&server.ok("POST", contracts, r#"{"is_evergreen": true, "skip_evergreen_invoice_generation": true}"#).await);
    let usage = format!(r#"{{"contract": {evergreen}}}"#);
    server.refused(400, "POST", &format!("{contracts}/{evergreen}/usage"), &usage).await;
    let standard = id(&server.ok("POST", contracts, "{}").await);
    let path = format!("{contracts}/{standard}/terminate");
    let body = r#"{"termination_date": "2026-03-31"}"#;
    server.ok("POST", &path, body).await;
    server.refused(400, "POST", &path, body).await;
}

#[tokio::test]
async fn an_action_on_a_missing_record_is_refused() {
    let server = Server::start().await;
    server.refused(404, "POST", "/rr/api/v1/contracts/9/duplicate", "").await;
}

#[tokio::test]
async fn a_memo_that_an_overpayment_has_posted_keeps_its_amount() {
    let server = Server::documented().await;
    let bank = server.account("1000", "ASSET", "").await;
    let invoice = server.invoice("").await;
    let payment = format!(
        r#"{{"empty_transactions": [{{"account_id": {bank}, "account_name": "Bank", "amount": 130, "payment_date": "2026-03-20"}}]}}"#
    );
    let paid = server.ok("POST", &format!("{INVOICES}{}/pay/", id(&invoice)), &payment).await;
    let memo = format!("/coa/api/v1/credit-memo/{}", paid["auto_created_credit_memos"][0]["id"]);
    let shown = server.ok("GET", &memo, "").await;
    for body in [r#"{"lines": [{"account": 2, "amount": 50}]}"#, r#"{"exchange_rate": 2}"#] {
        server.refused(400, "PATCH", &memo, body).await;
    }
    assert_eq!(server.ok("GET", &memo, "").await, shown);
    server.ok("PUT", &memo, &shown.to_string()).await;
    server.ok("PATCH", &memo, r#"{"message_on_credit_memo": "M"}"#).await;
    crate::laws::check(&server, "overpaid").await;
    let payment = format!("{INVOICES}{}/payment/{}/void/", id(&invoice), paid["payment_ids"][0]);
    server.ok("POST", &payment, "").await;
    server.refused(400, "POST", &format!("{memo}/reopen/"), "").await;
    crate::laws::check(&server, "the payment is voided").await;
}

#[tokio::test]
async fn rows_that_are_no_records_have_documented_nulls_only() {
    let server = Server::documented().await;
    let (bank, sales) = (server.account("1000", "ASSET", "").await, server.account("4000", "REVENUE", "").await);
    server.entry(bank, sales, "").await;
    let report = format!(r#"{{"account": {bank}, "entity": 1}}"#);
    let report = id(&server.ok("POST", "/coa/api/v2/reconciliation", &report).await);
    let page = server.ok("GET", &format!("/coa/api/v2/reconciliation/{report}/source-transactions"), "").await;
    let row = &page["results"][0];
    assert_eq!((&row["debit_amount_in_currency"], &row["credit_amount_in_currency"]), (&json("9"), &json("0")));
}

#[tokio::test]
async fn a_statement_beyond_its_documented_range_is_refused() {
    let server = Server::documented().await;
    let (bank, sales) = (server.account("1000", "ASSET", "").await, server.account("4000", "REVENUE", "").await);
    let path = "/ca/api/get_trial_balance?start_date=2026-03-01&end_date=2026-03-31";
    for (amount, status) in [("9999999999999", 200), ("1", 400)] {
        let entry = format!(
            r#"{{"date": "2026-03-05", "entity": 1, "transactions": [{{"account": {bank}, "debit_amount_native": {amount}}},
                {{"account": {sales}, "credit_amount_native": {amount}}}]}}"#
        );
        server.ok("POST", "/coa/api/journal_entry", &entry).await;
        assert_eq!(server.call("GET", path, "").await.status, status);
    }
}

#[tokio::test]
async fn totals_of_totals_stay_in_their_documented_range() {
    let server = Server::documented().await;
    let client = id(&server.ok("POST", "/coa/api/vendor", r#"{"name": "Client", "vendor_type": "customer"}"#).await);
    let contract = async || {
        let body = format!(r#"{{"deal_name": "Deal", "entity": 1, "client": {client}, "currency": "USD"}}"#);
        id(&server.ok("POST", "/rr/api/v1/contracts", &body).await)
    };
    let milestone = async |contract: i64, amount: &str| {
        let body = format!(
            r#"{{"contract": {contract}, "milestone_name": "M", "milestone_date": "2026-03-01", "amount": {amount}}}"#
        );
        server.call("POST", &format!("/rr/api/v1/contracts/{contract}/milestones"), &body).await.status
    };
    let (first, second) = (contract().await, contract().await);
    assert_eq!(milestone(first, "9999999999999").await, 201);
    // The revenue of the contract, and that of the customer.
    assert_eq!((milestone(first, "1").await, milestone(second, "1").await), (400, 400));
    assert_eq!(server.sandbox.count("revenue_transactions"), 1, "a refused call changes nothing");
    assert_eq!(milestone(second, "0.5").await, 201);
}

#[tokio::test]
async fn amounts_that_the_books_set_stay_in_their_documented_range() {
    let server = Server::documented().await;
    let asset = |initial_value: &str| {
        format!(
            r#"{{"name": "Laptop", "purchase_date": "2026-01-01", "initial_value": {initial_value}, "salvage_value": -999999999999999999,
                "depreciation_start_date": "2026-01-01", "depreciation_end_date": "2026-01-31"}}"#
        )
    };
    // The asset loses both values in a month, and that is too much for the row of the schedule.
    let refusal = server.refused(400, "POST", "/coa/api/fixed-asset", &asset("1")).await;
    let message = "`amount` would be 1000000000000000000, which is too large.";
    assert_eq!(refusal["non_field_errors"][0], *message, "{refusal}");
    assert_eq!(server.sandbox.count("fixed_assets"), 0, "a refused call changes nothing");
    server.ok("POST", "/coa/api/fixed-asset", &asset("0")).await;
}

#[tokio::test]
async fn text_matches_its_documented_pattern() {
    let server = Server::documented().await;
    let path = format!("{INVOICES}{}/", id(&server.invoice("").await));
    for wrong in [r#""12345678a""#, "0"] {
        server.refused(400, "PATCH", &path, &format!(r#"{{"ita_allocation_number": {wrong}}}"#)).await;
    }
    server.ok("PATCH", &path, r#"{"ita_allocation_number": "123456789"}"#).await;
}

#[tokio::test]
async fn a_number_that_was_sent_as_text_comes_back_as_text() {
    let server = Server::documented().await;
    let rate = r#"{"entity": 1, "entity_name": 7, "originating_currency": "EUR", "target_currency": "USD", "exchange_rate": 1}"#;
    let body = format!(r#"{{"date": "2026-03-01", "transactions": [], "exchange_rates": [{rate}]}}"#);
    let balanced = server.ok("POST", "/coa/api/intercompany-journal-entry/balance", &body).await;
    assert_eq!(balanced["exchange_rates"][0]["entity_name"], *"7");
}

#[tokio::test]
async fn the_documented_style_proposes_whole_tags() {
    let server = Server::documented().await;
    let tag = server.ok("POST", "/coa/api/tag", r#"{"name": "West"}"#).await;
    let body = format!(
        r#"{{"entity": 1, "vendor": 7, "bill_number": "B", "bill_date": "2026-03-01", "due_date": "2026-03-31",
            "lines": [{{"account": 1, "amount": 10, "tag_ids": [{}]}}]}}"#,
        id(&tag)
    );
    let bill = id(&server.ok("POST", "/coa/api/v1/bill/", &body).await);
    let path = format!("/coa/api/v1/bill/{bill}/empty-transaction-default-department-tags");
    assert_eq!(server.ok("GET", &path, "").await["tags"][0], tag);
}
