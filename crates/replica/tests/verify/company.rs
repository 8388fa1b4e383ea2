//! A company on a sandbox that does random business, and copies of its books.

use campfire::sandbox::{Demo, Sandbox};
use campfire::types::{
    BillCreate, CreditMemoCreate, InvoiceCreate, JournalEntryCreate, PaymentApplication, VoidBill, VoidInvoice,
};
use campfire::{Client, Date, Decimal, JsonObject, List, Timestamp, tables};
use campfire_replica::verify::memory::MemoryCopy;
use fastrand::Rng;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The tables that are verified.
pub(crate) const TABLES: [&str; 5] = ["transactions", "invoices", "credit_memos", "bills", "debit_memos"];

/// The memo of the entries that are not posted by a document.
const MEMO: &str = "Other";

/// A company on a sandbox.
pub(crate) struct Company {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
}

impl Company {
    pub(crate) async fn start() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let client = sandbox.client().unwrap();
        Company { sandbox, client }
    }

    /// Starts over: a year of business of another company.
    pub(crate) async fn found(&self, random: &mut Rng, rows: usize) {
        self.sandbox.reset().unwrap();
        self.sandbox.demo(&Demo::default().rows(rows).seed(random.u64(..))).unwrap();
        self.trade(random, 8).await;
    }

    /// Does random business. What the books do not allow is refused, and changes nothing.
    pub(crate) async fn trade(&self, random: &mut Rng, steps: usize) {
        for _ in 0..steps {
            let customer = self.any(random, "vendors", |vendor| vendor["vendor_type"] == "customer");
            let vendor = self.any(random, "vendors", |vendor| vendor["vendor_type"] == "vendor");
            // Not those of receivables and payables, which only documents explain.
            let accounts = [(); 3].map(|()| {
                self.any(random, "accounts", |account| {
                    account["account_subtype"] != "ACCOUNTS_RECEIVABLE"
                        && account["account_subtype"] != "ACCOUNTS_PAYABLE"
                })
            });
            let bank = self.any(random, "accounts", |account| account["account_subtype"] == "BANK");
            let done = match random.u8(..9) {
                0..3 => self.client.journal_entries().create(&entry(random, accounts)).await.map(drop),
                3 => self.client.invoices().create(&invoice(random, customer)).await.map(drop),
                4 => self.client.bills().create(&bill(random, vendor)).await.map(drop),
                5 => self.client.credit_memos().create(&memo(random, customer)).await.map(drop),
                6 => {
                    let id = self.any(random, "invoices", |_| true);
                    match random.bool() {
                        true => self.client.invoices().void(id, &VoidInvoice::default()).await.map(drop),
                        false => self.client.invoices().pay(id, &payment(random, bank)).await.map(drop),
                    }
                }
                7 => {
                    let id = self.any(random, "bills", |_| true);
                    match random.bool() {
                        true => self.client.bills().void(id, &VoidBill::new(day(random))).await.map(drop),
                        false => self.client.bills().pay(id, &payment(random, bank)).await.map(drop),
                    }
                }
                _ => {
                    let id = self.any(random, "journal_entries", |entry| entry["memo"] == MEMO);
                    self.client.journal_entries().delete(id).await.map(drop)
                }
            };
            if let Err(error) = done {
                assert!(error.status().is_some_and(|status| status.is_client_error()), "{error}");
            }
        }
    }

    /// Returns any of the records that are wanted; 0 if there is none.
    fn any(&self, random: &mut Rng, resource: &str, is_wanted: impl Fn(&JsonObject) -> bool) -> i64 {
        let records = self.sandbox.records(resource).into_iter().filter(is_wanted).collect::<Vec<_>>();
        random.choice(records).and_then(|record| record["id"].as_i64()).unwrap_or_default()
    }

    /// Copies the books through the lists.
    pub(crate) async fn copy(&self) -> MemoryCopy {
        copy(&self.client).await
    }
}

/// Copies the books that a client sees, through the lists.
pub(crate) async fn copy(client: &Client) -> MemoryCopy {
    let mut copy = MemoryCopy::new();
    for name in TABLES {
        let mut records = Vec::new();
        let mut list = tables::get(name).unwrap().list(client, &[]).unwrap().page_size(500).stream();
        while let Some(record) = list.try_next().await.unwrap() {
            records.push(record);
        }
        copy.set(name, records).unwrap();
    }
    copy
}

fn body<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn amount(random: &mut Rng) -> Decimal {
    Decimal::new(random.i64(1..1_000_000), 2)
}

fn day(random: &mut Rng) -> Date {
    Timestamp::now().utc_date() - chrono::Days::new(random.u64(0..300))
}

/// An entry of three lines, of either entity, in either currency.
fn entry(random: &mut Rng, accounts: [i64; 3]) -> JournalEntryCreate {
    let (one, other) = (amount(random), amount(random));
    let (currency, rate) = if random.bool() { ("USD", "1") } else { ("EUR", "1.0837") };
    body(json!({
        "date": day(random), "entity": random.i64(1..=2), "currency": currency, "exchange_rate": rate, "memo": MEMO,
        "transactions": [
            {"account": accounts[0], "debit_amount_native": one + other, "bank_description": "Total"},
            {"account": accounts[1], "credit_amount_native": one},
            {"account": accounts[2], "credit_amount_native": other},
        ]
    }))
}

fn invoice(random: &mut Rng, client: i64) -> InvoiceCreate {
    let date = day(random);
    body(json!({
        "entity": 1, "currency": "USD", "client": client, "invoice_date": date, "due_date": date,
        "lines": [{"amount": amount(random), "quantity": 1, "rate": amount(random)}],
    }))
}

fn bill(random: &mut Rng, vendor: i64) -> BillCreate {
    let date = day(random);
    body(json!({
        "entity": 1, "currency": "USD", "vendor": vendor, "bill_number": format!("B-{}", random.u32(..)), "bill_date": date,
        "due_date": date, "lines": [{"account": 12, "amount": amount(random)}],
    }))
}

fn memo(random: &mut Rng, client: i64) -> CreditMemoCreate {
    body(json!({
        "entity": 1, "currency": "USD", "client": client, "credit_memo_date": day(random), "lines": [{"account": 9, "amount": amount(random)}],
    }))
}

fn payment(random: &mut Rng, bank: i64) -> PaymentApplication {
    let payment =
        json!({"account_id": bank, "account_name": "Checking", "amount": amount(random), "payment_date": day(random)});
    body(json!({"empty_transactions": [payment]}))
}
