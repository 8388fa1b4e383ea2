//! Journal entries: reversals, what a body asks for besides, and what the ledger says of accounts and lines.

use campfire_sandbox::ResponseStyle;
use campfire_values::{Decimal, Json};

use crate::laws;
use crate::support::{Server, json};

const ENTRIES: &str = "/coa/api/journal_entry";
const INTERCOMPANY: &str = "/coa/api/intercompany-journal-entry";

fn decimal(value: &Json) -> Decimal {
    value.as_decimal().unwrap()
}

fn amount(whole: i64) -> Decimal {
    Decimal::new(whole, 0)
}

struct Books {
    server: Server,
    bank: i64,
    loan: i64,
    sales: i64,
}

impl Books {
    async fn open() -> Self {
        let server = Server::start().await;
        server.sandbox.freeze(true);
        server.sandbox.set_time("2026-03-31T12:00:00Z".parse().unwrap());
        let bank = server.account("1000", "ASSET", "").await;
        let loan = server.account("2000", "LIABILITY", "").await;
        let sales = server.account("4000", "REVENUE", "").await;
        Books { server, bank, loan, sales }
    }

    /// Posts an entry with the given lines: account and amount, a debit if positive.
    async fn post(&self, date: &str, fields: &str, lines: &[(i64, i64)]) -> Json {
        let line = |(account, amount): &(i64, i64)| {
            let side = if *amount > 0 { "debit" } else { "credit" };
            format!(r#"{{"account": {account}, "{side}_amount_native": {}}}"#, amount.abs())
        };
        let lines: Vec<String> = lines.iter().map(line).collect();
        let body = format!(r#"{{"date": "{date}", "entity": 1, {fields} "transactions": [{}]}}"#, lines.join(", "));
        self.server.ok("POST", ENTRIES, &body).await
    }

    async fn get(&self, path: &str) -> Json {
        self.server.ok("GET", path, "").await
    }

    async fn balances(&self, account: i64) -> (Decimal, Decimal) {
        let account = self.get(&format!("/coa/api/account/{account}")).await;
        (decimal(&account["current_balance"]), decimal(&account["current_balance_book"]))
    }
}

#[tokio::test]
async fn accounts_show_their_balance_through_today() {
    let books = Books::open().await;
    let rates = r#""currency": "EUR", "exchange_rate_book": 1.25, "exchange_rate": 1.5,"#;
    books.post("2026-03-01", rates, &[(books.bank, 1000), (books.loan, -1000)]).await;
    books.post("2026-03-02", "", &[(books.loan, 400), (books.bank, -400)]).await;
    books.post("2026-04-01", "", &[(books.bank, 7), (books.sales, -7)]).await;
    // In the root currency 1000 × 1.5 − 400, and in that of the entity 1000 × 1.25 − 400.
    assert_eq!(books.balances(books.bank).await, (amount(1100), amount(850)));
    assert_eq!(books.balances(books.loan).await, (amount(1100), amount(850)), "what is owed is positive");
    assert_eq!(books.balances(books.sales).await, (amount(0), amount(0)));
    books.server.sandbox.set_time("2026-04-01T00:00:00Z".parse().unwrap());
    assert_eq!(books.balances(books.sales).await, (amount(7), amount(7)));
    let account = format!("/coa/api/account/{}", books.bank);
    books.server.ok("PATCH", &account, r#"{"current_balance": 5}"#).await;
    assert_eq!(books.balances(books.bank).await.0, amount(1107), "the server sets it");
}

#[tokio::test]
async fn a_ledger_line_names_the_account_on_the_other_side() {
    let books = Books::open().await;
    let entry = books.post("2026-03-01", "", &[(books.bank, 90), (books.sales, -50), (books.loan, -40)]).await;
    let row = async |account: i64| {
        let page = books.get(&format!("/coa/api/transaction?account={account}")).await;
        let row = page["results"][0].clone();
        (
            row["opposing_account_name"].clone(),
            row["opposing_account_number"].clone(),
            decimal(&row["balance_after_transaction"]),
        )
    };
    let bank = (Json::from("1000 - A1000"), Json::from("1000"));
    assert_eq!(row(books.sales).await, (bank.0.clone(), bank.1.clone(), amount(50)));
    assert_eq!(row(books.loan).await, (bank.0, bank.1, amount(40)));
    let several = row(books.bank).await;
    assert!(several.0.is_null() && several.1.is_null() && several.2 == amount(90), "{several:?}");
    let lines = entry["transactions"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["opposing_account_name"].is_null()), "within the entry there is none");
}

#[tokio::test]
async fn a_second_reversal_on_another_day_is_refused() {
    let books = Books::open().await;
    let entry =
        books.post("2026-03-01", r#""reversal_date": "2026-03-31","#, &[(books.bank, 9), (books.sales, -9)]).await;
    let path = format!("{ENTRIES}/{}", entry["id"]);
    books.server.ok("PATCH", &path, r#"{"reversal_date": "2026-03-31"}"#).await;
    let before = books.server.sandbox.snapshot();
    let error = books.server.refused(501, "PATCH", &path, r#"{"memo": "M", "reversal_date": "2026-04-30"}"#).await;
    assert!(error["detail"].as_str().unwrap().contains("reversal_date"), "{error}");
    books.server.refused(501, "PATCH", &path, r#"{"update_reversal": true}"#).await;
    assert_eq!(books.server.sandbox.snapshot(), before, "nothing has happened");
    books.server.ok("PATCH", &path, r#"{"update_reversal": false}"#).await;
    // Without the reversal, the entry can be reversed again.
    books.server.ok("DELETE", &format!("{ENTRIES}/{}", entry["reversals"][0]["id"]), "").await;
    assert_eq!(books.get(&path).await["has_reversal"], Json::Bool(false));
    let again = books.server.ok("PATCH", &path, r#"{"reversal_date": "2026-04-30"}"#).await;
    assert_eq!((&again["has_reversal"], again["reversals"].as_array().unwrap().len()), (&Json::Bool(true), 1));
    laws::check(&books.server, "reversed again").await;
}

#[tokio::test]
async fn an_entry_takes_the_place_of_those_that_it_deletes() {
    let books = Books::open().await;
    let old = books.post("2026-03-01", "", &[(books.bank, 9), (books.sales, -9)]).await;
    let fields = format!(r#""journals_to_delete": [{}],"#, old["id"]);
    let new = books.post("2026-03-02", &fields, &[(books.bank, 10), (books.sales, -10)]).await;
    books.server.refused(404, "GET", &format!("{ENTRIES}/{}", old["id"]), "").await;
    assert_eq!(books.balances(books.bank).await.0, amount(10));
    let path = format!("{ENTRIES}/{}", new["id"]);
    let itself = format!(r#"{{"journals_to_delete": [{}]}}"#, new["id"]);
    books.server.refused(400, "PATCH", &path, &itself).await;
    books.server.refused(400, "PATCH", &path, r#"{"journals_to_delete": [999]}"#).await;
    books.server.sandbox.close_books(Some("2026-03-15".parse().unwrap()));
    let later = format!(
        r#"{{"date": "2026-03-20", "entity": 1, "journals_to_delete": [{}], "transactions": [
            {{"account": {}, "debit_amount_native": 1}}, {{"account": {}, "credit_amount_native": 1}}]}}"#,
        new["id"], books.bank, books.sales
    );
    books.server.refused(400, "POST", ENTRIES, &later).await;
    assert_eq!(books.balances(books.bank).await.0, amount(10), "closed books delete nothing");
}

#[tokio::test]
async fn an_intercompany_entry_is_reversed_for_every_entity() {
    let books = Books::open().await;
    let line = |entity: i64, account: i64, side: &str, amount: i64| {
        format!(r#"{{"entity": {entity}, "account": {account}, "{side}_amount_native": {amount}}}"#)
    };
    let lines = [
        line(1, books.bank, "debit", 30),
        line(1, books.loan, "credit", 30),
        line(2, books.loan, "debit", 30),
        line(2, books.bank, "credit", 30),
    ];
    let body = format!(
        r#"{{"date": "2026-03-10", "currency": "USD", "reversal_date": "2026-03-20", "exchange_rates": [],
            "transactions": [{}]}}"#,
        lines.join(", ")
    );
    let entry = books.server.ok("POST", INTERCOMPANY, &body).await;
    let reversal = &entry["reversals"][0];
    assert_eq!(books.server.sandbox.count("intercompany_journal_entries"), 2);
    let reversal = books.get(&format!("{INTERCOMPANY}/{}", reversal["id"])).await;
    assert_eq!((&reversal["date"], &reversal["reversal_of"]), (&Json::from("2026-03-20"), &entry["id"]));
    let sides = |entry: &Json, side: &str| {
        let lines = entry["transactions"].as_array().unwrap().iter();
        let amounts = lines.filter(|line| !line[side].is_null());
        let mut found: Vec<String> = amounts.map(|line| format!("{} {}", line["entity"], line["account"])).collect();
        found.sort();
        found
    };
    assert_eq!(sides(&reversal, "debit_amount_native"), sides(&entry, "credit_amount_native"));
    assert_eq!(sides(&reversal, "credit_amount_native"), sides(&entry, "debit_amount_native"));
    laws::check(&books.server, "intercompany reversal").await;
    assert_eq!(books.balances(books.bank).await.0, amount(0));
}

#[tokio::test]
async fn a_line_is_not_changed_on_both_sides() {
    let books = Books::open().await;
    let entry = books.post("2026-03-01", "", &[(books.bank, 9), (books.sales, -9)]).await;
    let path = format!("/coa/api/transaction/{}", entry["transactions"][0]["id"]);
    books.server.refused(501, "PATCH", &path, r#"{"note": "N", "apply_both_sides": true}"#).await;
    assert!(books.get(&path).await["note"].is_null());
    books.server.ok("PATCH", &path, r#"{"note": "N", "apply_both_sides": false}"#).await;
}

#[tokio::test]
async fn a_state_is_found_by_the_filter_as_it_is_shown() {
    let server = Server::lenient(ResponseStyle::Documented).await;
    server.sandbox.seed("bill_drafts", json(r#"{"id": 3, "entity": 1}"#)).unwrap();
    let drafts = server.ok("GET", "/coa/api/v1/bill-draft", "").await;
    let shown = drafts[0]["status"].as_str().unwrap().to_owned();
    let found = server.ok("GET", &format!("/coa/api/v1/bill-draft?status={shown}"), "").await;
    assert_eq!(found.as_array().unwrap().len(), 1);
    let others = server.ok("GET", "/coa/api/v1/bill-draft?status=promoted", "").await;
    assert_eq!(others, json("[]"));
}

#[tokio::test]
async fn a_new_draft_shows_that_nothing_has_read_its_file() {
    for style in [ResponseStyle::Observed, ResponseStyle::Documented] {
        let server = Server::lenient(style).await;
        server.ok("POST", "/coa/api/v1/bill-draft", r#"{"source": "ui_upload", "entity": 1}"#).await;
        let draft = &server.ok("GET", "/coa/api/v1/bill-draft?status=parsing", "").await[0];
        assert_eq!(draft["status"], Json::from("parsing"));
        let path = format!("/coa/api/v1/bill-draft/{}", draft["id"]);
        // A body does not set it.
        server.ok("PATCH", &path, r#"{"status": "ready", "extracted_bill_number": "B-1"}"#).await;
        let draft = server.ok("GET", &path, "").await;
        assert_eq!((draft["status"].as_str(), draft["extracted_bill_number"].as_str()), (Some("parsing"), Some("B-1")));
    }
}

#[tokio::test]
async fn manual_entries_do_not_post_to_receivables_unless_the_account_allows_it() {
    let books = Books::open().await;
    let account = books.server.account("1200", "ASSET", r#", "account_subtype": "ACCOUNTS_RECEIVABLE""#).await;
    let body = format!(
        r#"{{"date": "2026-03-20", "entity": 1, "transactions": [{{"account": {account}, "debit_amount_native": 1}},
            {{"account": {}, "credit_amount_native": 1}}]}}"#,
        books.sales
    );
    books.server.refused(400, "POST", ENTRIES, &body).await;
    let entry = books.post("2026-03-20", "", &[(books.bank, 1), (books.sales, -1)]).await;
    books.server.refused(400, "PUT", &format!("{ENTRIES}/{}", entry["id"]), &body).await;
    let path = format!("/coa/api/account/{account}");
    books.server.ok("PATCH", &path, r#"{"skip_subledger_validation": true}"#).await;
    books.server.ok("POST", ENTRIES, &body).await;
    assert_eq!(books.balances(account).await.0, amount(1));
}

/// A company in the United States with a subsidiary in Germany.
async fn group() -> (Server, i64, i64) {
    let server = Server::start().await;
    let us = server.ok("POST", "/coa/api/entity", r#"{"name": "US", "currency": "USD"}"#).await["id"].as_i64().unwrap();
    let de = format!(r#"{{"name": "DE", "currency": "EUR", "parent": {us}}}"#);
    let de = server.ok("POST", "/coa/api/entity", &de).await["id"].as_i64().unwrap();
    (server, us, de)
}

#[tokio::test]
async fn intercompany_lines_are_completed_without_being_stored() {
    let (server, us, de) = group().await;
    let body = |rates: &str, amount: i64| {
        format!(
            r#"{{"date": "2026-03-01", "exchange_rates": [{rates}], "transactions": [
                {{"entity": {us}, "account": 1, "debit_amount_native": 22}}, {{"entity": {us}, "account": 2, "credit_amount_native": 22}},
                {{"entity": {de}, "account": 3, "currency": "GBP", "debit_amount_native": 16}},
                {{"entity": {de}, "account": 4, "currency": "GBP", "credit_amount_native": {amount}}}]}}"#
        )
    };
    let rate = |from: &str, to: &str, rate: &str| {
        format!(
            r#"{{"entity": {de}, "originating_currency": "{from}", "target_currency": "{to}", "exchange_rate": {rate}}}"#
        )
    };
    let rates = [rate("GBP", "EUR", "1.25"), rate("EUR", "USD", "1.1")].join(", ");
    let path = format!("{INTERCOMPANY}/balance");
    let before = server.sandbox.snapshot();
    let completed = server.ok("POST", &path, &body(&rates, 16)).await;
    let lines = completed["transactions"].as_array().unwrap();
    // 16 GBP at 1.25 are 20 EUR, and those at 1.1 are 22 USD.
    for (line, side) in [(2, "debit"), (3, "credit")] {
        let of = |layer: &str| decimal(&lines[line][&*format!("{side}_amount{layer}")]);
        assert_eq!([of("_native"), of("_book"), of("")], [amount(16), amount(20), amount(22)]);
    }
    assert_eq!(decimal(&lines[0]["debit_amount"]), amount(22));
    // The accounts of balancing lines are not documented, and the sandbox has no rates.
    server.refused(501, "POST", &path, &body(&rates, 15)).await;
    server.refused(501, "POST", &path, &body("", 16)).await;
    assert_eq!(server.sandbox.snapshot(), before);

    let error = server.refused(400, "POST", INTERCOMPANY, &body(&rate("GBP", "EUR", "1.25"), 16)).await;
    let missing = format!(r#"["The entry needs a rate from EUR to USD for entity {de}."]"#);
    assert_eq!(error["exchange_rates"], json(&missing));
    let entry = server.ok("POST", INTERCOMPANY, &body(&rates, 16)).await;
    assert_eq!(decimal(&entry["transactions"][2]["debit_amount_book"]), amount(20));
    laws::check(&server, "intercompany").await;
}

#[tokio::test]
async fn records_show_those_above_them() {
    let (server, us, de) = group().await;
    let entity = server.ok("GET", &format!("/coa/api/entity/{de}"), "").await;
    assert_eq!(entity["lineage_array"], json(&format!(r#"["{us}", "{de}"]"#)));
    let parent = server.ok("POST", "/coa/api/vendor", r#"{"name": "A"}"#).await["id"].clone();
    let child = server.ok("POST", "/coa/api/vendor", &format!(r#"{{"name": "B", "parent": {parent}}}"#)).await;
    assert_eq!(child["lineage_array"], json(&format!(r#"["{parent}", "{}"]"#, child["id"])));
    server.ok("PATCH", &format!("/coa/api/vendor/{parent}"), &format!(r#"{{"parent": {}}}"#, child["id"])).await;
    server.ok("GET", &format!("/coa/api/vendor/{parent}"), "").await;
}

#[tokio::test]
async fn an_operation_that_needs_a_connection_is_refused() {
    let server = Server::start().await;
    server.refused(404, "POST", "/coa/api/v1/bill/9/sync-to-ramp/", "").await;
    let bill = r#"{"entity": 1, "vendor": 7, "bill_number": "B", "bill_date": "2026-03-01", "due_date": "2026-03-31",
        "lines": [{"account": 6000, "amount": 100}]}"#;
    let bill = server.ok("POST", "/coa/api/v1/bill/", bill).await;
    let error = server.refused(400, "POST", &format!("/coa/api/v1/bill/{}/sync-to-ramp/", bill["id"]), "").await;
    assert_eq!(error["detail"], Json::from("No connection to Ramp is enabled."));
    server.refused(404, "GET", "/coa/api/v1/invoice/report/1/data", "").await;
}
