//! Posts a payroll accrual that reverses on the first day of the next month, shows what the server refuses, and reads the
//! entry back.
//!
//! It writes, so it runs against a sandbox in this process only, whatever keys there are.
//!
//!     cargo run --example post_journal --features sandbox

use anyhow::{Context, Result};
use campfire::ids::{AccountId, EntityId, JournalEntryId};
use campfire::sandbox::Sandbox;
use campfire::types::{JournalEntryCreate, TransactionCreate};
use campfire::{Client, Date, Error};

/// The legal entity whose books these are.
const ENTITY: EntityId = EntityId::new(1);
const SALARIES: AccountId = AccountId::new(6100);
const ACCRUED_PAYROLL: AccountId = AccountId::new(2200);
const PAYROLL_TAX: AccountId = AccountId::new(2210);

#[tokio::main]
async fn main() -> Result<()> {
    let sandbox = Sandbox::start().await?;
    let campfire = sandbox.client()?;

    let unbalanced = accrual("18400.00", "14720.00", "3608.00")?;
    match campfire.journal_entries().create(&unbalanced).await {
        Err(Error::Validation(refused)) => {
            println!("refused, and nothing was posted:\n    {refused}\n");
        }
        Err(other) => return Err(other.into()),
        Ok(entry) => println!("posted out of balance: {}", entry.id),
    }

    // The key makes a repeated call safe wherever the server honors it. Choose one that belongs to the event, so that a second
    // run of the program sends the same.
    let balanced = accrual("18400.00", "14720.00", "3680.00")?;
    let entry = campfire.journal_entries().create(&balanced).idempotency_key("payroll-2026-03").await?;
    println!("posted entry {}", entry.order.as_deref().unwrap_or_default());
    print(&campfire, entry.id).await?;
    for reversal in entry.reversals.iter().flatten() {
        println!("reversed by entry {}", reversal.order.as_deref().unwrap_or_default());
        print(&campfire, reversal.id).await?;
    }
    Ok(())
}

/// Returns the entry: salaries against what is owed to employees and to the tax office.
fn accrual(salaries: &str, owed: &str, tax: &str) -> Result<JournalEntryCreate> {
    let debit = |account, amount: &str| -> Result<TransactionCreate> {
        Ok(TransactionCreate {
            account: Some(account),
            debit_amount_native: Some(amount.parse()?),
            ..TransactionCreate::default()
        })
    };
    let credit = |account, amount: &str| -> Result<TransactionCreate> {
        Ok(TransactionCreate {
            account: Some(account),
            credit_amount_native: Some(amount.parse()?),
            ..TransactionCreate::default()
        })
    };
    let lines = vec![debit(SALARIES, salaries)?, credit(ACCRUED_PAYROLL, owed)?, credit(PAYROLL_TAX, tax)?];
    Ok(JournalEntryCreate {
        entity: Some(ENTITY),
        date: Date::from_ymd_opt(2026, 3, 31),
        reversal_date: Date::from_ymd_opt(2026, 4, 1),
        memo: Some("Payroll accrual, March".into()),
        ..JournalEntryCreate::new(lines)
    })
}

async fn print(campfire: &Client, entry: JournalEntryId) -> Result<()> {
    let entry = campfire.journal_entries().retrieve(entry).await?.into_inner();
    let date = entry.date.context("the entry has no date")?;
    for line in entry.transactions.unwrap_or_default() {
        println!(
            "    {date} {:>6} {:>12.2} {:>12.2}",
            line.account.map(|account| account.to_string()).unwrap_or_default(),
            line.debit_amount_native.unwrap_or_default(),
            line.credit_amount_native.unwrap_or_default(),
        );
    }
    Ok(())
}
