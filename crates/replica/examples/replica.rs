//! Copies a company into a SQLite database, keeps the copy current, and verifies it against the server's ledger.
//!
//! The first run copies everything. Kill it at any moment and run it again: it resumes where it stopped. Later runs copy what
//! has changed.
//!
//! Without a key, this copies a fictional company from a sandbox in this process:
//!
//!     cargo run -p campfire-replica --features sink-sqlite --example replica
//!
//! With `CAMPFIRE_API_KEY` set, it copies your own company into a file of your choice:
//!
//!     cargo run -p campfire-replica --features sink-sqlite --example replica -- company.db

use std::path::{Path, PathBuf};

use anyhow::Result;
use campfire::Client;
use campfire::sandbox::{Demo, Sandbox};
use campfire_replica::replica::Replica;
use campfire_replica::report::Report;
use campfire_replica::sink::sqlite::Sqlite;
use campfire_replica::verify::run::Verify;

#[tokio::main]
async fn main() -> Result<()> {
    let file = std::env::args().nth(1).map_or_else(|| std::env::temp_dir().join("campfire.db"), PathBuf::from);
    if std::env::var_os("CAMPFIRE_API_KEY").is_some() {
        let campfire = Client::from_env()?;
        println!("{}", run(campfire.clone(), &file).await?);
        println!("{}", Verify::new(&campfire, &Sqlite::open(&file)?).run().await?);
        return Ok(());
    }
    println!("No CAMPFIRE_API_KEY: copying the company of a sandbox into memory");
    let sandbox = Sandbox::start().await?;
    sandbox.demo(&Demo::default())?;
    let campfire = sandbox.client()?;
    let replica = Replica::new(campfire.clone(), Sqlite::in_memory()?);
    println!("The first run:\n{}", replica.run().await?);
    println!("The second run:\n{}", replica.run().await?);
    println!("{}", Verify::new(&campfire, replica.sink()).run().await?);
    Ok(())
}

/// Brings the copy in a file up to date.
pub async fn run(campfire: Client, file: &Path) -> Result<Report> {
    let replica = Replica::new(campfire, Sqlite::open(file)?).on_progress(|table, progress| {
        eprintln!("{table}: {} of {} records", progress.records, progress.expected.unwrap_or(progress.records));
    });
    Ok(replica.run().await?)
}
