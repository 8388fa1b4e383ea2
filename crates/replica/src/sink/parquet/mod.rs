//! [`Parquet`]: a copy in a folder of Parquet files.
//!
//! ```text
//! copy/transactions/month=2026-01/part-0.parquet
//! copy/transactions/month=2026-02/part-0.parquet
//! copy/transactions/_manifest.json
//! ```
//!
//! Each table is a folder, with a file per month. DuckDB (`read_parquet('copy/transactions/*/*.parquet')`) and DataFusion read
//! such folders as one table with a column `month`, and Spark uses the same layout. Names that start with an underscore are not
//! part of it. The columns are those of [`arrow`](crate::arrow), without `_deleted`. The month is that of the only date of a
//! table, or that of its `created_at` if it has several or none: [`Parquet::month_of`] chooses another column. Rows without a
//! date are in the partition `__HIVE_DEFAULT_PARTITION__`, which DuckDB reads as null and DataFusion as this text.
//!
//! The rows of a file are sorted by id, and its bytes depend on them alone: the same records make the same files, however the
//! run that read them was divided into pages, interrupted, and resumed.
//!
//! Records are collected in memory. When there are 28 MiB of them, or after ten seconds, they are saved as a file of changes in
//! `_changes` while the next ones are collected, and then a manifest is replaced that names this file and has the state after
//! them. A process that is killed loses what is in memory, records and state alike, so the next run reads it again. At the end of a
//! run, or when there are 112 files of changes, these are merged into the months that they affect, two at a time. Each of those files is
//! replaced as a whole, and the manifest forgets the changes only when all of them are. Readers may therefore see a month before
//! and another one after a merge.
//!
//! Only one process may use `Parquet` on a folder at a time, even if it only reads records. Other engines may read meanwhile.

mod buffer;
mod changes;
mod disk;
mod manifest;
mod merge;
mod month;
mod partition;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use campfire::{Json, Timestamp};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::arrow::record::Records;
use crate::copy::ReadCopy;
use crate::error::Error;
use crate::layout::Layout;
use crate::sink::{Batch, RowKey, Sink};
use crate::state::State;
use disk::{Disk, Result};
use manifest::Manifest;
use merge::Merge;
use table::TableFiles;

/// A copy in a folder of Parquet files. Clones share the folder.
#[derive(Clone)]
pub struct Parquet {
    root: PathBuf,
    disk: Disk,
    months: BTreeMap<String, String>,
    tables: Arc<std::sync::Mutex<HashMap<String, Arc<Mutex<Slot>>>>>,
}

/// A table that is open.
#[derive(Default)]
struct Slot {
    files: Option<TableFiles>,
    /// Why the last batch was not taken in.
    failure: Option<Error>,
    /// Where the last call of `records` ended.
    cursor: Option<Cursor>,
}

/// Reads on where the last page of records ended.
struct Cursor {
    after: Option<i64>,
    rows: Merge<'static>,
    /// What was read of the last batch.
    left: std::vec::IntoIter<Json>,
}

impl Parquet {
    /// Opens a folder, or creates it.
    ///
    /// # Errors
    /// If the folder cannot be created.
    pub fn open(path: impl AsRef<Path>) -> std::result::Result<Self, Error> {
        let (root, disk) = (path.as_ref().to_owned(), Disk::default());
        let created = disk.create_folder(&root);
        created.map_err(|error| Error::storage(format!("create the folder {}", root.display()), error))?;
        Ok(Self { root, disk, months: BTreeMap::new(), tables: Arc::default() })
    }

    /// Sets the column, a date or a time, by which a table is divided into months. Rows that were written before stay where
    /// they are until they change.
    #[must_use]
    pub fn month_of(mut self, table: impl Into<String>, column: impl Into<String>) -> Self {
        self.months.insert(table.into(), column.into());
        self
    }

    async fn slot(&self, table: &str) -> OwnedMutexGuard<Slot> {
        let slot = {
            let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
            tables.entry(table.to_owned()).or_default().clone()
        };
        slot.lock_owned().await
    }

    /// Opens the files of a table, unless they are open.
    fn open_files(&self, slot: &mut Slot, layout: &Layout) -> Result<TableFiles> {
        match slot.files.take() {
            Some(files) => Ok(files),
            None => {
                let month = self.months.get(layout.table()).map(String::as_str);
                TableFiles::open(self.disk.clone(), self.root.join(layout.table()), layout.clone(), month)
            }
        }
    }

    /// Works on the files of a table, on a thread that may block. Files on which work fails are opened anew by the next one.
    async fn with<T: Send + 'static>(
        &self,
        layout: &Layout,
        action: &str,
        work: impl FnOnce(&mut TableFiles, &mut Option<Cursor>) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Error> {
        let mut slot = self.slot(layout.table()).await;
        if let Some(failure) = slot.failure.take() {
            return Err(failure);
        }
        let (sink, layout, action) = (self.clone(), layout.clone(), format!("{action} the table `{}`", layout.table()));
        blocking(action, move || {
            let mut files = sink.open_files(&mut slot, &layout)?;
            let done = work(&mut files, &mut slot.cursor)?;
            slot.files = Some(files);
            Ok(done)
        })
        .await
    }
}

/// Runs work on a thread that may block.
async fn blocking<T: Send + 'static>(
    action: String,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> std::result::Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| Error::storage(action, error)),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(Error::storage(action, error)),
        },
    }
}

impl Sink for Parquet {
    async fn open(&self, layout: &Layout) -> std::result::Result<Option<String>, Error> {
        // A failure that nobody was told of is from a run that was dropped.
        self.slot(layout.table()).await.failure = None;
        self.with(layout, "open", |files, _| Ok(files.state().map(str::to_owned))).await
    }

    /// Takes in a batch while the next page is fetched. If that fails, the next call returns why.
    async fn write(&self, layout: &Layout, batch: Batch) -> std::result::Result<(), Error> {
        let mut slot = self.slot(layout.table()).await;
        if let Some(failure) = slot.failure.take() {
            return Err(failure);
        }
        let (sink, layout) = (self.clone(), layout.clone());
        tokio::task::spawn_blocking(move || {
            slot.cursor = None;
            let written = sink.open_files(&mut slot, &layout).and_then(|mut files| {
                files.write(batch)?;
                Ok(files)
            });
            match written {
                Ok(files) => slot.files = Some(files),
                Err(error) => {
                    slot.failure = Some(Error::storage(format!("write to the table `{}`", layout.table()), error));
                }
            }
        });
        Ok(())
    }

    async fn finish(&self, layout: &Layout) -> std::result::Result<(), Error> {
        self.with(layout, "write to", |files, _| files.finish()).await
    }

    async fn keys(&self, layout: &Layout) -> std::result::Result<Vec<RowKey>, Error> {
        self.with(layout, "read", |files, _| files.keys()).await
    }
}

impl ReadCopy for Parquet {
    async fn tables(&self) -> std::result::Result<Vec<String>, Error> {
        let root = self.root.clone();
        blocking("list the tables".to_owned(), move || {
            let names = disk::names(&root)?.into_iter();
            Ok(names.filter(|name| root.join(name).join(Manifest::NAME).exists()).collect())
        })
        .await
    }

    async fn records(&self, table: &str, after: Option<i64>, limit: usize) -> std::result::Result<Vec<Json>, Error> {
        let known = campfire::tables::get(table);
        let layout = Layout::of(known.ok_or_else(|| Error::copy(format!("there is no table `{table}`")))?);
        self.with(&layout, "read", move |files, cursor| {
            let mut reading = match cursor.take() {
                Some(cursor) if cursor.after == after => cursor,
                _ => Cursor { after, rows: files.rows(after)?, left: Vec::new().into_iter() },
            };
            let records = reading.read(limit)?;
            *cursor = Some(reading);
            Ok(records)
        })
        .await
    }

    async fn copied_at(&self, table: &str) -> std::result::Result<Option<Timestamp>, Error> {
        let Some(known) = campfire::tables::get(table) else { return Ok(None) };
        let saved = self.with(&Layout::of(known), "read", |files, _| Ok(files.state().map(str::to_owned))).await?;
        Ok(State::read(table, saved.as_deref())?.copied_at)
    }
}

impl Cursor {
    fn read(&mut self, limit: usize) -> Result<Vec<Json>> {
        let mut records = Vec::new();
        while records.len() < limit {
            if let Some(record) = self.left.next() {
                records.push(record);
                continue;
            }
            let Some(batch) = self.rows.next().transpose()? else { break };
            let rows = Records::new(&batch);
            let read: Vec<Json> = (0..batch.num_rows()).map(|row| rows.with_parent(row)).collect();
            self.left = read.into_iter();
        }
        let last = records.last().and_then(|record| record["id"].as_i64());
        self.after = last.or(self.after);
        Ok(records)
    }
}

impl std::fmt::Debug for Parquet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parquet").field("root", &self.root).finish_non_exhaustive()
    }
}
