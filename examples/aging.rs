//! Prints what customers owe, by age, and what is owed to vendors: one table per currency, with a bar per row.
//!
//! Without a key, of a fictional company in a sandbox in this process; with `CAMPFIRE_API_KEY` set, of your own company. It only
//! reads.
//!
//!     cargo run --example aging --features sandbox -- 2026-12-31

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use campfire::sandbox::{Demo, Sandbox};
use campfire::types::{BillPaymentStatus, InvoicePaymentStatus};
use campfire::{Client, Date, Decimal, Timestamp};

/// The columns, each with the number of days past due at which it ends.
const BUCKETS: [(&str, i64); 5] = [("Current", 0), ("1-30", 30), ("31-60", 60), ("61-90", 90), ("Over 90", i64::MAX)];

#[tokio::main]
async fn main() -> Result<()> {
    let today = match std::env::args().nth(1) {
        Some(day) => day.parse().context("expected a date such as 2026-12-31")?,
        None => Timestamp::now().utc_date(),
    };
    if std::env::var_os("CAMPFIRE_API_KEY").is_some() {
        return report(&Client::from_env()?, today).await;
    }
    println!("No CAMPFIRE_API_KEY: the books of a fictional company in a sandbox\n");
    let sandbox = Sandbox::start().await?;
    let noon = today.and_hms_opt(12, 0, 0).context("no such day")?.and_utc().timestamp();
    sandbox.set_time(Timestamp::from_unix_seconds(noon).context("no such day")?);
    sandbox.demo(&Demo::default().rows(2_000))?;
    report(&sandbox.client()?, today).await
}

async fn report(campfire: &Client, today: Date) -> Result<()> {
    receivables(campfire, today).await?.print("Receivables", today)?;
    payables(campfire, today).await?.print("Payables", today)
}

async fn receivables(campfire: &Client, today: Date) -> Result<Aging> {
    let mut aging = Aging::default();
    let mut invoices = campfire.invoices().list().page_size(500).stream();
    while let Some(invoice) = invoices.try_next().await? {
        use InvoicePaymentStatus::{Draft, Uncollectible, Voided};
        if !matches!(invoice.payment_status, Some(Draft | Uncollectible | Voided)) {
            let due = invoice.due_date.context("an invoice without a due date")?;
            aging.add(invoice.currency, invoice.client_name, (today - due).num_days(), invoice.amount_due)?;
        }
    }
    Ok(aging)
}

async fn payables(campfire: &Client, today: Date) -> Result<Aging> {
    let mut aging = Aging::default();
    let mut bills = campfire.bills().list().page_size(500).stream();
    while let Some(bill) = bills.try_next().await? {
        if bill.payment_status != Some(BillPaymentStatus::Voided) {
            let due = bill.due_date.context("a bill without a due date")?;
            aging.add(bill.currency, bill.vendor_name, (today - due).num_days(), bill.amount_due)?;
        }
    }
    Ok(aging)
}

/// The amounts of each bucket.
type Row = [Decimal; BUCKETS.len()];

/// What is due, by currency and name. Amounts of different currencies are never added.
#[derive(Default)]
struct Aging(BTreeMap<String, BTreeMap<String, Row>>);

impl Aging {
    fn add(
        &mut self,
        currency: Option<String>,
        name: Option<String>,
        days: i64,
        amount: Option<Decimal>,
    ) -> Result<()> {
        let amount = amount.context("a document without an amount due")?;
        if amount.is_zero() {
            return Ok(());
        }
        let rows = self.0.entry(currency.context("a document without a currency")?).or_default();
        let row = rows.entry(name.unwrap_or_else(|| "(no name)".to_owned())).or_default();
        let bucket = BUCKETS.iter().position(|&(_, last)| days <= last).context("no bucket")?;
        row[bucket] = row[bucket].checked_add(amount).context("the sum is too large")?;
        Ok(())
    }

    fn print(&self, title: &str, today: Date) -> Result<()> {
        if self.0.is_empty() {
            println!("{title} on {today}: nothing is due\n");
        }
        for (currency, rows) in &self.0 {
            println!("{title} on {today} in {currency}\n");
            print!("{:<28}", "");
            BUCKETS.iter().for_each(|(name, _)| print!(" {name:>13}"));
            println!(" {:>14}", "Total");
            let totals = rows.values().map(total).collect::<Result<Vec<_>>>()?;
            let largest = totals.iter().copied().max().unwrap_or_default();
            for ((name, row), &sum) in rows.iter().zip(&totals) {
                line(name, row, sum);
                println!("  {}", bar(sum, largest));
            }
            let columns: Vec<Decimal> = (0..BUCKETS.len())
                .map(|bucket| {
                    Decimal::checked_sum(rows.values().map(|row| row[bucket])).context("the sum is too large")
                })
                .collect::<Result<_>>()?;
            println!("{:<28}{} {:->14}", "", format!(" {:->13}", "").repeat(BUCKETS.len()), "");
            line("", &columns, Decimal::checked_sum(totals).context("the sum is too large")?);
            println!("\n");
        }
        Ok(())
    }
}

fn total(row: &Row) -> Result<Decimal> {
    Decimal::checked_sum(row.iter().copied()).context("the sum is too large")
}

fn line(name: &str, amounts: &[Decimal], total: Decimal) {
    let name: String = name.chars().take(28).collect();
    print!("{name:<28}");
    for amount in amounts {
        if amount.is_zero() { print!(" {:>13}", "") } else { print!(" {amount:>13.2}") }
    }
    print!(" {total:>14.2}");
}

/// Returns a bar as long as the amount is in relation to the largest.
fn bar(amount: Decimal, largest: Decimal) -> String {
    // The length of a bar need not be exact.
    let length = |amount: Decimal| amount.to_string().parse::<f64>().unwrap_or_default();
    "▇".repeat((length(amount) / length(largest).max(1.0) * 20.0).ceil().max(0.0) as usize)
}
