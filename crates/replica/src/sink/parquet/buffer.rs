//! [`Buffer`]: changes that are not on the disk yet.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use arrow_select::interleave::interleave_record_batch;

use super::partition::{Month, Partitions};
use crate::arrow::rows::Rows;
use crate::layout::Layout;
use crate::sink::RowChange;

/// The number of rows in the batches of a buffer, and of files of changes.
const ROWS: usize = 2_048;

/// Changes that are not on the disk yet, as record batches.
pub(super) struct Buffer {
    rows: Rows,
    partitions: Partitions,
    batches: Vec<RecordBatch>,
    bytes: usize,
    /// The number of rows that are not in a batch yet.
    pending: usize,
    changes: Vec<Place>,
}

/// Where a change is in the buffer.
#[derive(Clone, Copy)]
struct Place {
    id: i64,
    target: Target,
    batch: u32,
    row: u32,
}

/// What a change belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Partition(Month),
    Deletions,
}

impl Buffer {
    pub(super) fn new(layout: &Layout, partitions: Partitions) -> Self {
        let rows = Rows::new(layout);
        Self { rows, partitions, batches: Vec::new(), bytes: 0, pending: 0, changes: Vec::new() }
    }

    /// Returns about how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(super) fn push(&mut self, change: &RowChange) -> Result<(), ArrowError> {
        let (id, target) = match change {
            RowChange::Write(row) => {
                self.rows.push(row);
                (row.id, Target::Partition(self.partitions.month(row)))
            }
            RowChange::Delete(id) => {
                self.rows.push_deleted(*id);
                (*id, Target::Deletions)
            }
        };
        let index = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        self.changes.push(Place { id, target, batch: index(self.batches.len()), row: index(self.pending) });
        self.pending += 1;
        if self.pending == ROWS { self.end_batch() } else { Ok(()) }
    }

    fn end_batch(&mut self) -> Result<(), ArrowError> {
        let batch = self.rows.finish()?;
        self.bytes += batch.get_array_memory_size();
        self.batches.push(batch);
        self.pending = 0;
        Ok(())
    }

    /// Takes all changes: the last one of each record, by target and id, in batches.
    pub(super) fn take(&mut self) -> Result<Vec<(Target, Vec<RecordBatch>)>, ArrowError> {
        if self.pending > 0 {
            self.end_batch()?;
        }
        let batches = std::mem::take(&mut self.batches);
        let batches: Vec<&RecordBatch> = batches.iter().collect();
        self.bytes = 0;
        let mut changes = std::mem::take(&mut self.changes);
        changes.sort_by_key(|change| (change.id, std::cmp::Reverse((change.batch, change.row))));
        changes.dedup_by_key(|change| change.id);
        changes.sort_by_key(|change| change.target);
        let groups = changes.chunk_by(|left, right| left.target == right.target);
        groups
            .map(|group| {
                let batches = group.chunks(ROWS).map(|chunk| {
                    let rows: Vec<_> =
                        chunk.iter().map(|change| (change.batch as usize, change.row as usize)).collect();
                    interleave_record_batch(&batches, &rows)
                });
                Ok((group[0].target, batches.collect::<Result<_, _>>()?))
            })
            .collect()
    }
}
