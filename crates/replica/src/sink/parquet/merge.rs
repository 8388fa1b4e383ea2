//! [`Merge`]: joins record batches in the order of their ids.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use arrow_array::cast::AsArray;
use arrow_array::{Int64Array, RecordBatch};
use arrow_select::interleave::interleave_record_batch;

use super::disk::Result;

/// The number of rows in a merged batch. The bytes of a Parquet file depend on it.
pub(super) const ROWS: usize = 4_096;

/// Says which ids of an input count.
pub(super) type Keep<'a> = Box<dyn Fn(i64) -> bool + Send + 'a>;

/// Record batches in the order of their ids, all with the same schema.
pub(super) struct Input<'a> {
    batches: Box<dyn Iterator<Item = Result<RecordBatch>> + Send + 'a>,
    keep: Keep<'a>,
    /// The current batch, and its ids.
    batch: Option<(RecordBatch, Int64Array)>,
    row: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(batches: impl Iterator<Item = Result<RecordBatch>> + Send + 'a, keep: Keep<'a>) -> Self {
        Self { batches: Box::new(batches), keep, batch: None, row: 0 }
    }

    /// Moves to the next row that counts, from the current one on. Returns its id, and whether it is in another batch.
    fn find(&mut self) -> Result<Option<(i64, bool)>> {
        let mut is_new = false;
        loop {
            if let Some((_, ids)) = &self.batch {
                let rest = ids.values().iter().enumerate().skip(self.row);
                if let Some((row, id)) = rest.map(|(row, id)| (row, *id)).find(|(_, id)| (self.keep)(*id)) {
                    self.row = row;
                    return Ok(Some((id, is_new)));
                }
            }
            let Some(batch) = self.batches.next().transpose()? else {
                self.batch = None;
                return Ok(None);
            };
            let ids = batch.column_by_name("id").and_then(|ids| ids.as_primitive_opt().cloned());
            (self.batch, self.row, is_new) = (Some((batch, ids.ok_or("a table has no column `id`")?)), 0, true);
        }
    }
}

/// Joins inputs in the order of their ids: batches of [`ROWS`] rows, except for the last.
pub(super) struct Merge<'a> {
    inputs: Vec<Input<'a>>,
    /// The next id of each input.
    next: BinaryHeap<Reverse<(i64, usize)>>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(mut inputs: Vec<Input<'a>>) -> Result<Self> {
        let mut next = BinaryHeap::new();
        for (index, input) in inputs.iter_mut().enumerate() {
            next.extend(input.find()?.map(|(id, _)| Reverse((id, index))));
        }
        Ok(Self { inputs, next })
    }

    fn read(&mut self) -> Result<Option<RecordBatch>> {
        let mut batches: Vec<RecordBatch> = Vec::new();
        // The place of each input's batch.
        let mut places = vec![None; self.inputs.len()];
        let mut rows = Vec::new();
        while rows.len() < ROWS {
            let Some(Reverse((_, index))) = self.next.pop() else { break };
            let input = &mut self.inputs[index];
            let place = match places[index] {
                Some(place) => place,
                None => {
                    batches.extend(input.batch.as_ref().map(|(batch, _)| batch.clone()));
                    *places[index].insert(batches.len() - 1)
                }
            };
            rows.push((place, input.row));
            input.row += 1;
            if let Some((id, is_new)) = input.find()? {
                self.next.push(Reverse((id, index)));
                if is_new {
                    places[index] = None;
                }
            }
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let batches: Vec<&RecordBatch> = batches.iter().collect();
        Ok(Some(interleave_record_batch(&batches, &rows)?))
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
