//! Calls from which something follows: each sets up what the operation needs for that.

use campfire_sandbox_model::Operation;

use crate::support::Server;

const CONTRACTS: &str = "/rr/api/v1/contracts";

/// Sets up what the consequences of an operation need. Returns the path and the body of the call. `None` if any call shows
/// what the operation does.
pub(crate) async fn call(server: &Server, operation: &Operation) -> Option<(String, String)> {
    let name = operation.name();
    let changes = ["replace", "update", "delete", "replace_allocations", "update_allocations"].contains(&name);
    match operation.resource() {
        "contracts" if name == "delete" => contract(server).await,
        "contracts.subscriptions" | "contracts.milestones" if changes => item(server, operation).await,
        "contracts.prepaid_commits" if changes => commit(server, operation).await,
        "contracts.prepaid_commits.consumption" if name == "delete" => commit(server, operation).await,
        "fixed_assets" if changes || name == "create" => asset(server, operation).await,
        "intercompany_journal_entries" if changes || name == "create" => intercompany(server, operation).await,
        "transactions" if name == "delete" => line(server).await,
        "vendors" | "departments" | "tags" if name == "delete" => replaced(server, operation).await,
        "reconciliations" if ["confirm_transactions", "delete"].contains(&name) => {
            reconciliation(server, operation).await
        }
        _ => None,
    }
}

async fn id(server: &Server, path: &str, body: &str) -> String {
    server.ok("POST", path, body).await["id"].to_string()
}

/// Creates a contract that has earned nothing yet.
async fn deal(server: &Server) -> String {
    id(server, CONTRACTS, r#"{"deal_name": "Deal", "entity": 1, "currency": "USD"}"#).await
}

async fn product(server: &Server) -> String {
    id(server, "/rr/api/v1/product", r#"{"product_name": "Seats", "recognize_revenue": true}"#).await
}

fn subscription(contract: &str, value: i64) -> String {
    format!(
        r#"{{"contract": {contract}, "start_date": "2026-01-01", "end_date": "2026-02-28",
            "lines": [{{"start_date": "2026-01-01", "end_date": "2026-02-28", "total_value": {value}}}]}}"#
    )
}

/// A contract that has earned something.
async fn contract(server: &Server) -> Option<(String, String)> {
    let contract = deal(server).await;
    let path = format!("{CONTRACTS}/{contract}/subscriptions");
    id(server, &path, &subscription(&contract, 100)).await;
    Some((format!("{CONTRACTS}/{contract}"), String::new()))
}

/// A subscription of 100 or a milestone of 100, of a product.
async fn item(server: &Server, operation: &Operation) -> Option<(String, String)> {
    let is_subscription = operation.resource() == "contracts.subscriptions";
    let contract = deal(server).await;
    let milestone = |amount: i64| {
        format!(
            r#"{{"contract": {contract}, "milestone_name": "M", "milestone_date": "2026-03-01", "amount": {amount}}}"#
        )
    };
    let body = |amount| if is_subscription { subscription(&contract, amount) } else { milestone(amount) };
    let path = format!("{CONTRACTS}/{contract}/{}", if is_subscription { "subscriptions" } else { "milestones" });
    let item = id(server, &path, &body(100)).await;
    let path = format!("{path}/{item}");
    Some(match operation.name() {
        "replace" | "update" => (path, body(300)),
        "delete" => (path, String::new()),
        "replace_allocations" | "update_allocations" => {
            let (one, other) = (product(server).await, product(server).await);
            let lines =
                format!(r#"{{"lines": [{{"product": {one}, "amount": 60}}, {{"product": {other}, "amount": 40}}]}}"#);
            (format!("{path}/allocations"), lines)
        }
        _ => return None,
    })
}

/// A pool of 1000, of which 100 are used.
async fn commit(server: &Server, operation: &Operation) -> Option<(String, String)> {
    let contract = deal(server).await;
    let product = product(server).await;
    let body = |discount: i64| {
        format!(
            r#"{{"contract": {contract}, "name": "Pool", "product": {product}, "total_value": 1000, "start_date": "2026-01-01",
                "expiration_date": "2026-12-31", "discount_percentage": {discount}, "rate": 1}}"#
        )
    };
    let path = format!("{CONTRACTS}/{contract}/prepaid-commits");
    let commit = id(server, &path, &body(0)).await;
    let path = format!("{path}/{commit}");
    let used = r#"{"period_month": "2026-01-01", "gross_usage_amount": 100}"#;
    server.ok("POST", &format!("{path}/consumption"), used).await;
    let page = server.ok("GET", &format!("{path}/consumption"), "").await;
    let row = page["results"][0]["id"].to_string();
    Some(match (operation.resource(), operation.name()) {
        ("contracts.prepaid_commits", "replace" | "update") => (path, body(50)),
        ("contracts.prepaid_commits", "delete") => (path, String::new()),
        ("contracts.prepaid_commits.consumption", "delete") => (format!("{path}/consumption/{row}"), String::new()),
        _ => return None,
    })
}

/// An asset that has depreciated for some months.
async fn asset(server: &Server, operation: &Operation) -> Option<(String, String)> {
    let lost = server.account("1590", "ASSET", "").await;
    let expense = server.account("6500", "OPERATING_EXPENSES", "").await;
    let class = format!(
        r#"{{"name": "Laptops", "useful_life": 36, "accumulated_depreciation_account": {lost},
            "depreciation_expense_account": {expense}}}"#
    );
    let class = id(server, "/coa/api/fixed-asset-class", &class).await;
    let body = |value: i64| {
        format!(
            r#"{{"name": "A", "entity": 1, "purchase_date": "2026-01-01", "initial_value": {value}, "asset_class": {class}}}"#
        )
    };
    let path = "/coa/api/fixed-asset".to_owned();
    Some(match operation.name() {
        "create" => (path, body(3_600)),
        "replace" | "update" => (format!("{path}/{}", id(server, &path, &body(3_600)).await), body(7_200)),
        "delete" => (format!("{path}/{}", id(server, &path, &body(3_600)).await), String::new()),
        _ => return None,
    })
}

async fn intercompany(server: &Server, operation: &Operation) -> Option<(String, String)> {
    let body = |amount: i64| {
        let line = |entity: i64, side: &str| {
            format!(r#"{{"entity": {entity}, "account": 1, "{side}_amount_native": {amount}}}"#)
        };
        let lines = [line(1, "debit"), line(1, "credit"), line(2, "debit"), line(2, "credit")].join(", ");
        format!(r#"{{"date": "2026-03-01", "currency": "USD", "exchange_rates": [], "transactions": [{lines}]}}"#)
    };
    let path = "/coa/api/intercompany-journal-entry".to_owned();
    Some(match operation.name() {
        "create" => (path, body(1)),
        "replace" | "update" => (format!("{path}/{}", id(server, &path, &body(1)).await), body(2)),
        "delete" => (format!("{path}/{}", id(server, &path, &body(1)).await), String::new()),
        _ => return None,
    })
}

/// A ledger line that is the last of its entry.
async fn line(server: &Server) -> Option<(String, String)> {
    let body = r#"{"date": "2026-03-01", "entity": 1, "transactions": [
        {"account": 1, "debit_amount_native": 0}, {"account": 2, "credit_amount_native": 0}]}"#;
    let entry = server.ok("POST", "/coa/api/journal_entry", body).await;
    let path = |line: usize| format!("/coa/api/transaction/{}", entry["transactions"][line]["id"]);
    server.ok("DELETE", &path(0), "").await;
    Some((path(1), String::new()))
}

/// A record that another takes the place of in an invoice.
async fn replaced(server: &Server, operation: &Operation) -> Option<(String, String)> {
    let (path, body) = match operation.resource() {
        "vendors" => ("/coa/api/vendor", r#"{"name": "A", "vendor_type": "customer"}"#),
        "departments" => ("/coa/api/department", r#"{"name": "A", "code": "A"}"#),
        _ => ("/coa/api/tag", r#"{"name": "A"}"#),
    };
    let (old, new) = (id(server, path, body).await, id(server, path, &body.replace("\"A\"", "\"B\"")).await);
    let (client, line) = match operation.resource() {
        "vendors" => (format!(r#""client": {old},"#), String::new()),
        "departments" => (String::new(), format!(r#", "department": {old}"#)),
        _ => (String::new(), format!(r#", "tag_ids": [{old}]"#)),
    };
    let invoice = format!(
        r#"{{"entity": 1, {client} "invoice_date": "2026-03-01", "due_date": "2026-03-31", "lines": [{{"amount": 1 {line}}}]}}"#
    );
    server.ok("POST", "/coa/api/v1/invoice/", &invoice).await;
    let parameter = operation.query.iter().find(|name| name.starts_with("new_"))?;
    Some((format!("{path}/{old}?{parameter}={new}"), String::new()))
}

/// A report over an account with one line.
async fn reconciliation(server: &Server, operation: &Operation) -> Option<(String, String)> {
    let account = server.account("1010", "ASSET", r#", "account_subtype": "BANK""#).await;
    let entry = format!(
        r#"{{"date": "2026-03-02", "entity": 1, "transactions": [{{"account": {account}, "debit_amount_native": 5}},
            {{"credit_amount_native": 5}}]}}"#
    );
    let entry = server.ok("POST", "/coa/api/journal_entry", &entry).await;
    let report = format!(
        r#"{{"account": {account}, "entity": 1, "currency": "USD", "status": "DRAFT",
            "statement_starting_date": "2026-03-01", "statement_ending_date": "2026-03-31", "starting_balance": 0,
            "ending_balance": 5}}"#
    );
    let path = format!("/coa/api/v2/reconciliation/{}", id(server, "/coa/api/v2/reconciliation", &report).await);
    let selected = format!(r#"{{"selected": [{}]}}"#, entry["transactions"][0]["id"]);
    match operation.name() {
        "confirm_transactions" => Some((format!("{path}/transactions/confirm"), selected)),
        "delete" => {
            server.ok("POST", &format!("{path}/transactions/confirm"), &selected).await;
            Some((path, String::new()))
        }
        _ => None,
    }
}
