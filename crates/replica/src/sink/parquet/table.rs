//! [`TableFiles`]: a table as files. How they change is told in [`parquet`](super).

use std::collections::BTreeSet;
use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;

use super::buffer::Buffer;
use super::changes::{self, Latest};
use super::disk::{self, Disk, Result};
use super::manifest::{ChangeFile, Group, Manifest};
use super::merge::{Input, Merge};
use super::month;
use super::partition::{PREFIX, Partitions};
use crate::arrow::rows;
use crate::layout::Layout;
use crate::sink::{Batch, RowKey};

/// How much of the changes is kept in memory, and for how long. While they are saved, as much again is collected.
const BUFFERED: usize = 28 << 20;
const UNSAVED: Duration = Duration::from_secs(10);

/// The number of files of changes that are merged at the latest: all of them are open then, once for each month that is merged.
const CHANGE_FILES: usize = 112;

/// The number of months that are merged side by side. Each holds a batch of each file of changes.
const MERGED_TOGETHER: usize = 2;

/// A table as files.
pub(super) struct TableFiles {
    disk: Disk,
    folder: PathBuf,
    layout: Layout,
    partitions: Partitions,
    /// The last one that is known to be on the disk.
    manifest: Manifest,
    /// Saves changes, and returns the manifest that has them.
    saving: Option<JoinHandle<Result<Manifest>>>,
    buffer: Buffer,
    /// The state after the changes in the buffer.
    state: Option<String>,
    saved: Instant,
    buffered: usize,
}

/// Changes that are saved while others are collected.
struct Save {
    disk: Disk,
    folder: PathBuf,
    layout: Layout,
    partitions: Partitions,
    manifest: Manifest,
    buffer: Buffer,
}

impl TableFiles {
    /// Opens a table, or creates it. Removes what a process that was killed has left behind.
    pub(super) fn open(disk: Disk, folder: PathBuf, layout: Layout, month: Option<&str>) -> Result<Self> {
        disk.create_folder(&folder.join(ChangeFile::FOLDER))?;
        let manifest = Manifest::read(&folder)?;
        let (partitions, state) = (Partitions::new(&layout, month)?, manifest.state.clone());
        let files = Self {
            disk,
            folder,
            layout,
            partitions,
            manifest,
            saving: None,
            buffer: Buffer::default(),
            state,
            saved: Instant::now(),
            buffered: BUFFERED,
        };
        files.remove_left_behind()?;
        Ok(files)
    }

    /// Sets how much of the changes is kept in memory.
    #[cfg(test)]
    pub(super) fn buffered(mut self, bytes: usize) -> Self {
        self.buffered = bytes;
        self
    }

    fn remove_left_behind(&self) -> io::Result<()> {
        let known: Vec<String> = self.manifest.changes.iter().map(|file| format!("{:08}.arrow", file.number)).collect();
        let changes = self.folder.join(ChangeFile::FOLDER);
        for name in disk::names(&changes)?.into_iter().filter(|name| !known.contains(name)) {
            self.disk.remove(&changes.join(name))?;
        }
        let months = disk::names(&self.folder)?.into_iter().filter(|name| name.starts_with(PREFIX));
        for folder in [self.folder.clone()].into_iter().chain(months.map(|name| self.folder.join(name))) {
            for name in disk::names(&folder)?.into_iter().filter(|name| name.ends_with(disk::UNFINISHED)) {
                self.disk.remove(&folder.join(name))?;
            }
        }
        Ok(())
    }

    /// Returns the state after the last batch.
    pub(super) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// Takes in a batch, and saves it together with those before it if there is enough.
    pub(super) fn write(&mut self, batch: Batch) -> Result<()> {
        for change in batch.changes {
            self.buffer.push(change);
        }
        self.state = Some(batch.state);
        if self.buffer.bytes() < self.buffered && self.saved.elapsed() < UNSAVED {
            return Ok(());
        }
        self.save()?;
        if self.manifest.changes.len() < CHANGE_FILES { Ok(()) } else { self.finish() }
    }

    /// Begins to save what is in memory, after what was in memory before.
    fn save(&mut self) -> Result<()> {
        self.settle()?;
        self.saved = Instant::now();
        if self.buffer.is_empty() && self.state == self.manifest.state {
            return Ok(());
        }
        let save = Save {
            disk: self.disk.clone(),
            folder: self.folder.clone(),
            layout: self.layout.clone(),
            partitions: self.partitions,
            manifest: self.manifest.with_state(self.state.clone()),
            buffer: std::mem::take(&mut self.buffer),
        };
        self.saving = Some(std::thread::Builder::new().name("save".to_owned()).spawn(|| save.run())?);
        Ok(())
    }

    /// Waits until what is being saved is on the disk.
    fn settle(&mut self) -> Result<()> {
        if let Some(saving) = self.saving.take() {
            self.manifest = saving.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        }
        Ok(())
    }

    /// Saves what is in memory, and brings the files of the months up to date.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.save()?;
        self.settle()?;
        self.merge()
    }

    /// Merges the files of changes into the files of the months that they affect. If this is interrupted, each file is as it
    /// was before or as it is after, and merging the same changes again completes the others.
    fn merge(&mut self) -> Result<()> {
        if self.manifest.changes.is_empty() {
            return Ok(());
        }
        let latest = Latest::read(&self.folder, &self.manifest.changes)?;
        let groups = self.manifest.changes.iter().flat_map(|file| &file.groups);
        let mut affected: BTreeSet<String> = groups.filter_map(|group| group.partition.clone()).collect();
        for partition in month::partitions(&self.folder)? {
            // A row may have been deleted, or have moved to another month.
            if !affected.contains(&partition) && month::has_any(&self.folder, &partition, |id| latest.of(id).is_some())?
            {
                affected.insert(partition);
            }
        }
        self.merge_months(affected, &latest)?;
        let mut merged = self.manifest.clone();
        merged.changes.clear();
        merged.write(&self.disk, &self.folder)?;
        let files = std::mem::replace(&mut self.manifest, merged).changes;
        for ChangeFile { number, .. } in files {
            self.disk.remove(&ChangeFile::path(&self.folder, number))?;
        }
        Ok(())
    }

    /// Merges months, several side by side. After a failure, those that were begun are completed.
    fn merge_months(&self, partitions: BTreeSet<String>, latest: &Latest) -> Result<()> {
        let left = Mutex::new(partitions.into_iter());
        let merge = || {
            let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some(partition) = next() {
                self.merge_month(&partition, latest)?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..MERGED_TOGETHER).map(|_| scope.spawn(merge)).collect();
            let done = others.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            // All of them are waited for.
            std::iter::once(merge()).chain(done).collect::<Vec<_>>().into_iter().collect()
        })
    }

    fn merge_month(&self, partition: &str, latest: &Latest) -> Result<()> {
        let mut inputs = Vec::new();
        if month::path(&self.folder, partition).exists() {
            let rows = month::read(&self.folder, partition, &self.layout)?;
            inputs.push(Input::new(rows, Box::new(|id| latest.of(id).is_none())));
        }
        for ChangeFile { number, groups } in &self.manifest.changes {
            for group in groups.iter().filter(|group| group.partition.as_deref() == Some(partition)) {
                let rows = self.written(*number, group)?;
                inputs.push(Input::new(rows, Box::new(move |id| latest.is_in(id, *number))));
            }
        }
        let schema = rows::schema(&self.layout);
        month::write(&self.disk, &self.folder, partition, &schema, Merge::new(inputs)?)
    }

    /// Reads the rows that a group of changes writes.
    fn written(&self, number: u64, group: &Group) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
        let (schema, layout) = (rows::schema(&self.layout), self.layout.clone());
        Ok(changes::read(&self.folder, number, group)?.map(move |batch| {
            let batch = batch?;
            // The last column marks deletions, which are in groups of their own.
            let rows = batch.project(&(0..batch.num_columns() - 1).collect::<Vec<_>>())?;
            month::conform(rows, &layout, &schema)
        }))
    }

    /// Returns what identifies the rows, in the order of their ids.
    pub(super) fn keys(&mut self) -> Result<Vec<RowKey>> {
        self.finish()?;
        let mut keys = Vec::new();
        for partition in month::partitions(&self.folder)? {
            month::read_keys(&self.folder, &partition, &mut keys)?;
        }
        keys.sort_unstable_by_key(|key| key.id);
        Ok(keys)
    }

    /// Returns the rows of all months in the order of their ids.
    pub(super) fn rows(&mut self, after: Option<i64>) -> Result<Merge<'static>> {
        self.finish()?;
        rows_of(&self.folder, &self.layout, after)
    }
}

impl Save {
    /// Writes a file of changes, and a manifest that has it and the state.
    fn run(mut self) -> Result<Manifest> {
        if !self.buffer.is_empty() {
            let changes = self.buffer.sorted(&self.layout, self.partitions);
            let number = self.manifest.next;
            self.manifest.changes.push(changes::write(&self.disk, &self.folder, number, &self.layout, &changes)?);
            self.manifest.next += 1;
        }
        self.manifest.write(&self.disk, &self.folder)?;
        Ok(self.manifest)
    }
}

/// What is being saved must not be written later into files that somebody else has opened.
impl Drop for TableFiles {
    fn drop(&mut self) {
        self.saving.take().map(JoinHandle::join);
    }
}

fn rows_of(folder: &Path, layout: &Layout, after: Option<i64>) -> Result<Merge<'static>> {
    let mut inputs = Vec::new();
    for partition in month::partitions(folder)? {
        let rows = month::read(folder, &partition, layout)?;
        inputs.push(Input::new(rows, Box::new(move |id| after.is_none_or(|after| id > after))));
    }
    Merge::new(inputs)
}
