//! Random operations on the books: they balance, documents equal their lines, and a snapshot restores everything.
//!
//! `PROPERTY_CASES` sets the number of sequences of 200 steps (6 by default).

use campfire::sandbox::Sandbox;
use campfire::types::{
    BillCreate, CreditMemoCreate, CreditMemoUse, InvoiceCreate, InvoiceUpdate, JournalEntryCreate, PaymentApplication,
    VoidBill, VoidCreditMemo, VoidInvoice, VoidPayment,
};
use campfire::{Client, Decimal, Error, Json, JsonObject};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::sandbox::start;
use crate::support::{block_on, property_config};

/// A random step. `which` selects among the existing records.
#[derive(Clone, Debug)]
struct Step {
    action: Action,
    which: usize,
    cents: i64,
    /// A day of March 2026.
    day: u32,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    CreateInvoice,
    CreateBill,
    CreateCreditMemo,
    CreateJournalEntry,
    PayInvoice,
    PayBill,
    ApplyCreditMemo,
    ApplyTransaction,
    VoidInvoice,
    ReopenInvoice,
    VoidBill,
    UndoPayment,
    UpdateInvoice,
    Delete,
    RefundCreditMemo,
    VoidCreditMemo,
}

/// Every action, invoices twice: most other actions need one.
const ACTIONS: [Action; 17] = [
    Action::CreateInvoice,
    Action::CreateInvoice,
    Action::CreateBill,
    Action::CreateCreditMemo,
    Action::CreateJournalEntry,
    Action::PayInvoice,
    Action::PayBill,
    Action::ApplyCreditMemo,
    Action::ApplyTransaction,
    Action::VoidInvoice,
    Action::ReopenInvoice,
    Action::VoidBill,
    Action::UndoPayment,
    Action::UpdateInvoice,
    Action::Delete,
    Action::RefundCreditMemo,
    Action::VoidCreditMemo,
];

fn step() -> impl Strategy<Value = Step> {
    let action = prop::sample::select(&ACTIONS[..]);
    (action, any::<usize>(), 1..100_000_i64, 1..29_u32).prop_map(|(action, which, cents, day)| Step {
        action,
        which,
        cents,
        day,
    })
}

fn body<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

impl Step {
    fn amount(&self) -> Decimal {
        Decimal::new(self.cents, 2)
    }

    fn date(&self) -> String {
        format!("2026-03-{:02}", self.day)
    }

    fn lines(&self) -> Value {
        let (cents, rate) = (self.cents, self.cents % 997);
        json!([
            {"account": 4000 + (cents % 3), "amount": self.amount(), "tax": Decimal::new(cents % 700, 2)},
            {"account": 4100, "quantity": 3, "rate": Decimal::new(rate, 2), "amount": Decimal::new(3 * rate, 2)},
        ])
    }

    fn manual_payment(&self) -> PaymentApplication {
        body(json!({"empty_transactions": [
            {"account_id": 1000, "account_name": "Checking", "amount": self.amount(), "payment_date": self.date()}
        ]}))
    }

    /// Selects a record of the resource, if there is one.
    fn select(&self, sandbox: &Sandbox, resource: &str) -> Option<i64> {
        let records = sandbox.records(resource);
        records.get(self.which % records.len().max(1))?["id"].as_i64()
    }

    /// Takes the step, or does nothing if a record that it needs does not exist.
    async fn take(&self, sandbox: &Sandbox, campfire: &Client) -> Result<(), Error> {
        match self.action {
            Action::CreateInvoice | Action::CreateBill | Action::CreateCreditMemo | Action::CreateJournalEntry => {
                self.create(campfire).await
            }
            Action::PayInvoice | Action::ApplyCreditMemo | Action::ApplyTransaction => {
                self.pay_invoice(sandbox, campfire).await
            }
            Action::VoidInvoice | Action::ReopenInvoice | Action::UpdateInvoice => {
                self.change_invoice(sandbox, campfire).await
            }
            Action::PayBill | Action::VoidBill => self.change_bill(sandbox, campfire).await,
            Action::RefundCreditMemo | Action::VoidCreditMemo => self.change_credit_memo(sandbox, campfire).await,
            Action::UndoPayment => self.undo_payment(sandbox, campfire).await,
            Action::Delete => self.delete(sandbox, campfire).await,
        }
    }

    async fn create(&self, campfire: &Client) -> Result<(), Error> {
        let (date, lines) = (self.date(), self.lines());
        match self.action {
            Action::CreateInvoice => {
                let new: InvoiceCreate =
                    body(json!({"entity": 1, "client": 5, "invoice_date": date, "due_date": date, "lines": lines}));
                campfire.invoices().create(&new).await.map(drop)
            }
            Action::CreateBill => {
                let new: BillCreate = body(json!({
                    "entity": 1, "vendor": 6, "bill_number": "R", "bill_date": date, "due_date": date, "lines": lines
                }));
                campfire.bills().create(&new).await.map(drop)
            }
            Action::CreateCreditMemo => {
                let new: CreditMemoCreate =
                    body(json!({"entity": 1, "client": 5, "credit_memo_date": date, "lines": lines}));
                campfire.credit_memos().create(&new).await.map(drop)
            }
            _ => {
                let new: JournalEntryCreate = body(json!({"date": date, "transactions": [
                    {"account": 9999, "debit_amount_native": self.amount()},
                    {"account": 1000, "credit_amount_native": self.amount()},
                ]}));
                campfire.journal_entries().create(&new).await.map(drop)
            }
        }
    }

    async fn pay_invoice(&self, sandbox: &Sandbox, campfire: &Client) -> Result<(), Error> {
        let Some(id) = self.select(sandbox, "invoices") else { return Ok(()) };
        let application = match self.action {
            Action::ApplyCreditMemo => {
                let Some(memo) = self.select(sandbox, "credit_memos") else { return Ok(()) };
                body(json!({"credit_memos": [
                    {"credit_memo_id": memo, "amount": self.amount(), "posted_at": self.date()}
                ]}))
            }
            Action::ApplyTransaction => {
                let Some(line) = self.select(sandbox, "transactions") else { return Ok(()) };
                body(json!({"transactions": [{"transaction_id": line, "amount": self.amount()}]}))
            }
            _ => self.manual_payment(),
        };
        campfire.invoices().pay(id, &application).await.map(drop)
    }

    async fn change_invoice(&self, sandbox: &Sandbox, campfire: &Client) -> Result<(), Error> {
        let Some(id) = self.select(sandbox, "invoices") else { return Ok(()) };
        match self.action {
            Action::VoidInvoice => {
                let void: VoidInvoice = body(json!({"void_date": self.date()}));
                campfire.invoices().void(id, &void).await.map(drop)
            }
            Action::ReopenInvoice => campfire.invoices().reopen(id).await.map(drop),
            _ => {
                let update: InvoiceUpdate = body(json!({"lines": self.lines(), "invoice_date": self.date()}));
                campfire.invoices().update(id, &update).await.map(drop)
            }
        }
    }

    async fn change_bill(&self, sandbox: &Sandbox, campfire: &Client) -> Result<(), Error> {
        let Some(id) = self.select(sandbox, "bills") else { return Ok(()) };
        if let Action::PayBill = self.action {
            return campfire.bills().pay(id, &self.manual_payment()).await.map(drop);
        }
        let void: VoidBill = body(json!({"void_date": self.date()}));
        campfire.bills().void(id, &void).await.map(drop)
    }

    async fn change_credit_memo(&self, sandbox: &Sandbox, campfire: &Client) -> Result<(), Error> {
        let Some(id) = self.select(sandbox, "credit_memos") else { return Ok(()) };
        if let Action::VoidCreditMemo = self.action {
            let void: VoidCreditMemo = body(json!({"void_date": self.date()}));
            return campfire.credit_memos().void(id, &void).await.map(drop);
        }
        let Some(line) = self.select(sandbox, "transactions") else { return Ok(()) };
        let refund: CreditMemoUse = body(json!({
            "transaction_id": line, "account_id": 1000, "amount": self.amount(), "payment_date": self.date()
        }));
        campfire.credit_memos().mark_used(id, &refund).await.map(drop)
    }

    /// Voids or deletes a payment of an invoice.
    async fn undo_payment(&self, sandbox: &Sandbox, campfire: &Client) -> Result<(), Error> {
        let payments = sandbox.records("invoices.payments");
        let Some(payment) = payments.get(self.which % payments.len().max(1)) else { return Ok(()) };
        let id = |field: &str| payment.get(field).and_then(Json::as_i64).unwrap();
        let payments = campfire.invoices().payments(id("invoice"));
        if self.cents % 2 == 0 {
            payments.void(id("id"), &VoidPayment::default()).await.map(drop)
        } else {
            payments.delete(id("id")).await.map(drop)
        }
    }

    async fn delete(&self, sandbox: &Sandbox, campfire: &Client) -> Result<(), Error> {
        let resource = ["invoices", "bills", "journal_entries", "credit_memos"][self.which % 4];
        let Some(id) = self.select(sandbox, resource) else { return Ok(()) };
        match resource {
            "invoices" => campfire.invoices().delete(id).await.map(drop),
            "bills" => campfire.bills().delete(id).await.map(drop),
            "credit_memos" => campfire.credit_memos().delete(id).await.map(drop),
            _ => campfire.journal_entries().delete(id).await.map(drop),
        }
    }
}

fn decimal(record: &JsonObject, name: &str) -> Decimal {
    record.get(name).and_then(Json::as_decimal).unwrap_or_default()
}

fn sum<'a>(records: impl IntoIterator<Item = &'a JsonObject>, name: &str) -> Decimal {
    Decimal::checked_sum(records.into_iter().map(|record| decimal(record, name))).unwrap()
}

/// Asserts what must hold after every step.
fn check(sandbox: &Sandbox) {
    let lines = sandbox.records("transactions");
    check_entries(sandbox, &lines);
    check_documents(sandbox);
    check_receivables(sandbox, &lines);
}

fn check_entries(sandbox: &Sandbox, lines: &[JsonObject]) {
    assert_eq!(sum(lines, "debit_amount"), sum(lines, "credit_amount"), "the ledger");
    for entry in sandbox.records("journal_entries") {
        let own: Vec<&JsonObject> = lines.iter().filter(|line| line["journal"] == entry["id"]).collect();
        assert_eq!(sum(own.clone(), "debit_amount"), sum(own, "credit_amount"), "{entry:?}");
    }
}

/// Documents equal their lines, and their balance is what payments have left.
fn check_documents(sandbox: &Sandbox) {
    for (resource, settled, open, payments, link) in [
        ("invoices", "amount_paid", "amount_due", "invoices.payments", "invoice"),
        ("bills", "amount_paid", "amount_due", "bills.payments", "bill"),
        ("credit_memos", "amount_used", "amount_remaining", "credit_memos.payments", "credit_memo"),
    ] {
        let payments = sandbox.records(payments);
        for document in sandbox.records(resource) {
            let own: Vec<&JsonObject> =
                document["lines"].as_array().unwrap().iter().filter_map(Json::as_object).collect();
            let total = sum(own.clone(), "amount").checked_add(sum(own, "tax")).unwrap();
            assert_eq!(decimal(&document, "total_amount"), total, "{document:?}");
            let live = payments.iter().filter(|payment| {
                payment.get(link) == document.get("id") && payment.get("voided_date").is_none_or(Json::is_null)
            });
            assert_eq!(decimal(&document, settled), sum(live, "amount"), "{document:?}");
            assert_eq!(decimal(&document, open), total.checked_sub(decimal(&document, settled)).unwrap());
            assert!(!decimal(&document, open).is_negative(), "{document:?}");
        }
    }
}

/// The balance of the control account is the sum of the open documents.
fn check_receivables(sandbox: &Sandbox, lines: &[JsonObject]) {
    let of_subtype = |subtype: &str| {
        let accounts = sandbox.records("accounts");
        let account = accounts.iter().find(|account| account["account_subtype"] == *subtype);
        account.and_then(|account| account["id"].as_i64())
    };
    if let Some(control) = of_subtype("ACCOUNTS_RECEIVABLE") {
        let on_it: Vec<&JsonObject> = lines.iter().filter(|line| line["account"].as_i64() == Some(control)).collect();
        let balance = sum(on_it.clone(), "debit_amount").checked_sub(sum(on_it, "credit_amount")).unwrap();
        let open = |resource: &str, status: &str, open: &str| {
            let records = sandbox.records(resource);
            let live: Vec<_> = records.iter().filter(|record| record[status] != *"voided").collect();
            sum(live, open)
        };
        let invoices = open("invoices", "payment_status", "amount_due");
        let memos = open("credit_memos", "application_status", "amount_remaining");
        assert_eq!(balance, invoices.checked_sub(memos).unwrap(), "receivables");
    }
}

/// Takes the steps against a new sandbox, then restores a snapshot of the result.
async fn run(steps: Vec<Step>) {
    let (sandbox, campfire) = start().await;
    let mut succeeded = 0;
    for (index, step) in steps.iter().enumerate() {
        let before = sandbox.snapshot();
        match step.take(&sandbox, &campfire).await {
            Ok(()) => succeeded += 1,
            // A step that is rejected must not change anything.
            Err(Error::Validation(_) | Error::Conflict(_)) => {
                let (before, after) = (before.get("records"), sandbox.snapshot());
                assert_eq!(before, after.get("records"), "{step:?}");
            }
            Err(error) => panic!("{step:?}: {error}"),
        }
        if index % 10 == 9 {
            check(&sandbox);
        }
    }
    check(&sandbox);
    assert!(succeeded > steps.len() / 4, "{succeeded} of {} steps succeeded", steps.len());
    let everything =
        || ["invoices", "bills", "journal_entries", "transactions"].map(|resource| sandbox.records(resource));
    let (before, snapshot) = (everything(), sandbox.snapshot());
    sandbox.restore(&snapshot).unwrap();
    assert_eq!(everything(), before);
    assert_eq!(sandbox.snapshot(), snapshot);
}

proptest! {
    #![proptest_config(Config { max_shrink_iters: 30, ..property_config(6) })]

    #[test]
    fn the_books_always_balance(steps in prop::collection::vec(step(), 200)) {
        block_on(run(steps));
    }
}
