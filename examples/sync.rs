//! Copies the general ledger into a file, one line of JSON per change, and keeps it up to date.
//!
//! The first run copies everything, page by page. Kill it at any moment and run it again: it resumes where it stopped.
//! Once the copy is complete, each run appends what has changed since the last one.
//!
//! Without a key, this copies the ledger of a fictional company from a sandbox in this process:
//!
//!     cargo run --example sync --features sandbox
//!
//! With `CAMPFIRE_API_KEY` set, it copies your own ledger into a folder of your choice:
//!
//!     cargo run --example sync --features sandbox -- ledger

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use campfire::sandbox::{Demo, Sandbox};
use campfire::types::Transaction;
use campfire::{Change, Client, PageToken, Timestamp, Watermark};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args().nth(1).map_or_else(|| std::env::temp_dir().join("campfire-sync"), PathBuf::from);
    if std::env::var_os("CAMPFIRE_API_KEY").is_some() {
        return run(&Client::from_env()?, &folder).await;
    }
    let sandbox = Sandbox::start().await?;
    sandbox.demo(&Demo::default().rows(20_000))?;
    println!("No CAMPFIRE_API_KEY: copying the ledger of a sandbox");
    // Each sandbox is new, so its copy starts over.
    fs::remove_dir_all(&folder).or_else(|_| fs::create_dir_all(&folder))?;
    let campfire = sandbox.client()?;
    run(&campfire, &folder).await?;
    sandbox.seed("transactions", json!({"description": "late arrival"}))?;
    run(&campfire, &folder).await
}

/// The progress of the copy, saved beside it.
#[derive(Default, Serialize, Deserialize)]
struct State {
    /// The length of the file when the state was saved. Anything after it belongs to an unfinished page.
    bytes: u64,
    /// Where to resume the first copy.
    token: Option<PageToken>,
    /// Where to start reading changes once the copy is complete.
    watermark: Option<Watermark>,
    complete: bool,
}

/// A line of the copy.
///
/// It is written as text directly. A `serde_json::Value` in between would hold amounts as floating-point numbers.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Changed(&'a Transaction),
    Deleted(i64),
}

/// Starts or resumes the first copy, or appends what has changed since.
pub async fn run(campfire: &Client, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut copy = Copy::open(folder)?;
    if copy.state.complete { copy.update(campfire).await } else { copy.first(campfire).await }
}

struct Copy {
    file: BufWriter<File>,
    state_file: PathBuf,
    state: State,
}

impl Copy {
    fn open(folder: &Path) -> Result<Self> {
        let state_file = folder.join("state.json");
        let state: State = match fs::read(&state_file) {
            Ok(text) => serde_json::from_slice(&text).context("state.json is damaged: delete the folder")?,
            Err(_) => State::default(),
        };
        let path = folder.join("ledger.ndjson");
        let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        file.set_len(state.bytes)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Copy { file: BufWriter::new(file), state_file, state })
    }

    async fn first(&mut self, campfire: &Client) -> Result<()> {
        // Changes made while the copy runs are read again afterward. Five minutes allow for clock differences.
        let minutes_ago = Timestamp::from_unix_seconds(Timestamp::now().unix_seconds() - 300);
        self.state.watermark = self.state.watermark.take().or(minutes_ago.map(Watermark::from));
        // Without `all_time`, the server returns the last six months.
        let mut list = campfire.transactions().list().all_time(true).page_size(500).on_progress(|progress| {
            let expected = progress.expected.unwrap_or(progress.records);
            eprint!("\r{} of {expected} records, {} kB", progress.records, progress.bytes / 1024);
        });
        if let Some(token) = &self.state.token {
            println!("Resuming at {} bytes", self.state.bytes);
            list = list.resume(token);
        }
        let mut pages = list.pages();
        while let Some(page) = pages.try_next().await? {
            anyhow::ensure!(page.rejected.is_empty(), "records that do not decode: {:?}", page.rejected);
            for transaction in &page.results {
                self.write(&Line::Changed(transaction))?;
            }
            // Records first, then the progress: a crash in between repeats a page but loses nothing.
            self.state.token.clone_from(&page.token);
            self.save()?;
        }
        eprintln!();
        self.state.complete = true;
        self.save()?;
        println!("The copy is complete: {} bytes", self.state.bytes);
        Ok(())
    }

    async fn update(&mut self, campfire: &Client) -> Result<()> {
        let mut run = campfire.transactions().list().page_size(500).sync(self.state.watermark.clone());
        let (mut changed, mut deleted) = (0, 0);
        while let Some(change) = run.try_next().await? {
            match change {
                Change::Changed(transaction) => {
                    changed += 1;
                    self.write(&Line::Changed(&transaction))?;
                }
                Change::Deleted(transaction) => {
                    deleted += 1;
                    self.write(&Line::Deleted(transaction.id))?;
                }
                _ => {}
            }
        }
        for warning in run.warnings() {
            eprintln!("Warning: {warning}");
        }
        // Only a complete run has a watermark. The next run discards lines that were written but not saved with it.
        self.state.watermark = run.watermark();
        self.save()?;
        println!("{changed} changed, {deleted} deleted");
        Ok(())
    }

    fn write(&mut self, line: &Line<'_>) -> Result<()> {
        serde_json::to_writer(&mut self.file, line)?;
        Ok(self.file.write_all(b"\n")?)
    }

    fn save(&mut self) -> Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_data()?;
        self.state.bytes = self.file.get_ref().metadata()?.len();
        // Written to another file and renamed, so that a crash never leaves half a state.
        let beside = self.state_file.with_extension("part");
        fs::write(&beside, serde_json::to_vec(&self.state)?)?;
        Ok(fs::rename(beside, &self.state_file)?)
    }
}
