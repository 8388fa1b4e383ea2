//! Currencies: what is settled at another rate than it was posted at is a realized gain or loss.

use campfire_sandbox::{ResponseStyle, Sandbox};
use campfire_values::{Decimal, Json};

use crate::support::{Server, json};

const RECEIVABLES: i64 = 1200;
const PAYABLES: i64 = 2000;
const BANK: i64 = 1000;
const GAIN: i64 = 7900;

async fn start() -> Server {
    let sandbox = Sandbox::builder().response_style(ResponseStyle::Documented).start().await.unwrap();
    sandbox.seed("entities", json(r#"{"id": 1, "name": "Parent", "currency": "USD"}"#)).unwrap();
    for (id, kind, subtype) in [
        (BANK, "ASSET", "BANK"),
        (RECEIVABLES, "ASSET", "ACCOUNTS_RECEIVABLE"),
        (PAYABLES, "LIABILITY", "ACCOUNTS_PAYABLE"),
        (GAIN, "OTHER_INCOME", "REALIZED_GAIN_LOSS"),
        (4000, "REVENUE", "INCOME"),
        (6000, "OPERATING_EXPENSES", "EXPENSE"),
        (9999, "UNCATEGORIZED", "UNCATEGORIZED"),
    ] {
        let account = format!(
            r#"{{"id": {id}, "number": "{id}", "name": "{id}", "account_type": "{kind}", "account_subtype": "{subtype}", "status": "ACTIVE"}}"#
        );
        sandbox.seed("accounts", json(&account)).unwrap();
    }
    Server { sandbox }
}

impl Server {
    /// Returns debits minus credits of an account in the book layer.
    fn balance(&self, account: i64) -> Decimal {
        let lines = self.sandbox.records("transactions");
        let amount = |line: &campfire_values::JsonObject, name: &str| line[name].as_decimal().unwrap_or_default();
        let amounts = lines
            .iter()
            .filter(|line| line["account"].as_i64() == Some(account))
            .map(|line| amount(line, "debit_amount_book").checked_sub(amount(line, "credit_amount_book")).unwrap());
        Decimal::checked_sum(amounts).unwrap()
    }

    fn assert_balances(&self, expected: &[(i64, &str)]) {
        let actual: Vec<_> = expected.iter().map(|(account, _)| (*account, self.balance(*account))).collect();
        let expected: Vec<_> =
            expected.iter().map(|(account, amount)| (*account, amount.parse::<Decimal>().unwrap())).collect();
        assert_eq!(actual, expected);
        let all = self.sandbox.records("transactions");
        for (debit, credit) in [("debit_amount_book", "credit_amount_book"), ("debit_amount", "credit_amount")] {
            let sum = |name: &str| Decimal::checked_sum(all.iter().filter_map(|line| line[name].as_decimal())).unwrap();
            assert_eq!(sum(debit), sum(credit), "the books do not balance");
        }
    }

    /// Creates a document of 1,000 EUR at a rate, and returns its id.
    async fn document(&self, kind: &str, rate: &str) -> i64 {
        self.document_of(kind, "1000", rate).await
    }

    async fn document_of(&self, kind: &str, amount: &str, rate: &str) -> i64 {
        let fields = match kind {
            "invoice" => r#""invoice_date": "2026-03-01", "due_date": "2026-03-31", "client": 7"#,
            "bill" => r#""bill_number": "R-1", "bill_date": "2026-03-01", "due_date": "2026-03-31", "vendor": 7"#,
            "credit-memo" => r#""credit_memo_date": "2026-03-01", "client": 7"#,
            _ => r#""debit_memo_date": "2026-03-01", "vendor": 7"#,
        };
        let account = if kind.starts_with("invoice") || kind.starts_with("credit") { 4000 } else { 6000 };
        let body = format!(
            r#"{{"entity": 1, "currency": "EUR", "exchange_rate": {rate}, "exchange_rate_book": {rate},
                "lines": [{{"account": {account}, "amount": {amount}}}], {fields}}}"#
        );
        let slash = if kind.ends_with("memo") { "" } else { "/" };
        let created = self.ok("POST", &format!("/coa/api/v1/{kind}{slash}"), &body).await;
        created["id"].as_i64().unwrap()
    }

    /// Posts 1,000 EUR on the bank account at a rate, against the uncategorized account. Returns the bank line.
    async fn bank_line(&self, rate: &str, is_incoming: bool) -> i64 {
        let (bank, other) = if is_incoming { ("debit", "credit") } else { ("credit", "debit") };
        let body = format!(
            r#"{{"date": "2026-03-20", "entity": 1, "currency": "EUR", "exchange_rate": {rate}, "exchange_rate_book": {rate},
                "transactions": [{{"account": {BANK}, "{bank}_amount_native": 1000}}, {{"account": 9999, "{other}_amount_native": 1000}}]}}"#
        );
        let entry = self.ok("POST", "/coa/api/journal_entry", &body).await;
        entry["transactions"][0]["id"].as_i64().unwrap()
    }

    async fn pay(&self, kind: &str, id: i64, payments: &str) -> Json {
        self.ok("POST", &format!("/coa/api/v1/{kind}/{id}/pay/"), payments).await
    }
}

/// The book currency is that of the consolidation, so one rate is both.
#[tokio::test]
async fn one_rate_is_enough_in_the_currency_of_the_root_entity() {
    for rate in ["exchange_rate", "exchange_rate_book"] {
        let server = start().await;
        let body = format!(
            r#"{{"entity": 1, "currency": "EUR", "{rate}": 1.10, "bill_number": "R-1", "bill_date": "2026-03-01",
                "due_date": "2026-03-31", "vendor": 7, "lines": [{{"account": 6000, "amount": 1000}}]}}"#
        );
        let id = server.ok("POST", "/coa/api/v1/bill/", &body).await["id"].as_i64().unwrap();
        let payments = format!(
            r#"{{"empty_transactions": [{{"account_id": {BANK}, "account_name": "Bank", "amount": 1150, "currency": "USD",
                "amount_in_bill_currency": 1000, "payment_date": "2026-03-20"}}]}}"#
        );
        server.pay("bill", id, &payments).await;
        let entry = format!(
            r#"{{"date": "2026-03-20", "entity": 1, "currency": "EUR", "{rate}": 1.10, "transactions": [
                {{"account": {BANK}, "credit_amount_native": 10}}, {{"account": 6000, "debit_amount_native": 10}}]}}"#
        );
        server.ok("POST", "/coa/api/journal_entry", &entry).await;
        let lines = server.ok("GET", "/coa/api/transaction?all_time=true&limit=100", "").await;
        let lines = lines["results"].as_array().unwrap();
        assert_eq!(lines.len(), 7);
        for line in lines {
            for side in ["debit_amount", "credit_amount"] {
                assert_eq!(
                    line[side].as_decimal(),
                    line[format!("{side}_book").as_str()].as_decimal(),
                    "{rate}: {line}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_manual_payment_in_the_book_currency_realizes_the_difference() {
    // 1,000 EUR at 1.10 are 1,100 USD.
    for (kind, control, usd, bank, gain) in [
        ("invoice", RECEIVABLES, "1150", "1150", "-50"),
        ("invoice", RECEIVABLES, "1040", "1040", "60"),
        ("bill", PAYABLES, "1150", "-1150", "50"),
        ("bill", PAYABLES, "1040", "-1040", "-60"),
    ] {
        let server = start().await;
        let id = server.document(kind, "1.10").await;
        let payments = format!(
            r#"{{"empty_transactions": [{{"account_id": {BANK}, "account_name": "Bank", "amount": {usd}, "currency": "USD",
                "amount_in_{kind}_currency": 1000, "payment_date": "2026-03-20"}}]}}"#
        );
        server.pay(kind, id, &payments).await;
        server.assert_balances(&[(control, "0"), (BANK, bank), (GAIN, gain)]);
        let document = server.ok("GET", &format!("/coa/api/v1/{kind}/{id}/"), "").await;
        assert_eq!(document["amount_due"].as_decimal(), Some(Decimal::ZERO));
        assert!(document["payments"][0]["fx_gain_loss_realized_transaction"].as_i64().is_some());
        let lines = server.sandbox.records("transactions");
        let on_bank = lines.iter().find(|line| line["account"].as_i64() == Some(BANK)).unwrap();
        assert_eq!(on_bank["currency"], *"USD");
    }
}

#[tokio::test]
async fn a_payment_in_another_currency_must_say_what_it_settles() {
    let server = start().await;
    let id = server.document("invoice", "1.10").await;
    let payments = format!(
        r#"{{"empty_transactions": [{{"account_id": {BANK}, "account_name": "Bank", "amount": 1150, "currency": "USD",
            "payment_date": "2026-03-20"}}]}}"#
    );
    let error = server.refused(400, "POST", &format!("/coa/api/v1/invoice/{id}/pay/"), &payments).await;
    assert!(error["amount_in_invoice_currency"][0].as_str().is_some(), "{error}");
}

#[tokio::test]
async fn a_bank_transaction_at_another_rate_realizes_the_difference_and_gives_it_back() {
    for (kind, control, rate, bank, gain) in [
        ("invoice", RECEIVABLES, "1.15", "1150", "-50"),
        ("invoice", RECEIVABLES, "1.04", "1040", "60"),
        ("bill", PAYABLES, "1.15", "-1150", "50"),
        ("bill", PAYABLES, "1.04", "-1040", "-60"),
    ] {
        let server = start().await;
        let id = server.document(kind, "1.10").await;
        let line = server.bank_line(rate, kind == "invoice").await;
        let payments = format!(r#"{{"transactions": [{{"transaction_id": {line}, "amount": 1000}}]}}"#);
        server.pay(kind, id, &payments).await;
        server.assert_balances(&[(control, "0"), (9999, "0"), (BANK, bank), (GAIN, gain)]);
        let document = server.ok("GET", &format!("/coa/api/v1/{kind}/{id}/"), "").await;
        let payment = document["payments"][0]["id"].as_i64().unwrap();
        let path = format!("/coa/api/v1/{kind}/{id}/payment/{payment}/void/");
        // Voiding posts everything back; deleting leaves no trace.
        let posted = if kind == "invoice" { "1100" } else { "-1100" };
        let uncategorized = if kind == "invoice" { format!("-{bank}") } else { bank[1..].to_owned() };
        let back = [(control, posted), (9999, uncategorized.as_str()), (BANK, bank), (GAIN, "0")];
        server.ok("POST", &path, r#"{"void_date": "2026-03-25"}"#).await;
        server.assert_balances(&back);
        server.ok("DELETE", &path, "").await;
        server.assert_balances(&back);
    }
}

#[tokio::test]
async fn one_transaction_for_several_invoices_realizes_the_difference_of_each() {
    // 400 EUR at 1.12 are 448 USD, 600 EUR at 1.10 are 660 USD: together 1,108 USD.
    for (rate, bank, gain) in [("1.15", "1150", "-42"), ("1.04", "1040", "68")] {
        let server = start().await;
        let (first, second) =
            (server.document_of("invoice", "400", "1.12").await, server.document_of("invoice", "600", "1.10").await);
        let line = server.bank_line(rate, true).await;
        let body = format!(r#"{{"transaction_id": {line}, "invoice_ids": [{first}, {second}]}}"#);
        server.ok("POST", "/coa/api/v1/invoice/bulk-apply-payment", &body).await;
        server.assert_balances(&[(RECEIVABLES, "0"), (9999, "0"), (BANK, bank), (GAIN, gain)]);
    }
}

#[tokio::test]
async fn a_memo_at_another_rate_realizes_the_difference() {
    // The memo is worth 1,150 or 1,040 USD, the invoice 1,100 USD.
    for (rate, gain) in [("1.15", "-50"), ("1.04", "60")] {
        let server = start().await;
        let (invoice, memo) = (server.document("invoice", "1.10").await, server.document("credit-memo", rate).await);
        let body =
            format!(r#"{{"credit_memos": [{{"credit_memo_id": {memo}, "amount": 1000, "posted_at": "2026-03-20"}}]}}"#);
        server.pay("invoice", invoice, &body).await;
        server.assert_balances(&[(RECEIVABLES, "0"), (GAIN, gain)]);
        let (bill, memo) = (server.document("bill", "1.10").await, server.document("debit-memo", rate).await);
        let body =
            format!(r#"{{"debit_memos": [{{"debit_memo_id": {memo}, "amount": 1000, "posted_at": "2026-03-20"}}]}}"#);
        server.pay("bill", bill, &body).await;
        server.assert_balances(&[(PAYABLES, "0"), (GAIN, "0")]);
    }
}

#[tokio::test]
async fn a_memo_settles_only_its_own_currency_and_party() {
    let server = start().await;
    let memo = server.document("credit-memo", "1.10").await;
    let invoice = |currency: &str, client: i64| {
        format!(
            r#"{{"entity": 1, "currency": "{currency}", "client": {client}, "invoice_date": "2026-03-01", "due_date": "2026-03-31",
                "lines": [{{"amount": 1000}}]}}"#
        )
    };
    for (body, reason) in [(invoice("USD", 7), "in EUR"), (invoice("EUR", 8), "belongs to client 7")] {
        let id = server.ok("POST", "/coa/api/v1/invoice/", &body).await["id"].as_i64().unwrap();
        let body =
            format!(r#"{{"credit_memos": [{{"credit_memo_id": {memo}, "amount": 10, "posted_at": "2026-03-20"}}]}}"#);
        let error = server.refused(400, "POST", &format!("/coa/api/v1/invoice/{id}/pay/"), &body).await;
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn the_lines_of_an_intercompany_entry_take_its_rates() {
    let server = start().await;
    server.sandbox.seed("entities", json(r#"{"id": 2, "name": "Subsidiary", "currency": "EUR"}"#)).unwrap();
    // 100 GBP are 120 EUR, and 132 USD.
    let body = format!(
        r#"{{"date": "2026-03-20", "currency": "GBP",
            "exchange_rates": [
                {{"entity": 2, "originating_currency": "GBP", "target_currency": "EUR", "exchange_rate": 1.2}},
                {{"entity": 2, "originating_currency": "EUR", "target_currency": "USD", "exchange_rate": 1.1}}],
            "transactions": [
                {{"entity": 2, "account": {BANK}, "currency": "GBP", "debit_amount_native": 100}},
                {{"entity": 2, "account": 4000, "currency": "GBP", "credit_amount_native": 100}},
                {{"entity": 1, "account": 6000, "currency": "USD", "debit_amount_native": 132}},
                {{"entity": 1, "account": {PAYABLES}, "currency": "USD", "credit_amount_native": 132}}]}}"#
    );
    server.ok("POST", "/coa/api/intercompany-journal-entry", &body).await;
    server.assert_balances(&[(BANK, "120"), (4000, "-120"), (6000, "132"), (PAYABLES, "-132")]);
    let lines = server.sandbox.records("transactions");
    let consolidated = |account: i64, name: &str| {
        lines.iter().find(|line| line["account"].as_i64() == Some(account)).unwrap()[name].as_decimal()
    };
    assert_eq!(consolidated(BANK, "debit_amount"), "132".parse().ok());
    assert_eq!(consolidated(4000, "credit_amount"), "132".parse().ok());
    assert_eq!(consolidated(6000, "debit_amount"), "132".parse().ok());
}
