//! Whatever is done to the books, they balance; documents equal their lines; a snapshot brings everything back.
//!
//! `PROPERTY_CASES` sets how many stories of 200 steps are told (6 unless set).

#![cfg(all(
    feature = "sandbox",
    feature = "accounts-payable",
    feature = "accounts-receivable",
    feature = "core-accounting",
    feature = "financial-statements",
    feature = "revenue-recognition",
))]

use campfire::sandbox::Sandbox;
use campfire::types::{
    BillCreate, CreditMemoCreate, CreditMemoUse, InvoiceCreate, InvoiceUpdate, JournalEntryCreate, PaymentApplication,
    VoidBill, VoidCreditMemo, VoidInvoice, VoidPayment,
};
use campfire::{Client, Decimal, Error, Json, JsonObject};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// One step: what to do, to which of the records there are, with which amount in cents and which day of March.
#[derive(Clone, Debug)]
struct Step {
    what: u8,
    which: usize,
    cents: i64,
    day: u32,
}

fn step() -> impl Strategy<Value = Step> {
    (0..17_u8, any::<usize>(), 1..100_000_i64, 1..29_u32).prop_map(|(what, which, cents, day)| Step {
        what,
        which,
        cents,
        day,
    })
}

fn body<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// Something in a list, if there is anything.
fn pick(ids: &[i64], which: usize) -> Option<i64> {
    (!ids.is_empty()).then(|| ids[which % ids.len()])
}

fn ids(sandbox: &Sandbox, resource: &str) -> Vec<i64> {
    sandbox.records(resource).iter().filter_map(|record| record["id"].as_i64()).collect()
}

async fn take(sandbox: &Sandbox, campfire: &Client, step: &Step) -> Result<(), Error> {
    let amount = Decimal::new(step.cents, 2);
    let day = format!("2026-03-{:02}", step.day);
    let lines = json!([
        {"account": 4000 + (step.cents % 3), "amount": amount, "tax": Decimal::new(step.cents % 700, 2)},
        {"account": 4100, "quantity": 3, "rate": Decimal::new(step.cents % 997, 2), "amount": Decimal::new(3 * (step.cents % 997), 2)},
    ]);
    let any = |resource: &str| pick(&ids(sandbox, resource), step.which);
    let owner = |record: &JsonObject, link: &str| record.get(link).and_then(Json::as_i64);
    let by_hand = || -> PaymentApplication {
        body(json!({"empty_transactions": [
            {"account_id": 1000, "account_name": "Checking", "amount": amount, "payment_date": day}
        ]}))
    };
    match step.what {
        0 | 1 => {
            let new: InvoiceCreate =
                body(json!({"entity": 1, "client": 5, "invoice_date": day, "due_date": day, "lines": lines}));
            campfire.invoices().create(&new).await?;
        }
        2 => {
            let new: BillCreate = body(json!({
                "entity": 1, "vendor": 6, "bill_number": "R", "bill_date": day, "due_date": day, "lines": lines
            }));
            campfire.bills().create(&new).await?;
        }
        3 => {
            let new: CreditMemoCreate =
                body(json!({"entity": 1, "client": 5, "credit_memo_date": day, "lines": lines}));
            campfire.credit_memos().create(&new).await?;
        }
        4 => {
            let new: JournalEntryCreate = body(json!({"date": day, "transactions": [
                {"account": 9999, "debit_amount_native": amount}, {"account": 1000, "credit_amount_native": amount}
            ]}));
            campfire.journal_entries().create(&new).await?;
        }
        5 => {
            if let Some(id) = any("invoices") {
                campfire.invoices().pay(id, &by_hand()).await?;
            }
        }
        6 => {
            if let Some(id) = any("bills") {
                campfire.bills().pay(id, &by_hand()).await?;
            }
        }
        7 => {
            if let (Some(id), Some(memo)) = (any("invoices"), any("credit_memos")) {
                let application: PaymentApplication =
                    body(json!({"credit_memos": [{"credit_memo_id": memo, "amount": amount, "posted_at": day}]}));
                campfire.invoices().pay(id, &application).await?;
            }
        }
        8 => {
            if let (Some(id), Some(line)) = (any("invoices"), any("transactions")) {
                let application: PaymentApplication =
                    body(json!({"transactions": [{"transaction_id": line, "amount": amount}]}));
                campfire.invoices().pay(id, &application).await?;
            }
        }
        9 => {
            if let Some(id) = any("invoices") {
                let void: VoidInvoice = body(json!({"void_date": day}));
                campfire.invoices().void(id, &void).await?;
            }
        }
        10 => {
            if let Some(id) = any("invoices") {
                campfire.invoices().reopen(id).await?;
            }
        }
        11 => {
            if let Some(id) = any("bills") {
                let void: VoidBill = body(json!({"void_date": day}));
                campfire.bills().void(id, &void).await?;
            }
        }
        12 => {
            let payments = sandbox.records("invoices.payments");
            if let Some(payment) = payments.get(step.which % payments.len().max(1)) {
                let (invoice, id) = (owner(payment, "invoice").unwrap(), owner(payment, "id").unwrap());
                if step.cents % 2 == 0 {
                    campfire.invoices().payments(invoice).void(id, &VoidPayment::default()).await?;
                } else {
                    campfire.invoices().payments(invoice).delete(id).await?;
                }
            }
        }
        13 => {
            if let Some(id) = any("invoices") {
                let update: InvoiceUpdate = body(json!({"lines": lines, "invoice_date": day}));
                campfire.invoices().update(id, &update).await?;
            }
        }
        14 => {
            let resource = ["invoices", "bills", "journal_entries", "credit_memos"][step.which % 4];
            if let Some(id) = any(resource) {
                match resource {
                    "invoices" => campfire.invoices().delete(id).await.map(drop)?,
                    "bills" => campfire.bills().delete(id).await.map(drop)?,
                    "credit_memos" => campfire.credit_memos().delete(id).await.map(drop)?,
                    _ => campfire.journal_entries().delete(id).await.map(drop)?,
                }
            }
        }
        15 => {
            if let (Some(memo), Some(line)) = (any("credit_memos"), any("transactions")) {
                let refund: CreditMemoUse = body(json!({
                    "transaction_id": line, "account_id": 1000, "amount": amount, "payment_date": day
                }));
                campfire.credit_memos().mark_used(memo, &refund).await?;
            }
        }
        _ => {
            if let Some(memo) = any("credit_memos") {
                let void: VoidCreditMemo = body(json!({"void_date": day}));
                campfire.credit_memos().void(memo, &void).await?;
            }
        }
    }
    Ok(())
}

fn decimal(record: &JsonObject, name: &str) -> Decimal {
    record.get(name).and_then(Json::as_decimal).unwrap_or_default()
}

fn sum<'a>(records: impl IntoIterator<Item = &'a JsonObject>, name: &str) -> Decimal {
    Decimal::checked_sum(records.into_iter().map(|record| decimal(record, name))).unwrap()
}

/// What must hold after every step.
fn check(sandbox: &Sandbox) {
    let lines = sandbox.records("transactions");
    assert_eq!(sum(&lines, "debit_amount"), sum(&lines, "credit_amount"), "the ledger");
    for entry in sandbox.records("journal_entries") {
        let own: Vec<&JsonObject> = lines.iter().filter(|line| line["journal"] == entry["id"]).collect();
        assert_eq!(sum(own.clone(), "debit_amount"), sum(own, "credit_amount"), "{entry:?}");
    }
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
    // What is open on the control account is what the documents say is open.
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

async fn tell(steps: Vec<Step>) {
    let sandbox = Sandbox::start().await.unwrap();
    let campfire = sandbox.client().unwrap();
    let mut done = 0;
    for (index, step) in steps.iter().enumerate() {
        let before = sandbox.snapshot();
        match take(&sandbox, &campfire, step).await {
            Ok(()) => done += 1,
            // Not every step can be taken; one that is refused changes nothing.
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
    assert!(done > steps.len() / 4, "{done} of {} steps", steps.len());
    let everything =
        || ["invoices", "bills", "journal_entries", "transactions"].map(|resource| sandbox.records(resource));
    let (before, snapshot) = (everything(), sandbox.snapshot());
    sandbox.restore(&snapshot).unwrap();
    assert_eq!(everything(), before);
    assert_eq!(sandbox.snapshot(), snapshot);
}

#[test]
fn whatever_is_done_the_books_balance() {
    let cases = std::env::var("PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(6);
    let config = ProptestConfig { cases, max_shrink_iters: 30, failure_persistence: None, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    proptest!(config, |(steps in prop::collection::vec(step(), 200))| {
        runtime.block_on(tell(steps));
    });
}
