//! Imports usage records from a CSV file. Safe to run twice, and to kill.
//!
//! ```text
//! cargo run -p campfire-outbox --example usage_import -- sample usage.csv 1   # 10,000 rows for contract 1, some wrong
//! cargo run -p campfire-outbox --example usage_import -- check usage.csv      # a dry run
//! cargo run -p campfire-outbox --example usage_import -- import usage.csv usage.db
//! ```
//!
//! The client is configured by `CAMPFIRE_API_KEY` and `CAMPFIRE_BASE_URL`. The columns of the file are
//! `row,contract,product,description,start_date`.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use campfire::types::ContractUsageCreate;
use campfire_outbox::machine::Status;
use campfire_outbox::sqlite::SqliteStore;
use campfire_outbox::{Absence, Create, Outbox, RunOptions};

/// How long the server may take to list a record, at most.
const SETTLE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["sample", csv, contract] => sample(csv, contract.parse()?),
        ["check", csv] => check(csv).await,
        ["import", csv, log] => import(csv, log).await,
        _ => Err("usage: usage_import sample FILE CONTRACT | check FILE | import FILE LOG".into()),
    }
}

/// Reads the rows. A row that cannot be read is reported with its line, and the others go on.
fn rows(csv: &str) -> Result<(Vec<Create>, usize), Box<dyn Error>> {
    let (mut creates, mut mistakes) = (Vec::new(), 0);
    for record in csv::Reader::from_path(csv)?.records() {
        let record = record?;
        match create(&record) {
            Ok(create) => creates.push(create),
            Err(error) => {
                mistakes += 1;
                println!("line {}: {error}", record.position().map_or(0, |position| position.line()));
            }
        }
    }
    Ok((creates, mistakes))
}

fn create(record: &csv::StringRecord) -> Result<Create, Box<dyn Error>> {
    let column = |index: usize| record.get(index).unwrap_or_default().trim();
    let contract: i64 = column(1).parse().map_err(|_| format!("`{}` is not the id of a contract", column(1)))?;
    let mut usage = ContractUsageCreate::new(contract);
    usage.product = if column(2).is_empty() { None } else { Some(column(2).parse()?) };
    usage.description = Some(column(3).to_owned());
    usage.start_date = Some(column(4).parse().map_err(|_| format!("`{}` is not a date", column(4)))?);
    Ok(Create::new(format!("usage-import/{}", column(0)), "contracts.usage.create").id(contract).body(&usage))
}

async fn check(csv: &str) -> Result<(), Box<dyn Error>> {
    let campfire = campfire::Client::from_env()?;
    let folder = tempfile::tempdir()?;
    let outbox = Outbox::new(&campfire, SqliteStore::open(folder.path().join("empty.db"))?);
    let (creates, mistakes) = rows(csv)?;
    let shown = outbox.dry_run(creates).await?;
    if let Some(Ok(request)) = shown.first().map(|first| &first.request) {
        println!("the first request:\n{request}");
    }
    for refused in &shown {
        refused.request.as_ref().err().iter().for_each(|why| println!("{}: {why}", refused.key));
    }
    println!("{} rows, {mistakes} of them unreadable", shown.len() + mistakes);
    Ok(())
}

async fn import(csv: &str, log: &str) -> Result<(), Box<dyn Error>> {
    let campfire = campfire::Client::from_env()?;
    let outbox = Outbox::new(&campfire, SqliteStore::open(log)?);
    let (creates, mistakes) = rows(csv)?;
    let added = outbox.add(creates).await?;
    println!("{} new rows, {} known, {mistakes} unreadable", added.new, added.known);
    let options =
        RunOptions::new(Absence::SendAgainAfter(SETTLE)).timeout(Duration::from_secs(5)).on_progress(|progress| {
            let counts = &progress.counts;
            println!("{} of {} done", counts.of(Status::Created) + counts.of(Status::Found), counts.total());
        });
    println!("{}", outbox.run(&options).await?);
    Ok(())
}

fn sample(csv: &str, contract: i64) -> Result<(), Box<dyn Error>> {
    let mut text = "row,contract,product,description,start_date\n".to_owned();
    for row in 1..=10_000 {
        let (contract, date) = match row % 1_000 {
            0 => ("?".to_owned(), "2026-11-01"),
            500 => (contract.to_string(), "soon"),
            // There is no such contract: the server refuses it.
            700 => ("999999999".to_owned(), "2026-11-01"),
            _ => (contract.to_string(), "2026-11-01"),
        };
        writeln!(text, "{row},{contract},,Usage of machine {row},{date}")?;
    }
    Ok(std::fs::write(csv, text)?)
}
