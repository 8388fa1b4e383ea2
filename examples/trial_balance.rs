//! Prints the trial balance of a year as a table, with a bar per account.
//!
//! Without a key, of a fictional company in a sandbox in this process; with `CAMPFIRE_API_KEY` set, of your own company. It only
//! reads.
//!
//!     cargo run --example trial_balance --features sandbox -- 2026

use anyhow::{Context, Result, ensure};
use campfire::sandbox::{Demo, Sandbox};
use campfire::types::TrialBalanceAccount;
use campfire::{Client, Date, Decimal};

#[tokio::main]
async fn main() -> Result<()> {
    let year: i32 = std::env::args().nth(1).as_deref().unwrap_or("2026").parse().context("expected a year")?;
    if std::env::var_os("CAMPFIRE_API_KEY").is_some() {
        return print(&Client::from_env()?, year).await;
    }
    println!("No CAMPFIRE_API_KEY: the books of a fictional company in a sandbox\n");
    let sandbox = Sandbox::start().await?;
    // The company has a year of business, up to the clock of the sandbox.
    sandbox.set_time(format!("{year}-12-31T12:00:00Z").parse().context("no such year")?);
    sandbox.demo(&Demo::default().rows(5_000))?;
    print(&sandbox.client()?, year).await
}

async fn print(campfire: &Client, year: i32) -> Result<()> {
    let day = |month, day| Date::from_ymd_opt(year, month, day).context("no such year");
    let statement =
        campfire.statements().trial_balance().start_date(day(1, 1)?).end_date(day(12, 31)?).await?.into_inner();
    let accounts = statement.trial_balance.and_then(|data| data.accounts).unwrap_or_default();
    let rows: Vec<Row> = accounts.iter().map(Row::new).filter(|row| !row.is_empty()).collect();
    let total = |side: fn(&Row) -> Decimal| Decimal::checked_sum(rows.iter().map(side)).context("the sum is too large");
    let (debits, credits) = (total(|row| row.debits)?, total(|row| row.credits)?);
    let largest = rows.iter().map(|row| row.debits.max(row.credits)).max().unwrap_or_default();

    println!("Trial balance {year}\n");
    println!("{:<7} {:<34} {:>16} {:>16}", "Number", "Account", "Debit", "Credit");
    for row in &rows {
        println!("{:<7} {:<34} {:>16.2} {:>16.2}  {}", row.number, row.name, row.debits, row.credits, row.bar(largest));
    }
    println!("{:<42} {:->16} {:->16}", "", "", "");
    println!("{:<42} {debits:>16.2} {credits:>16.2}", "");
    ensure!(debits == credits, "the books do not balance");
    Ok(())
}

/// An account with the sums of its debits and credits.
struct Row {
    number: String,
    name: String,
    debits: Decimal,
    credits: Decimal,
}

impl Row {
    fn new(account: &TrialBalanceAccount) -> Self {
        let balances = account.balances.as_ref();
        Self {
            number: account.number.clone().unwrap_or_default(),
            name: account.name.clone().unwrap_or_default(),
            debits: balances.and_then(|balances| balances.debits).unwrap_or_default(),
            credits: balances.and_then(|balances| balances.credits).unwrap_or_default(),
        }
    }

    fn is_empty(&self) -> bool {
        self.debits == Decimal::default() && self.credits == Decimal::default()
    }

    /// Returns a bar that is as long as the larger side is, in relation to the largest of all accounts.
    fn bar(&self, largest: Decimal) -> String {
        // The length of a bar need not be exact.
        let length = |side: Decimal| side.to_string().parse::<f64>().unwrap_or_default();
        let share = length(self.debits.max(self.credits)) / length(largest).max(1.0);
        "▇".repeat((share * 20.0).ceil() as usize)
    }
}
