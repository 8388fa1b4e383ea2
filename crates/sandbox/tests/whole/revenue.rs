//! Revenue recognition, with figures worked out by hand.

use std::time::Duration;

use campfire_values::{Decimal, Json};

use crate::support::{Server, json};

const CONTRACTS: &str = "/rr/api/v1/contracts";

/// A contract of a sandbox.
struct Deal {
    server: Server,
    id: i64,
}

impl Deal {
    async fn new(fields: &str) -> Self {
        let server = Server::start().await;
        server.sandbox.freeze(true);
        server.sandbox.set_time("2026-05-15T12:00:00Z".parse().unwrap());
        let body = format!(r#"{{"deal_name": "Deal", "entity": 1, "currency": "USD"{fields}}}"#);
        let id = server.ok("POST", CONTRACTS, &body).await["id"].as_i64().unwrap();
        Deal { server, id }
    }

    async fn below(&self, path: &str, fields: &str) -> Json {
        let body = format!(r#"{{"contract": {}, {fields}}}"#, self.id);
        self.server.ok("POST", &format!("{CONTRACTS}/{}/{path}", self.id), &body).await
    }

    /// Creates a subscription of one line.
    async fn subscription(&self, start: &str, end: &str, value: &str, fields: &str) -> Json {
        let line = format!(r#"{{"start_date": "{start}", "end_date": "{end}", "total_value": {value}}}"#);
        self.below(
            "subscriptions",
            &format!(r#""start_date": "{start}", "end_date": "{end}", "lines": [{line}]{fields}"#),
        )
        .await
    }

    async fn invoice(&self, date: &str, lines: &str) -> i64 {
        let body = format!(
            r#"{{"entity": 1, "contract": {}, "invoice_date": "{date}", "due_date": "{date}", "lines": [{lines}]}}"#,
            self.id
        );
        self.server.ok("POST", "/coa/api/v1/invoice/", &body).await["id"].as_i64().unwrap()
    }

    /// Returns the revenue transactions, as `first..last amount`.
    fn revenue(&self) -> Vec<String> {
        let text = |row: &campfire_values::JsonObject, name: &str| row[name].as_str().unwrap().to_owned();
        let row = |row: &campfire_values::JsonObject| {
            format!("{}..{} {}", text(row, "transaction_date"), text(row, "transaction_end_date"), row["amount"])
        };
        let mut rows: Vec<String> = self.server.sandbox.records("revenue_transactions").iter().map(row).collect();
        rows.sort();
        rows
    }

    /// Returns the balances of deferred, unbilled, and earned revenue through a day. Checks that all accounts add up to
    /// zero.
    fn balances(&self, through: &str) -> [Decimal; 3] {
        let mut balances = [Decimal::ZERO; 3];
        let mut sum = Decimal::ZERO;
        for line in self.server.sandbox.records("transactions") {
            if line["posted_at"].as_str().unwrap() > through {
                continue;
            }
            let side = |name: &str| line.get(name).and_then(Json::as_decimal).unwrap_or_default();
            let debit = side("debit_amount").checked_sub(side("credit_amount")).unwrap();
            sum = sum.checked_add(debit).unwrap();
            let (index, debit) = match line["account_name"].as_str().unwrap() {
                "2300 - Deferred Revenue" => (0, -debit),
                "1250 - Unbilled Revenue" => (1, debit),
                "4000 - Sales" => (2, -debit),
                _ => continue,
            };
            balances[index] = balances[index].checked_add(debit).unwrap();
        }
        assert!(sum.is_zero(), "{sum}");
        balances
    }

    fn assert_balances(&self, through: &str, expected: [i64; 3]) {
        assert_eq!(self.balances(through), expected.map(|amount| Decimal::new(amount, 0)), "{through}");
    }

    async fn contract(&self) -> Json {
        self.server.ok("GET", &format!("{CONTRACTS}/{}", self.id), "").await
    }
}

#[tokio::test]
async fn an_invoice_in_advance_is_deferred_and_earned_month_by_month() {
    let deal = Deal::new("").await;
    deal.invoice("2026-01-01", r#"{"amount": 12000, "tax": 1200}"#).await;
    deal.assert_balances("2026-12-31", [12_000, 0, 0]);
    deal.subscription("2026-01-01", "2026-12-31", "12000", "").await;
    assert_eq!(deal.revenue().len(), 12);
    assert_eq!(deal.revenue()[1], "2026-02-01..2026-02-28 1000");
    deal.assert_balances("2026-01-30", [12_000, 0, 0]);
    deal.assert_balances("2026-03-31", [9_000, 0, 3_000]);
    deal.assert_balances("2026-12-31", [0, 0, 12_000]);
    let contract = deal.contract().await;
    assert_eq!(contract["total_revenue"], json("12000"));
    // Four months have passed.
    assert_eq!(contract["total_deferred_revenue"], json("8000"));
    // The tax is billed, but not earned.
    assert_eq!(contract["total_billed"], json("13200"));
}

#[tokio::test]
async fn revenue_before_the_invoice_is_unbilled() {
    let deal = Deal::new("").await;
    deal.subscription("2026-01-01", "2026-03-31", "3000", "").await;
    deal.assert_balances("2026-02-28", [0, 2_000, 2_000]);
    let invoice = deal.invoice("2026-02-15", r#"{"amount": 3000}"#).await;
    // 1,000 were earned: they are cleared, and the rest is deferred.
    deal.assert_balances("2026-02-15", [2_000, 0, 1_000]);
    deal.assert_balances("2026-02-28", [1_000, 0, 2_000]);
    deal.assert_balances("2026-03-31", [0, 0, 3_000]);
    deal.server.ok("POST", &format!("/coa/api/v1/invoice/{invoice}/void/"), r#"{"void_date": "2026-03-10"}"#).await;
    // 2,000 were earned by then, and nothing is billed any more.
    deal.assert_balances("2026-03-10", [0, 2_000, 2_000]);
    deal.assert_balances("2026-03-31", [0, 3_000, 3_000]);
    deal.server.ok("POST", &format!("/coa/api/v1/invoice/{invoice}/reopen/"), "").await;
    deal.assert_balances("2026-03-31", [0, 0, 3_000]);
    deal.server.ok("DELETE", &format!("/coa/api/v1/invoice/{invoice}/"), "").await;
    deal.assert_balances("2026-03-31", [0, 3_000, 3_000]);
}

#[tokio::test]
async fn partial_months_are_prorated_by_the_chosen_method() {
    for (fields, expected) in [
        ("", ["34.04", "65.96"]),
        (r#", "proration_method": "thirty_day""#, ["33.33", "66.67"]),
        // 16 and 28 of 44 days.
        (r#", "use_daily_accounting": true"#, ["36.36", "63.64"]),
    ] {
        let deal = Deal::new("").await;
        deal.subscription("2026-01-16", "2026-02-28", "100", fields).await;
        let amounts: Vec<String> = deal.revenue().iter().map(|row| row.split(' ').nth(1).unwrap().to_owned()).collect();
        assert_eq!(amounts, expected, "{fields}");
    }
}

#[tokio::test]
async fn elapsed_months_are_caught_up_on_their_date() {
    let deal = Deal::new("").await;
    deal.subscription("2026-01-01", "2026-04-30", "4000", r#", "use_catchup": true, "catchup_date": "2026-03-10""#)
        .await;
    assert_eq!(
        deal.revenue(),
        ["2026-03-01..2026-03-31 1000", "2026-03-10..2026-03-10 2000", "2026-04-01..2026-04-30 1000"]
    );
}

#[tokio::test]
async fn an_entity_catches_up_on_the_day_of_signing_unless_its_period_is_closed() {
    for (closed_through, day) in
        [(None, "2026-02-20"), (Some("2026-01-31"), "2026-02-20"), (Some("2026-02-28"), "2026-03-01")]
    {
        let deal = Deal::new(r#", "closed_date": "2026-02-20""#).await;
        let entity = r#"{"name": "Acme", "currency": "USD", "auto_apply_catchup_for_closed_periods": true}"#;
        let entity = deal.server.ok("POST", "/coa/api/entity", entity).await["id"].clone();
        let contract = format!("{CONTRACTS}/{}", deal.id);
        deal.server.ok("PATCH", &contract, &format!(r#"{{"entity": {entity}}}"#)).await;
        deal.server.sandbox.close_books(closed_through.map(|day| day.parse().unwrap()));
        deal.subscription("2026-01-01", "2026-04-30", "4000", "").await;
        let caught_up = format!("{day}..{day} {}", if day < "2026-03-01" { 1000 } else { 2000 });
        assert!(deal.revenue().contains(&caught_up), "{closed_through:?}: {:?}", deal.revenue());
    }
}

#[tokio::test]
async fn a_changed_amended_or_deleted_subscription_changes_what_is_earned() {
    let deal = Deal::new("").await;
    let id = deal.subscription("2026-01-01", "2026-02-28", "200", "").await["id"].as_i64().unwrap();
    let path = format!("{CONTRACTS}/{}/subscriptions/{id}", deal.id);
    let before: Vec<Json> = ids(&deal);
    let lines = r#"{"lines": [{"start_date": "2026-01-01", "end_date": "2026-02-28", "total_value": 300}]}"#;
    deal.server.ok("PATCH", &path, lines).await;
    assert_eq!(deal.revenue(), ["2026-01-01..2026-01-31 150", "2026-02-01..2026-02-28 150"]);
    assert_eq!(ids(&deal), before);
    deal.assert_balances("2026-02-28", [0, 300, 300]);
    // An amendment adds the difference to what was there before.
    let line = r#"{"start_date": "2026-02-01", "end_date": "2026-02-28", "original_value": 150, "total_value": 180}"#;
    deal.below(
        "subscriptions",
        &format!(r#""is_contract_amendment": true, "modified_subscription": {id}, "lines": [{line}]"#),
    )
    .await;
    deal.assert_balances("2026-02-28", [0, 330, 330]);
    deal.server.ok("DELETE", &path, "").await;
    deal.assert_balances("2026-02-28", [0, 30, 30]);
}

fn ids(deal: &Deal) -> Vec<Json> {
    deal.server.sandbox.records("revenue_transactions").iter().map(|row| row["id"].clone()).collect()
}

#[tokio::test]
async fn a_terminated_contract_earns_nothing_after_its_end() {
    let deal = Deal::new("").await;
    deal.subscription("2026-01-01", "2026-12-31", "12000", "").await;
    deal.below("milestones", r#""milestone_name": "Late", "milestone_date": "2026-09-01", "amount": 500"#).await;
    deal.server
        .ok("POST", &format!("{CONTRACTS}/{}/terminate", deal.id), r#"{"termination_date": "2026-04-15"}"#)
        .await;
    // Three months, and 15 of 30 days.
    deal.assert_balances("2026-12-31", [0, 3_500, 3_500]);
    let contract = deal.contract().await;
    assert_eq!((&contract["total_revenue"], &contract["working_end_date"]), (&json("3500"), &json(r#""2026-04-15""#)));
}

#[tokio::test]
async fn closed_books_protect_what_was_earned() {
    let deal = Deal::new("").await;
    let id = deal.subscription("2026-01-01", "2026-03-31", "300", "").await["id"].as_i64().unwrap();
    deal.server.sandbox.close_books(Some("2026-01-31".parse().unwrap()));
    let path = format!("{CONTRACTS}/{}/subscriptions/{id}", deal.id);
    let lines = |value: u32| {
        format!(r#"{{"lines": [{{"start_date": "2026-01-01", "end_date": "2026-03-31", "total_value": {value}}}]}}"#)
    };
    deal.server.refused(400, "PATCH", &path, &lines(600)).await;
    deal.server.ok("PATCH", &path, r#"{"notes": "unchanged"}"#).await;
    deal.assert_balances("2026-03-31", [0, 300, 300]);
}

#[tokio::test]
async fn milestones_products_and_allocations_decide_what_is_earned() {
    let deal = Deal::new("").await;
    let milestone =
        deal.below("milestones", r#""milestone_name": "Go-live", "milestone_date": "2026-05-20", "amount": 700"#).await;
    assert_eq!(milestone["revenue_transaction_id"], ids(&deal)[0]);
    let products = ["{}", r#"{"recognize_revenue": false}"#, r#"{"is_immediate_recognition": true}"#];
    let [usual, unrecorded, immediate] =
        products.map(|product| deal.server.sandbox.seed("products", json(product)).unwrap());
    for product in [unrecorded, immediate] {
        deal.subscription("2026-01-01", "2026-01-31", "50", &format!(r#", "product": {product}"#)).await;
    }
    assert_eq!(deal.revenue(), ["2026-05-20..2026-05-20 700"]);
    // What is earned at once is not deferred.
    deal.invoice(
        "2026-01-01",
        &format!(r#"{{"amount": 40, "product": {immediate}}}, {{"amount": 60, "product": {usual}}}"#),
    )
    .await;
    deal.assert_balances("2026-01-31", [60, 0, 40]);
    let id = deal.subscription("2026-01-01", "2026-01-31", "90", "").await["id"].as_i64().unwrap();
    let lines =
        format!(r#"{{"lines": [{{"product": {usual}, "amount": 60}}, {{"product": {immediate}, "amount": 30}}]}}"#);
    deal.server.ok("PUT", &format!("{CONTRACTS}/{}/subscriptions/{id}/allocations", deal.id), &lines).await;
    assert_eq!(deal.revenue(), ["2026-01-01..2026-01-31 60", "2026-05-20..2026-05-20 700"]);
}

#[tokio::test]
async fn evergreen_contracts_earn_their_billing_periods() {
    let fields = r#", "is_evergreen": true, "skip_evergreen_invoice_generation": true,
        "billing_frequency": "quarterly", "contract_start_date": "2026-01-01""#;
    let deal = Deal::new(fields).await;
    let body =
        r#""start_date": "2026-01-01", "renewal_behavior": "FOLLOW_CONTRACT", "period_amount": 300, "lines": []"#;
    deal.below("subscriptions", body).await;
    let revenue = deal.revenue();
    assert_eq!(
        revenue[..3],
        ["2026-01-01..2026-01-31 100", "2026-02-01..2026-02-28 100", "2026-03-01..2026-03-31 100"]
    );
    // The period that contains the current day is complete, and is the last one.
    assert_eq!((revenue.len(), revenue[5].as_str()), (6, "2026-06-01..2026-06-30 100"));
    assert_eq!(deal.contract().await["effective_end_date"], json(r#""2026-06-30""#));
    deal.server.sandbox.advance(Duration::from_secs(60 * 24 * 60 * 60));
    assert_eq!(deal.revenue().len(), 9);
    assert_eq!(deal.contract().await["effective_end_date"], json(r#""2026-09-30""#));
}

#[tokio::test]
async fn a_contract_brings_its_commits_along() {
    let commit = r#", "prepaid_commits": [{"name": "Pool", "total_value": 500, "start_date": "2026-01-01"}]"#;
    let deal = Deal::new(commit).await;
    let page = deal.server.ok("GET", &format!("{CONTRACTS}/{}/prepaid-commits", deal.id), "").await;
    let found = &page["results"][0];
    assert_eq!((page["count"].as_i64(), found["contract"].as_i64()), (Some(1), Some(deal.id)));
    assert_eq!((found["status"].as_str(), &found["remaining_value"]), (Some("ACTIVE"), &json("500")));
    // A change of the contract brings no more.
    deal.server.ok("PATCH", &format!("{CONTRACTS}/{}", deal.id), r#"{"deal_name": "Other"}"#).await;
    assert_eq!(deal.server.sandbox.count("contracts.prepaid_commits"), 1);
}

#[tokio::test]
async fn a_prepaid_commit_is_drawn_down_and_then_exceeded() {
    let deal = Deal::new("").await;
    let commit = r#""name": "Pool", "total_value": 1000, "discount_percentage": 20, "start_date": "2026-01-01", "expiration_date": "2099-12-31""#;
    let id = deal.below("prepaid-commits", commit).await["id"].as_i64().unwrap();
    let path = format!("{CONTRACTS}/{}/prepaid-commits/{id}", deal.id);
    for (month, gross) in [("2026-02-01", 500), ("2026-01-01", 1000)] {
        let body = format!(r#"{{"period_month": "{month}", "gross_usage_amount": {gross}}}"#);
        deal.server.ok("POST", &format!("{path}/consumption"), &body).await;
    }
    let page = deal.server.ok("GET", &format!("{path}/consumption"), "").await;
    let mut months = page["results"].as_array().unwrap().to_vec();
    months.sort_by_key(|month| month["period_start"].as_str().unwrap().to_owned());
    let figures = |month: &Json| {
        ["discount_amount", "net_consumption_amount", "overage_amount", "balance_before", "balance_after"]
            .map(|name| month[name].to_string())
    };
    assert_eq!(figures(&months[0]), ["200", "800", "0", "1000", "200"]);
    // 200 of the pool cover 250 of use; the other 250 cost the full rate.
    assert_eq!(figures(&months[1]), ["50", "200", "250", "200", "0"]);
    let commit = deal.server.ok("GET", &path, "").await;
    assert_eq!((commit["status"].as_str(), &commit["remaining_value"]), (Some("EXHAUSTED"), &json("0")));
    assert_eq!(
        deal.revenue(),
        ["2026-01-01..2026-01-31 800", "2026-02-01..2026-02-28 200", "2026-02-01..2026-02-28 250"]
    );
    deal.server.ok("DELETE", &format!("{path}/consumption/{}", months[1]["id"]), "").await;
    let commit = deal.server.ok("GET", &path, "").await;
    assert_eq!((commit["status"].as_str(), &commit["remaining_value"]), (Some("ACTIVE"), &json("200")));
    assert_eq!(deal.revenue(), ["2026-01-01..2026-01-31 800"]);
}

#[tokio::test]
async fn an_invoice_is_tied_to_the_revenue_transactions_that_it_bills() {
    let deal = Deal::new("").await;
    deal.subscription("2026-01-01", "2026-02-28", "200", "").await;
    let ids: Vec<Json> =
        deal.server.sandbox.records("revenue_transactions").iter().map(|row| row["id"].clone()).collect();
    let body = format!(
        r#"{{"entity": 1, "contract": {}, "invoice_date": "2026-01-31", "due_date": "2026-02-28", "invoice_number": "N-1",
            "revenue_transactions": [{}], "lines": [{{"amount": 100}}]}}"#,
        deal.id, ids[0]
    );
    let invoice = deal.server.ok("POST", "/coa/api/v1/invoice/", &body).await["id"].clone();
    let billed = async || {
        let mut numbers = Vec::new();
        for id in &ids {
            let row = deal.server.ok("GET", &format!("/rr/api/v1/transactions/{id}"), "").await;
            numbers.push((row["invoice"].clone(), row.get("invoice_number").cloned().unwrap_or_default()));
        }
        numbers
    };
    let (tied, free) = ((invoice.clone(), Json::from("N-1")), (Json::Null, Json::Null));
    assert_eq!(billed().await, [tied.clone(), free.clone()]);
    let path = format!("/coa/api/v1/invoice/{invoice}/");
    deal.server.ok("PATCH", &path, &format!(r#"{{"revenue_transactions": [{}]}}"#, ids[1])).await;
    assert_eq!(billed().await, [free.clone(), tied]);
    deal.server.refused(400, "PATCH", &path, r#"{"revenue_transactions": [9999]}"#).await;
    deal.server.ok("DELETE", &path, "").await;
    assert_eq!(billed().await, [free.clone(), free]);
}

#[tokio::test]
async fn a_product_may_be_left_out_of_recurring_revenue() {
    let deal = Deal::new("").await;
    let product = async |fields: &str| {
        let body = format!(r#"{{"product_name": "P"{fields}}}"#);
        deal.server.ok("POST", "/rr/api/v1/product", &body).await["id"].as_i64().unwrap()
    };
    let (usual, excluded) = (product("").await, product(r#", "exclude_from_mrr": true"#).await);
    for (product, mrr) in [(usual, 30), (excluded, 500)] {
        let fields = format!(r#", "product": {product}, "mrr": {mrr}"#);
        deal.subscription("2026-01-01", "2026-12-31", "360", &fields).await;
    }
    deal.subscription("2026-01-01", "2026-12-31", "360", r#", "mrr": 7"#).await;
    assert_eq!(deal.contract().await["total_mrr"], json("37"));
}
