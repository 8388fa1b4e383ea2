//! [`Sink`]: the places where a copy can be kept.

use std::future::Future;

use crate::error::Error;
use crate::layout::{Layout, Received};

#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(feature = "sink-postgres")]
pub mod postgres;
#[cfg(feature = "sink-sqlite")]
pub mod sqlite;

/// A place where a copy is kept: a database, in most cases.
pub trait Sink: Send + Sync {
    /// Prepares a table: creates it if it does not exist, and adds columns that it lacks. Returns the state that was saved with
    /// its last batch.
    fn open(&self, layout: &Layout) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// Writes a batch in one transaction: all of it takes effect, or nothing. The transaction may include the batches before it
    /// and be committed later, up to [`finish`](Self::finish); [`open`](Self::open) returns the state of what was committed.
    fn write(&self, layout: &Layout, batch: Batch) -> impl Future<Output = Result<(), Error>> + Send;

    /// Commits all batches of a table. Called when a run has ended with it, even if that failed.
    fn finish(&self, layout: &Layout) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = layout;
        std::future::ready(Ok(()))
    }

    /// Returns what identifies the rows of a table, in the order of their ids.
    fn keys(&self, layout: &Layout) -> impl Future<Output = Result<Vec<RowKey>, Error>> + Send;
}

/// What is written in one transaction.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Batch {
    /// What to do with rows, in this order.
    pub changes: Vec<RowChange>,
    /// The state of the table after this batch.
    pub state: String,
}

/// A change of a table.
#[derive(Clone, Debug)]
pub enum RowChange {
    /// Writes a record in place of the one with the same id, if there is one.
    Write(Received),
    /// Deletes the row with this id, if there is one.
    Delete(i64),
}

/// What identifies a row, and reveals if its record has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowKey {
    /// The id of the record.
    pub id: i64,
    /// The id of its parent, if it is a child record.
    pub parent: Option<i64>,
    /// The checksum of the record.
    pub checksum: i64,
}
