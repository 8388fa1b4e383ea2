//! Fixed assets, with figures worked out by hand.

use std::time::Duration;

use campfire_values::{Json, JsonObject};

use crate::support::{Server, json};

const ASSETS: &str = "/coa/api/fixed-asset";
const DAY: u64 = 24 * 60 * 60;

/// A sandbox on 2026-01-10, with a class of assets that last four months.
async fn register() -> (Server, i64) {
    let server = Server::start().await;
    server.sandbox.freeze(true);
    server.sandbox.set_time("2026-01-10T12:00:00Z".parse().unwrap());
    let fixed = r#", "account_subtype": "FIXED_ASSET""#;
    let cost = server.account("1500", "ASSET", fixed).await;
    let lost = server.account("1590", "ASSET", fixed).await;
    let expense = server.account("6500", "OPERATING_EXPENSES", "").await;
    let class = format!(
        r#"{{"name": "Laptops", "useful_life": 4, "asset_account": {cost}, "accumulated_depreciation_account": {lost},
            "depreciation_expense_account": {expense}}}"#
    );
    let class = server.ok("POST", "/coa/api/fixed-asset-class", &class).await["id"].as_i64().unwrap();
    (server, class)
}

/// Returns the rows of an asset, as `date amount`, with a `*` if posted.
fn rows(asset: &Json) -> Vec<String> {
    let row = |row: &Json| {
        let mark = if row["posted"].as_bool() == Some(true) { "*" } else { "" };
        format!("{} {}{mark}", row["post_date"].as_str().unwrap(), row["amount"])
    };
    asset["depreciations"].as_array().unwrap_or_default().iter().map(row).collect()
}

/// Returns the postings to an account, as `date amount`, debits positive.
fn postings(server: &Server, name: &str) -> Vec<String> {
    let lines = server.sandbox.records("transactions").into_iter();
    let line = |line: &JsonObject| match line.get("debit_amount").and_then(Json::as_decimal) {
        Some(debit) => format!("{} {debit}", line["posted_at"].as_str().unwrap()),
        None => format!("{} -{}", line["posted_at"].as_str().unwrap(), line["credit_amount"]),
    };
    lines.filter(|line| line["account_name"].as_str() == Some(name)).map(|found| line(&found)).collect()
}

#[tokio::test]
async fn an_asset_depreciates_as_the_clock_moves() {
    let (server, class) = register().await;
    let body = format!(
        r#"{{"name": "Laptop", "entity": 1, "currency": "USD", "purchase_date": "2026-01-08", "initial_value": 1000,
            "salvage_value": 100, "asset_class": {class}}}"#
    );
    let asset = server.ok("POST", ASSETS, &body).await;
    assert_eq!(rows(&asset), ["2026-01-31 225", "2026-02-28 225", "2026-03-31 225", "2026-04-30 225"]);
    assert_eq!((&asset["net_book_value"], asset["status"].as_str()), (&json("1000"), Some("ACTIVE")));
    server.sandbox.advance(Duration::from_secs(50 * DAY));
    assert_eq!(postings(&server, "6500 - A6500"), ["2026-01-31 225", "2026-02-28 225"]);
    assert_eq!(postings(&server, "1590 - A1590"), ["2026-01-31 -225", "2026-02-28 -225"]);
    let path = format!("{ASSETS}/{}", asset["id"]);
    let asset = server.ok("GET", &path, "").await;
    assert_eq!(rows(&asset)[1..3], ["2026-02-28 225*", "2026-03-31 225"]);
    assert_eq!(asset["net_book_value"], json("550"));
    let entry = &asset["depreciations"][0]["journal_entry"];
    server.refused(409, "DELETE", &format!("/coa/api/journal_entry/{entry}"), "").await;
    server.sandbox.advance(Duration::from_secs(100 * DAY));
    let asset = server.ok("GET", &path, "").await;
    assert_eq!((&asset["net_book_value"], asset["status"].as_str()), (&json("100"), Some("DEPRECIATED")));
    // A second look posts nothing more.
    assert_eq!(postings(&server, "6500 - A6500").len(), 4);
    server.ok("DELETE", &path, "").await;
    assert!(postings(&server, "6500 - A6500").is_empty());
}

#[tokio::test]
async fn a_changed_asset_keeps_what_is_posted() {
    let (server, class) = register().await;
    let body = |value: u32| {
        format!(
            r#"{{"name": "Laptop", "entity": 1, "currency": "USD", "purchase_date": "2026-01-08", "initial_value": {value},
                "asset_class": {class}}}"#
        )
    };
    let asset = server.ok("POST", ASSETS, &body(400)).await;
    server.sandbox.advance(Duration::from_secs(30 * DAY));
    let path = format!("{ASSETS}/{}", asset["id"]);
    // 600 in four months, of which 100 are posted: 500 in the other three.
    let expected = ["2026-01-31 100*", "2026-02-28 166.67", "2026-03-31 166.66", "2026-04-30 166.67"];
    let changed = server.ok("PATCH", &path, r#"{"initial_value": 600}"#).await;
    assert_eq!(rows(&changed), expected);
    // A replacement has no rows, but the entry is still there.
    assert_eq!(rows(&server.ok("PUT", &path, &body(600)).await), expected);
    let renamed = server.ok("PATCH", &path, r#"{"name": "Old laptop"}"#).await;
    assert_eq!(rows(&renamed), expected);
    assert_eq!(postings(&server, "6500 - A6500"), ["2026-01-31 100"]);
}

#[tokio::test]
async fn the_start_follows_imports_conventions_and_closed_books() {
    let (server, class) = register().await;
    let create = async |fields: &str| {
        let body = format!(
            r#"{{"name": "Laptop", "entity": 1, "currency": "USD", "initial_value": 400, "asset_class": {class}, {fields}}}"#
        );
        server.ok("POST", ASSETS, &body).await
    };
    // What was depreciated elsewhere is not posted.
    let imported = create(r#""purchase_date": "2025-10-20", "depreciated_until": "2025-11-30""#).await;
    assert_eq!(rows(&imported), ["2025-10-31 100*", "2025-11-30 100*", "2025-12-31 100*", "2026-01-31 100"]);
    assert_eq!(postings(&server, "6500 - A6500"), ["2025-12-31 100"]);
    server
        .ok(
            "PATCH",
            "/coa/api/chart-account-settings",
            r#"{"enable_mid_month_convention": true, "mid_month_threshold": 15}"#,
        )
        .await;
    assert_eq!(rows(&create(r#""purchase_date": "2026-01-15""#).await)[0], "2026-01-31 100");
    assert_eq!(rows(&create(r#""purchase_date": "2026-01-16""#).await)[0], "2026-02-28 100");
    assert!(rows(&create(r#""purchase_date": "2026-01-16", "is_non_depreciable": true"#).await).is_empty());
    // A row in a closed period waits until the books are open.
    server.sandbox.close_books(Some("2026-01-31".parse().unwrap()));
    server.sandbox.advance(Duration::from_secs(30 * DAY));
    assert_eq!(postings(&server, "6500 - A6500").len(), 1);
    server.sandbox.close_books(None);
    server.sandbox.advance(Duration::from_secs(DAY));
    assert_eq!(postings(&server, "6500 - A6500").len(), 3);
}

#[tokio::test]
async fn rules_turn_postings_into_assets_or_matches() {
    let (server, class) = register().await;
    let cost = server.sandbox.records("accounts")[0]["id"].as_i64().unwrap();
    let bank = server.sandbox.records("accounts")[1]["id"].as_i64().unwrap();
    let entry = |amount: u32| {
        format!(
            r#"{{"date": "2026-01-05", "entity": 1, "transactions": [
                {{"account": {cost}, "debit_amount_native": {amount}, "bank_description": "Laptop", "entity": 1}},
                {{"account": {bank}, "credit_amount_native": {amount}, "entity": 1}}]}}"#
        )
    };
    for amount in [499, 500] {
        server.ok("POST", "/coa/api/journal_entry", &entry(amount)).await;
    }
    let unmatched = async || server.ok("GET", &format!("{ASSETS}/reconciliation/unmatched-gl"), "").await;
    // Two debits of the asset account, and two credits of the account for depreciation.
    assert_eq!(unmatched().await.as_array().unwrap().len(), 4);
    let rule = format!(
        r#"{{"name": "Watch", "entity": 1, "account": {cost}, "amount_threshold": 500, "asset_class": {class}}}"#
    );
    let rule = server.ok("POST", "/coa/api/fixed-asset-automation/", &rule).await["id"].as_i64().unwrap();
    for _ in 0..2 {
        server.ok("POST", "/coa/api/fixed-asset-automation/run", "{}").await;
    }
    let assets = server.sandbox.records("fixed_assets");
    assert_eq!(assets.len(), 1);
    assert_eq!(unmatched().await.as_array().unwrap().len(), 3);
    assert_eq!((assets[0]["name"].as_str(), &assets[0]["initial_value"]), (Some("Laptop"), &json("500")));
    assert_eq!(rows(&Json::Object(assets[0].clone()))[0], "2026-01-31 125");
    server
        .ok(
            "PATCH",
            &format!("/coa/api/fixed-asset-automation/{rule}/"),
            r#"{"needs_review": true, "amount_threshold": 400}"#,
        )
        .await;
    server.ok("POST", "/coa/api/fixed-asset-automation/run", &format!(r#"{{"rule_id": {rule}}}"#)).await;
    let matches = server.sandbox.records("fixed_assets.automation_matches");
    assert_eq!(matches.len(), 1);
    assert_eq!(matches[0]["proposed_initial_value"], json("499"));
    server.refused(400, "POST", "/coa/api/fixed-asset-automation/run", r#"{"rule_id": 99999}"#).await;
}
