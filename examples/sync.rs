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
use campfire::{Change, Client, Watermark};
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
    /// Where to resume.
    watermark: Option<Watermark>,
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

/// Starts the copy, resumes it, or appends what has changed since it was complete.
pub async fn run(campfire: &Client, folder: &Path) -> Result<()> {
    let mut copy = Copy::open(folder)?;
    let mut run = campfire.transactions().list().page_size(500).sync(copy.state.watermark.clone());
    while let Some(page) = run.try_next_page().await? {
        anyhow::ensure!(page.rejected.is_empty(), "records that do not decode: {:?}", page.rejected);
        for change in &page.changes {
            copy.write(change)?;
        }
        // Records first, then the progress: a crash in between repeats a page but loses nothing.
        copy.save(page.watermark)?;
    }
    for warning in run.warnings() {
        eprintln!("Warning: {warning}");
    }
    println!("The copy is complete: {} bytes", copy.state.bytes);
    Ok(())
}

struct Copy {
    file: BufWriter<File>,
    state_file: PathBuf,
    state: State,
}

impl Copy {
    fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
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

    fn write(&mut self, change: &Change<Transaction>) -> Result<()> {
        let line = match change {
            Change::Changed(transaction) => Line::Changed(transaction),
            Change::Deleted(transaction) => Line::Deleted(transaction.id),
            other => anyhow::bail!("a kind of change that this program does not know: {other:?}"),
        };
        serde_json::to_writer(&mut self.file, &line)?;
        Ok(self.file.write_all(b"\n")?)
    }

    fn save(&mut self, watermark: Option<Watermark>) -> Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_data()?;
        self.state = State { bytes: self.file.get_ref().metadata()?.len(), watermark };
        // Written to another file and renamed, so that a crash never leaves half a state.
        let beside = self.state_file.with_extension("part");
        fs::write(&beside, serde_json::to_vec(&self.state)?)?;
        Ok(fs::rename(beside, &self.state_file)?)
    }
}
