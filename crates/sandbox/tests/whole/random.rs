//! Random operations over all areas, and the laws after each.

use std::time::Duration;

use campfire_values::Json;
use fastrand::Rng;

use crate::laws;
use crate::support::Server;

/// A company on which random operations act.
struct Company {
    server: Server,
    random: Rng,
    bank: i64,
    expense: i64,
    client: i64,
    vendor: i64,
    class: i64,
}

/// The kinds of operations. Each gets an equal share.
const OPERATIONS: usize = 22;

impl Company {
    async fn new(seed: u64) -> Self {
        let server = Server::start().await;
        server.sandbox.freeze(true);
        server.sandbox.set_time("2026-01-15T12:00:00Z".parse().unwrap());
        let id = async |path: &str, body: &str| server.ok("POST", path, body).await["id"].as_i64().unwrap();
        let bank = server.account("1000", "ASSET", r#", "account_subtype": "BANK""#).await;
        let expense = server.account("6000", "OPERATING_EXPENSES", r#", "account_subtype": "EXPENSE""#).await;
        let lost = server.account("1590", "ASSET", r#", "account_subtype": "FIXED_ASSET""#).await;
        let client = id("/coa/api/vendor", r#"{"name": "Client", "vendor_type": "customer"}"#).await;
        let vendor = id("/coa/api/vendor", r#"{"name": "Vendor"}"#).await;
        let class = format!(
            r#"{{"name": "C", "useful_life": 6, "depreciation_expense_account": {expense}, "accumulated_depreciation_account": {lost}}}"#
        );
        let class = id("/coa/api/fixed-asset-class", &class).await;
        let contract = format!(
            r#"{{"deal_name": "D", "client": {client}, "entity": 1, "currency": "USD", "contract_start_date": "2026-01-01"}}"#
        );
        id("/rr/api/v1/contracts", &contract).await;
        Company { random: Rng::with_seed(seed), server, bank, expense, client, vendor, class }
    }

    fn amount(&mut self) -> String {
        format!("{}.{:02}", self.random.u32(1..2_000), self.random.u32(0..100))
    }

    /// Returns a day of the first half of the year.
    fn day(&mut self) -> String {
        format!("2026-{:02}-{:02}", self.random.u32(1..7), self.random.u32(1..29))
    }

    fn currency(&mut self) -> String {
        match self.random.u32(0..3) {
            0 => r#""currency": "EUR", "exchange_rate": 1.1, "exchange_rate_book": 1.1"#.to_owned(),
            1 => r#""currency": "GBP", "exchange_rate": 1.25, "exchange_rate_book": 1.25"#.to_owned(),
            _ => r#""currency": "USD""#.to_owned(),
        }
    }

    /// Returns the id of any record of a resource, or one that does not exist.
    fn any(&mut self, resource: &str) -> i64 {
        let records = self.server.sandbox.records(resource);
        let chosen = self.random.choice(records).and_then(|record| record["id"].as_i64());
        chosen.unwrap_or(999_999)
    }

    /// Performs one random operation, which may be refused, and returns what it was.
    async fn step(&mut self) -> String {
        let (method, path, body) = match self.random.usize(0..OPERATIONS) {
            0..=5 => self.document(),
            6..=10 => self.settlement(),
            11..=15 => self.revenue(),
            16 | 17 => self.entry(),
            18 => self.asset(),
            operation => return self.control(operation),
        };
        let reply = self.server.call(method, &path, &body).await;
        let step = format!("{method} {path} {body}: {}", reply.status);
        assert!(reply.status < 500, "{step} {}", reply.body);
        step
    }

    fn lines(&mut self) -> String {
        let (expense, product) = (self.expense, self.random.bool());
        let mut line = || {
            let tax = if product { self.amount() } else { "0".to_owned() };
            format!(r#"{{"account": {expense}, "amount": {}, "tax": {tax}}}"#, self.amount())
        };
        [line(), line()].join(", ")
    }

    /// Creates, changes, voids, reopens, or deletes a document.
    fn document(&mut self) -> (&'static str, String, String) {
        let (resource, path, date) = [
            ("invoices", "/coa/api/v1/invoice/", "invoice_date"),
            ("bills", "/coa/api/v1/bill/", "bill_date"),
            ("credit_memos", "/coa/api/v1/credit-memo", "credit_memo_date"),
            ("debit_memos", "/coa/api/v1/debit-memo", "debit_memo_date"),
        ][self.random.usize(0..4)];
        let (client, vendor, day, lines, currency) =
            (self.client, self.vendor, self.day(), self.lines(), self.currency());
        let id = self.any(resource);
        let record = format!("{}/{id}{}", path.trim_end_matches('/'), if path.ends_with('/') { "/" } else { "" });
        let action = |name: &str| format!("{}/{name}/", record.trim_end_matches('/'));
        match self.random.usize(0..8) {
            0..=3 => {
                let contract = match resource {
                    "invoices" if self.random.bool() => format!(r#""contract": {}, "#, self.any("contracts")),
                    _ => String::new(),
                };
                let number = self.random.u32(..);
                let fields = format!(
                    r#"{{"entity": 1, "client": {client}, "vendor": {vendor}, "bill_number": "B{number}", "{date}": "{day}",
                        "due_date": "{day}", {contract}{currency}, "lines": [{lines}]}}"#
                );
                ("POST", path.to_owned(), fields)
            }
            4 => ("PATCH", record, format!(r#"{{"lines": [{lines}]}}"#)),
            5 => ("DELETE", record, String::new()),
            6 => ("POST", action("void"), format!(r#"{{"void_date": "{day}"}}"#)),
            _ => ("POST", action("reopen"), String::new()),
        }
    }

    /// Pays a document, or takes a payment back.
    fn settlement(&mut self) -> (&'static str, String, String) {
        let (kind, memos, memo) = match self.random.bool() {
            true => ("invoice", "credit_memos", "credit_memo"),
            false => ("bill", "debit_memos", "debit_memo"),
        };
        let id = self.any(if kind == "invoice" { "invoices" } else { "bills" });
        let (day, amount) = (self.day(), self.amount());
        let pay = format!("/coa/api/v1/{kind}/{id}/pay/");
        match self.random.usize(0..4) {
            0 | 1 => {
                let bank = self.bank;
                let payment = format!(
                    r#"{{"account_id": {bank}, "account_name": "Bank", "amount": {amount}, "payment_date": "{day}"}}"#
                );
                ("POST", pay, format!(r#"{{"empty_transactions": [{payment}]}}"#))
            }
            2 => {
                let used = self.any(memos);
                let applied = format!(r#"{{"{memo}_id": {used}, "amount": {amount}, "posted_at": "{day}"}}"#);
                ("POST", pay, format!(r#"{{"{memo}s": [{applied}]}}"#))
            }
            _ => {
                let payment = self.any(if kind == "invoice" { "invoices.payments" } else { "bills.payments" });
                let method = if self.random.bool() { "POST" } else { "DELETE" };
                (method, format!("/coa/api/v1/{kind}/{id}/payment/{payment}/void/"), String::new())
            }
        }
    }

    /// Creates or changes contracts and their items.
    fn revenue(&mut self) -> (&'static str, String, String) {
        let contracts = "/rr/api/v1/contracts";
        let (client, id, amount, day) = (self.client, self.any("contracts"), self.amount(), self.day());
        match self.random.usize(0..7) {
            0 => {
                let evergreen = self.random.bool();
                let body = format!(
                    r#"{{"deal_name": "D", "client": {client}, "entity": 1, "currency": "USD", "contract_start_date": "2026-01-01", "is_evergreen": {evergreen}, "skip_evergreen_invoice_generation": {evergreen}, "billing_frequency": "monthly"}}"#
                );
                ("POST", contracts.to_owned(), body)
            }
            1 | 2 => {
                let method = ["standard", "thirty_day", "daily"][self.random.usize(0..3)];
                let body = format!(
                    r#"{{"contract": {id}, "start_date": "{day}", "period_amount": {amount}, "proration_method": "{method}", "lines": [
                        {{"start_date": "{day}", "end_date": "2026-11-20", "total_value": {amount}}}]}}"#
                );
                ("POST", format!("{contracts}/{id}/subscriptions"), body)
            }
            3 => {
                let body = format!(
                    r#"{{"contract": {id}, "milestone_name": "M", "milestone_date": "{day}", "amount": {amount}}}"#
                );
                ("POST", format!("{contracts}/{id}/milestones"), body)
            }
            4 => ("POST", format!("{contracts}/{id}/terminate"), format!(r#"{{"termination_date": "{day}"}}"#)),
            5 => {
                let item = self.any("contracts.subscriptions");
                let lines = format!(
                    r#"{{"lines": [{{"start_date": "{day}", "end_date": "2026-10-05", "total_value": {amount}}}]}}"#
                );
                ("PATCH", format!("{contracts}/{id}/subscriptions/{item}"), lines)
            }
            _ => {
                let item = self.any("contracts.subscriptions");
                ("DELETE", format!("{contracts}/{id}/subscriptions/{item}"), String::new())
            }
        }
    }

    fn entry(&mut self) -> (&'static str, String, String) {
        let (amount, day, bank, expense) = (self.amount(), self.day(), self.bank, self.expense);
        let reversal =
            if self.random.bool() { format!(r#""reversal_date": "{}", "#, self.day()) } else { String::new() };
        let body = format!(
            r#"{{"date": "{day}", "entity": 1, {reversal}"transactions": [
                {{"account": {expense}, "debit_amount_native": {amount}}}, {{"account": {bank}, "credit_amount_native": {amount}}}]}}"#
        );
        let id = self.any("journal_entries");
        match self.random.usize(0..3) {
            0 | 1 => ("POST", "/coa/api/journal_entry".to_owned(), body),
            _ => ("DELETE", format!("/coa/api/journal_entry/{id}"), String::new()),
        }
    }

    fn asset(&mut self) -> (&'static str, String, String) {
        let (amount, day, class, id) = (self.amount(), self.day(), self.class, self.any("fixed_assets"));
        let path = "/coa/api/fixed-asset";
        match self.random.usize(0..3) {
            0 | 1 => {
                let body = format!(
                    r#"{{"name": "A", "entity": 1, "currency": "USD", "purchase_date": "{day}", "initial_value": {amount}, "asset_class": {class}}}"#
                );
                ("POST", path.to_owned(), body)
            }
            _ => ("PATCH", format!("{path}/{id}"), format!(r#"{{"initial_value": {amount}}}"#)),
        }
    }

    /// Moves the clock, closes the books, or restores a snapshot.
    fn control(&mut self, operation: usize) -> String {
        match operation {
            19 => {
                let days = self.random.u64(1..25);
                self.server.sandbox.advance(Duration::from_secs(days * 24 * 60 * 60));
                format!("advance by {days} days")
            }
            20 => {
                let through = self.random.bool().then(|| self.day());
                self.server.sandbox.close_books(through.as_ref().map(|day| day.parse().unwrap()));
                format!("close the books through {through:?}")
            }
            _ => {
                let before = self.server.sandbox.snapshot();
                self.server.sandbox.restore(&before).unwrap();
                let after = self.server.sandbox.snapshot();
                assert!(after["records"] == before["records"], "the records differ after a restore");
                "snapshot and restore".to_owned()
            }
        }
    }
}

/// Runs operations of a seed. Returns how many the sandbox accepted.
async fn run(seed: u64, operations: usize) -> usize {
    let mut company = Company::new(seed).await;
    let mut accepted = 0;
    for number in 0..operations {
        let step = company.step().await;
        accepted += usize::from(!step.ends_with(": 400") && !step.ends_with(": 404") && !step.ends_with(": 409"));
        laws::check(&company.server, &format!("seed {seed}, operation {number}: {step}")).await;
    }
    accepted
}

#[tokio::test]
async fn the_laws_hold_after_random_operations() {
    let mut accepted = 0;
    for seed in 1..3 {
        accepted += run(seed, 40).await;
    }
    // Most operations must do something, or the laws say nothing.
    assert!(accepted > 40, "{accepted} of 80");
}

#[tokio::test]
#[ignore = "minutes; cargo test -p campfire-sandbox --test whole -- --ignored random"]
async fn the_laws_hold_after_many_random_operations() {
    for seed in 100..120 {
        run(seed, 200).await;
    }
}

#[tokio::test(flavor = "current_thread")]
async fn the_laws_hold_while_64_write_at_once() {
    let company = std::sync::Arc::new(Company::new(7).await);
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..64_u32 {
        let company = company.clone();
        writers.spawn(async move {
            let client = company.client;
            let invoice = format!(
                r#"{{"entity": 1, "client": {client}, "invoice_date": "2026-01-10", "due_date": "2026-02-10", "lines": [{{"amount": {}}}]}}"#,
                number + 1
            );
            let invoice: Json = company.server.ok("POST", "/coa/api/v1/invoice/", &invoice).await;
            let payment = format!(
                r#"{{"empty_transactions": [{{"account_id": {}, "account_name": "B", "amount": 1, "payment_date": "2026-01-12"}}]}}"#,
                company.bank
            );
            company.server.ok("POST", &format!("/coa/api/v1/invoice/{}/pay/", invoice["id"]), &payment).await;
            invoice["invoice_number"].as_str().unwrap().to_owned()
        });
    }
    let mut numbers = writers.join_all().await;
    laws::check(&company.server, "64 writers").await;
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 64);
}
