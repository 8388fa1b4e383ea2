//! [`Carry`]: follows the balances of a copy through a run.

use std::sync::{Mutex, PoisonError};

use campfire::Json;

use super::balances::Balances;
use super::line::LINES;
use crate::copy::ReadCopy;
use crate::error::Error;
use crate::layout::{FieldOrder, Layout};
use crate::sink::{Batch, RowChange, RowKey, Sink};

/// A sink that follows the balances of the copy through a run: yesterday's, and what the run changes, are today's.
///
/// It reads each ledger line before it is replaced, so use it for runs of changes, not for the first copy.
#[derive(Debug)]
pub struct Carry<S> {
    sink: S,
    balances: Mutex<Balances>,
}

impl<S> Carry<S> {
    /// Wraps a sink. `balances` are those of the copy before the run, from the [`Report`](super::report::Report) of its last
    /// verification.
    pub fn new(sink: S, balances: Balances) -> Self {
        Carry { sink, balances: Mutex::new(balances) }
    }

    /// Returns the balances that the copy should have now, for [`Verify::carried_forward`](super::run::Verify::carried_forward).
    pub fn balances(&self) -> Balances {
        self.lock().clone()
    }

    /// Returns the sink.
    pub fn sink(&self) -> &S {
        &self.sink
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Balances> {
        self.balances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Sink + ReadCopy> Carry<S> {
    /// Returns the balances after a batch.
    async fn after(&self, layout: &Layout, batch: &Batch) -> Result<Balances, Error> {
        let mut balances = self.balances();
        // A batch may change a line more than once.
        let mut written = std::collections::BTreeMap::<i64, Option<Json>>::new();
        let mut order = FieldOrder::default();
        for change in &batch.changes {
            let (id, after) = match change {
                RowChange::Write(record) => (record.id, Some(layout.record(layout.row(record, &mut order)))),
                RowChange::Delete(id) => (*id, None),
            };
            let before = match written.remove(&id) {
                Some(before) => before,
                None => self.line(id).await?,
            };
            balances.replace(before.as_ref(), after.as_ref())?;
            written.insert(id, after);
        }
        Ok(balances)
    }

    /// Returns a ledger line of the copy.
    async fn line(&self, id: i64) -> Result<Option<Json>, Error> {
        let lines = self.sink.records(LINES, id.checked_sub(1), 1).await?;
        Ok(lines.into_iter().next().filter(|line| line["id"].as_i64() == Some(id)))
    }
}

impl<S: Sink + ReadCopy> Sink for Carry<S> {
    async fn open(&self, layout: &Layout) -> Result<Option<String>, Error> {
        self.sink.open(layout).await
    }

    async fn write(&self, layout: &Layout, batch: Batch) -> Result<(), Error> {
        if layout.table() != LINES {
            return self.sink.write(layout, batch).await;
        }
        // A table is written by one task.
        let after = self.after(layout, &batch).await?;
        self.sink.write(layout, batch).await?;
        *self.lock() = after;
        Ok(())
    }

    async fn keys(&self, layout: &Layout) -> Result<Vec<RowKey>, Error> {
        self.sink.keys(layout).await
    }
}
