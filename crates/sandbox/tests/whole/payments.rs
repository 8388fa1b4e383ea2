//! Payments and the periods that they are dated in.

use campfire_values::Json;

use crate::laws;
use crate::support::{Server, json};

/// A company whose books are closed through February, and whose invoice, bill, and bank transactions are of that month.
struct Company {
    server: Server,
    entity: i64,
    bank: i64,
    other: i64,
}

impl Company {
    async fn found() -> Self {
        let server = Server::start().await;
        server.sandbox.freeze(true);
        server.sandbox.set_time("2026-03-10T12:00:00Z".parse().unwrap());
        let entity = server.ok("POST", "/coa/api/entity", r#"{"name": "Acme", "currency": "USD"}"#).await;
        let bank = server.account("1000", "ASSET", r#", "account_subtype": "BANK""#).await;
        let other = server.account("6000", "OPERATING_EXPENSES", r#", "account_subtype": "EXPENSE""#).await;
        Company { entity: entity["id"].as_i64().unwrap(), server, bank, other }
    }

    /// Creates a document of 100. Returns its path.
    async fn document(&self, path: &str, fields: &str) -> String {
        let (entity, account) = (self.entity, self.other);
        let lines = format!(r#""lines": [{{"account": {account}, "amount": 100}}]"#);
        let body = format!(r#"{{"entity": {entity}, "due_date": "2026-03-31", {fields}, {lines}}}"#);
        let id = self.server.ok("POST", path, &body).await["id"].clone();
        format!("{}/{id}", path.trim_end_matches('/'))
    }

    /// Posts 100 to the bank, or from it if negative. Returns the bank line.
    async fn transaction(&self, amount: i64) -> Json {
        let (to, from) = if amount > 0 { ("debit", "credit") } else { ("credit", "debit") };
        let (entity, bank, other, amount) = (self.entity, self.bank, self.other, amount.abs());
        let body = format!(
            r#"{{"date": "2026-02-20", "entity": {entity}, "transactions": [
                {{"account": {bank}, "{to}_amount_native": {amount}}}, {{"account": {other}, "{from}_amount_native": {amount}}}]}}"#
        );
        self.server.ok("POST", "/coa/api/journal_entry", &body).await["transactions"][0]["id"].clone()
    }
}

#[tokio::test]
async fn an_entity_may_let_transactions_of_closed_periods_pay() {
    let company = Company::found().await;
    let invoice = company.document("/coa/api/v1/invoice/", r#""client": 7, "invoice_date": "2026-02-10""#).await;
    let fields = r#""vendor": 7, "bill_number": "B", "bill_date": "2026-02-10""#;
    let bill = company.document("/coa/api/v1/bill/", fields).await;
    let memo = company.document("/coa/api/v1/debit-memo", r#""vendor": 7, "debit_memo_date": "2026-02-10""#).await;
    let (received, paid, refunded) =
        (company.transaction(100).await, company.transaction(-100).await, company.transaction(100).await);
    let server = &company.server;
    server.sandbox.close_books(Some("2026-02-28".parse().unwrap()));
    let payment = |line: &Json| format!(r#"{{"transactions": [{{"transaction_id": {line}, "amount": 60}}]}}"#);
    let calls = [(format!("{invoice}/pay/"), payment(&received)), (format!("{bill}/pay/"), payment(&paid))];
    for (path, body) in &calls {
        let error = server.refused(400, "POST", path, body).await;
        assert!(error["detail"].as_str().unwrap().contains("closed"), "{error}");
    }
    let entity = format!("/coa/api/entity/{}", company.entity);
    server.ok("PATCH", &entity, r#"{"allow_payments_in_closed_periods": true}"#).await;
    for (path, body) in &calls {
        server.ok("POST", path, body).await;
        laws::check(server, path).await;
    }
    for document in [&invoice, &bill] {
        let shown = server.ok("GET", &format!("{document}/"), "").await;
        assert_eq!((&shown["amount_due"], shown["payment_status"].as_str()), (&json("40"), Some("partial")));
    }
    // Everything else still needs open books.
    let bank = company.bank;
    let manual = format!(
        r#"{{"empty_transactions": [{{"account_id": {bank}, "account_name": "Bank", "amount": 1, "payment_date": "2026-02-20"}}]}}"#
    );
    server.refused(400, "POST", &format!("{invoice}/pay/"), &manual).await;
    let used =
        format!(r#"{{"transaction_id": {refunded}, "account_id": {bank}, "amount": 1, "payment_date": "2026-02-20"}}"#);
    server.refused(400, "POST", &format!("{memo}/mark-used"), &used).await;
}
