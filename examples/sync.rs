//! Copies the general ledger into a file, one line of JSON per change, and keeps it up to date.
//!
//! The first run copies everything, page by page. Kill it at any moment and run it again: it goes on where it was.
//! When the copy is complete, each further run adds what has changed since.
//!
//! Without a key this copies the ledger of a made-up company from a sandbox in this process:
//!
//!     cargo run --example sync --features sandbox
//!
//! With `CAMPFIRE_API_KEY` set it reads your own, into the folder that you name:
//!
//!     cargo run --example sync --features sandbox -- ledger

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use campfire::sandbox::{Demo, Sandbox};
use campfire::{Change, Client, PageToken, Timestamp, Watermark};
use indicatif::{ProgressBar, ProgressStyle};
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
    // The sandbox is new each time, so is its copy.
    fs::remove_dir_all(&folder).or_else(|_| fs::create_dir_all(&folder))?;
    let campfire = sandbox.client()?;
    run(&campfire, &folder).await?;
    sandbox.seed("transactions", json!({"description": "late arrival"}))?;
    run(&campfire, &folder).await
}

/// How far the copy is, kept beside it.
#[derive(Default, Serialize, Deserialize)]
struct State {
    /// How long the file was then. What is behind it belongs to a page that was not finished.
    bytes: u64,
    /// Where the first copy goes on.
    token: Option<PageToken>,
    /// From where changes are to be read, once the copy is complete.
    watermark: Option<Watermark>,
    complete: bool,
}

/// Goes on with the first copy, or adds what has changed since.
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
            Ok(text) => serde_json::from_slice(&text).context("state.json is damaged: remove the folder")?,
            Err(_) => State::default(),
        };
        let path = folder.join("ledger.ndjson");
        let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        file.set_len(state.bytes)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Copy { file: BufWriter::new(file), state_file, state })
    }

    async fn first(&mut self, campfire: &Client) -> Result<()> {
        // What changes while the copy runs is read again after it. Five minutes, for clocks that differ.
        let minutes_ago = Timestamp::from_unix_seconds(Timestamp::now().unix_seconds() - 300);
        self.state.watermark = self.state.watermark.take().or(minutes_ago.map(Watermark::from));
        let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {msg}")?);
        let shown = bar.clone();
        // Without `all_time` the server gives the last six months.
        let mut list = campfire.transactions().list().all_time(true).page_size(500).on_progress(move |progress| {
            shown.set_length(progress.expected.unwrap_or(progress.rows));
            shown.set_position(progress.rows);
            shown.set_message(format!("{} kB", progress.bytes / 1024));
        });
        if let Some(token) = &self.state.token {
            println!("Going on at {} bytes", self.state.bytes);
            list = list.resume(token);
        }
        let mut pages = list.pages();
        while let Some(page) = pages.try_next().await? {
            anyhow::ensure!(page.rejected.is_empty(), "rows that do not decode: {:?}", page.rejected);
            for row in &page.results {
                self.write(&json!({"changed": row}))?;
            }
            // The rows first, then how far they go: a crash between the two repeats a page and loses none.
            self.state.token.clone_from(&page.token);
            self.save()?;
        }
        bar.finish();
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
                Change::Changed(row) => {
                    changed += 1;
                    self.write(&json!({"changed": row}))?;
                }
                Change::Deleted(row) => {
                    deleted += 1;
                    self.write(&json!({"deleted": row.id}))?;
                }
                _ => {}
            }
        }
        // Only a complete run has a watermark, and only what is saved with it counts.
        self.state.watermark = run.watermark();
        self.save()?;
        println!("{changed} changed, {deleted} deleted");
        Ok(())
    }

    fn write(&mut self, line: &serde_json::Value) -> Result<()> {
        serde_json::to_writer(&mut self.file, line)?;
        Ok(self.file.write_all(b"\n")?)
    }

    fn save(&mut self) -> Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_data()?;
        self.state.bytes = self.file.get_ref().metadata()?.len();
        // Written beside and moved, so that no crash leaves half a state.
        let beside = self.state_file.with_extension("part");
        fs::write(&beside, serde_json::to_vec(&self.state)?)?;
        Ok(fs::rename(beside, &self.state_file)?)
    }
}
