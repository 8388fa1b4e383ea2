//! Laws that the books keep after every step, whatever the step was.

use std::collections::{BTreeMap, BTreeSet};

use campfire_values::{Decimal, Json, JsonObject};

use crate::support::Server;

/// Checks all laws as of the current day.
pub(crate) async fn check(server: &Server, step: &str) {
    let lines = server.sandbox.records("transactions");
    entries_balance(&lines, step);
    statements_balance(server, &lines, step).await;
    control_accounts_equal_open_documents(server, &lines, step);
    contracts_defer_what_is_billed_and_not_earned(server, &lines, step);
}

pub(crate) fn amount(record: &JsonObject, name: &str) -> Decimal {
    record.get(name).and_then(Json::as_decimal).unwrap_or_default()
}

pub(crate) fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Decimal {
    Decimal::checked_sum(amounts).unwrap()
}

fn minus(one: Decimal, other: Decimal) -> Decimal {
    one.checked_sub(other).unwrap()
}

/// Returns debits minus credits of a line in a layer: `_native`, `_book`, or nothing for the consolidated one.
fn signed(line: &JsonObject, layer: &str) -> Decimal {
    minus(amount(line, &format!("debit_amount{layer}")), amount(line, &format!("credit_amount{layer}")))
}

fn entries_balance(lines: &[JsonObject], step: &str) {
    for layer in ["_book", ""] {
        let mut entries: BTreeMap<i64, Decimal> = BTreeMap::new();
        let mut entities: BTreeMap<Option<i64>, Decimal> = BTreeMap::new();
        for line in lines {
            let entry = entries.entry(line["journal"].as_i64().unwrap()).or_default();
            *entry = sum([*entry, signed(line, layer)]);
            let entity = entities.entry(line.get("entity").and_then(Json::as_i64)).or_default();
            *entity = sum([*entity, signed(line, layer)]);
        }
        assert!(entries.values().all(|sum| sum.is_zero()), "{step}: {layer} {entries:?}");
        assert!(entities.values().all(|sum| sum.is_zero()), "{step}: {layer} {entities:?}");
    }
}

/// Assets equal liabilities and equity, for each entity and for all of them.
async fn statements_balance(server: &Server, lines: &[JsonObject], step: &str) {
    let today = server.sandbox.time().utc_date();
    let entities: BTreeSet<i64> = lines.iter().filter_map(|line| line.get("entity").and_then(Json::as_i64)).collect();
    for entity in entities.into_iter().map(Some).chain([None]) {
        let filter = entity.map_or_else(String::new, |entity| format!("&entity={entity}"));
        let path = format!("/ca/api/get_balance_sheet?start_date={today}&end_date={today}&cadence=daily{filter}");
        let sheet = server.ok("GET", &path, "").await;
        let column = format!("{today}_Total");
        let (mut assets, mut others) = (Decimal::ZERO, Decimal::ZERO);
        for row in sheet["balance_sheet"].as_array().unwrap() {
            let balance = row[&*column].as_decimal().unwrap();
            let side = match row["hierarchy"][0].as_str().unwrap() {
                "LIABILITY" | "EQUITY" => &mut others,
                _ => &mut assets,
            };
            *side = sum([*side, balance]);
        }
        assert_eq!(assets, others, "{step}: the balance sheet of entity {entity:?}");
    }
}

/// Receivables and payables equal what invoices, bills, and memos have open.
fn control_accounts_equal_open_documents(server: &Server, lines: &[JsonObject], step: &str) {
    for (documents, memos, control, memo_control, sign) in [
        ("invoices", "credit_memos", "ar_account", "credit_account", 1),
        ("bills", "debit_memos", "ap_account", "debit_account", -1),
    ] {
        let (documents, memos) = (server.sandbox.records(documents), server.sandbox.records(memos));
        let is_open = |document: &&JsonObject| {
            let closed = ["voided", "draft", "uncollectible"];
            !closed.contains(&document["payment_status"].as_str().unwrap_or_default())
        };
        let is_live = |memo: &&JsonObject| memo["application_status"].as_str() != Some("voided");
        let accounts = documents.iter().filter_map(|document| document.get(control)?.as_i64());
        let accounts: BTreeSet<i64> =
            accounts.chain(memos.iter().filter_map(|memo| memo.get(memo_control)?.as_i64())).collect();
        let posted = lines
            .iter()
            .filter(|line| line.get("account").and_then(Json::as_i64).is_some_and(|id| accounts.contains(&id)));
        let posted = sum(posted.map(|line| signed(line, "")));
        let at_rate = |record: &JsonObject, name: &str| {
            let rate = record.get("exchange_rate").and_then(Json::as_decimal).unwrap_or(Decimal::new(1, 0));
            amount(record, name).checked_mul(rate).unwrap()
        };
        let due = sum(documents.iter().filter(is_open).map(|document| at_rate(document, "amount_due")));
        let left = sum(memos.iter().filter(is_live).map(|memo| at_rate(memo, "amount_remaining")));
        let open = minus(due, left);
        assert_eq!(posted, if sign == 1 { open } else { -open }, "{step}: {control}");
    }
}

/// Deferred revenue less unbilled revenue equals what contracts have billed less what they have earned.
fn contracts_defer_what_is_billed_and_not_earned(server: &Server, lines: &[JsonObject], step: &str) {
    let today = server.sandbox.time().utc_date().to_string();
    let accounts: BTreeSet<i64> = server
        .sandbox
        .records("accounts")
        .iter()
        .filter(|account| {
            matches!(account["account_subtype"].as_str(), Some("DEFERRED_REVENUE" | "UNBILLED_RECEIVABLE"))
        })
        .map(|account| account["id"].as_i64().unwrap())
        .collect();
    let is_past =
        |record: &&JsonObject, name: &str| record.get(name).and_then(Json::as_str).is_some_and(|date| *date <= *today);
    let posted = lines.iter().filter(|line| {
        is_past(line, "posted_at")
            && line.get("account").and_then(Json::as_i64).is_some_and(|id| accounts.contains(&id))
    });
    let posted = sum(posted.map(|line| -signed(line, "_native")));
    let invoices = server.sandbox.records("invoices");
    let contracts: BTreeSet<i64> =
        server.sandbox.records("contracts").iter().map(|contract| contract["id"].as_i64().unwrap()).collect();
    // A voided invoice is billed on its date, and taken back on the date of the voiding.
    let billed_by = |date: &str| {
        let invoices =
            invoices.iter().filter(|invoice| invoice["contract"].as_i64().is_some_and(|id| contracts.contains(&id)));
        let lines =
            invoices.filter(|invoice| is_past(invoice, date)).flat_map(|invoice| invoice["lines"].as_array().unwrap());
        sum(lines.map(|line| line["amount"].as_decimal().unwrap()))
    };
    let billed = minus(billed_by("invoice_date"), billed_by("voided_date"));
    let revenue = server.sandbox.records("revenue_transactions");
    let earned =
        sum(revenue.iter().filter(|row| is_past(row, "transaction_end_date")).map(|row| amount(row, "amount")));
    assert_eq!(posted, minus(billed, earned), "{step}: deferred revenue");
}
