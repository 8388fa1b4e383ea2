//! Reads the records below every parent, and compares them with the copy.

use std::collections::BTreeSet;

use campfire::tables::{self, TableList};
use campfire::{List, RecordText};
use futures_util::{StreamExt, stream};

use super::job::Job;
use super::known::Known;
use crate::error::Error;
use crate::layout::Layout;
use crate::report::Failure;
use crate::sink::{RowChange, RowKey, Sink};
use crate::state::State;

/// The number of rows, and of parents, after which a batch is written.
const ROWS: usize = 500;
const PARENTS: usize = 100;

/// Reads the records below every parent that the copy has. The first time, the state has the last parent that is complete, so
/// that an interrupted run resumes.
pub(crate) async fn read<S: Sink>(job: &mut Job<'_, S>, mut state: State) -> Result<(), Error> {
    let first = !state.complete;
    let mut parents = parents(job).await?;
    if first {
        parents.retain(|parent| state.parent.is_none_or(|done| parent.id > done));
    }
    let mut known = if first { Known::default() } else { Known::new(job.sink.keys(&job.layout).await?) };
    let lists = parents.iter().map(|parent| {
        // The ids in the path, outermost first.
        let path: Vec<i64> = parent.parent.into_iter().chain([parent.id]).collect();
        (parent.id, job.list(&path))
    });
    let lists: Vec<_> = lists.map(|(parent, list)| async move { (parent, below(list).await) }).collect();
    let mut lists = stream::iter(lists).buffered(job.settings.side_by_side);
    let (mut changes, mut waiting, mut failed) = (Vec::new(), 0, BTreeSet::new());
    while let Some((parent, records)) = lists.next().await {
        match records {
            Ok(records) => {
                for record in records {
                    let record = job.received(record, Some(parent))?;
                    if known.has(&record) {
                        job.report.unchanged += 1;
                    } else {
                        changes.push(RowChange::Write(record));
                    }
                }
            }
            Err(error) => {
                failed.insert(parent);
                job.report.failures.push(Failure { parent: Some(parent), error });
            }
        }
        waiting += 1;
        if first && failed.is_empty() {
            state.parent = Some(parent);
        }
        if changes.len() >= ROWS || first && waiting >= PARENTS {
            job.write(std::mem::take(&mut changes), &state).await?;
            waiting = 0;
        }
    }
    let missing = known.missing().filter(|key| !key.parent.is_some_and(|parent| failed.contains(&parent)));
    changes.extend(missing.map(|key| RowChange::Delete(key.id)));
    let completes = first && failed.is_empty();
    if completes {
        (state.parent, state.complete) = (None, true);
    }
    if completes || !changes.is_empty() { job.write(changes, &state).await } else { Ok(()) }
}

/// Returns the rows of the parent table, in the order of their ids.
async fn parents<S: Sink>(job: &Job<'_, S>) -> Result<Vec<RowKey>, Error> {
    let parent = job.table.parent().and_then(tables::get);
    let parent = parent.ok_or_else(|| Error::copy(format!("`{}` has no parent table", job.table.name())))?;
    job.sink.keys(&Layout::of(parent)).await
}

/// Reads the records below a parent; none if the parent was deleted meanwhile.
async fn below(list: Result<TableList<RecordText>, Error>) -> Result<Vec<RecordText>, Error> {
    let mut records = list?.stream();
    let mut read = Vec::new();
    loop {
        match records.try_next().await {
            Ok(Some(record)) => read.push(record),
            Ok(None) => return Ok(read),
            Err(campfire::Error::NotFound(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        }
    }
}
