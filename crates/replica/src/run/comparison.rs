//! Reads a whole table, and compares it with the copy.

use campfire::List;

use super::job::Job;
use super::known::Known;
use crate::error::Error;
use crate::sink::{RowChange, Sink};
use crate::state::State;

/// How often a list that changes while it is read is read before its missing records are kept for the next run.
const PASSES: usize = 3;

/// Reads everything. The first time, the state has the position, so that an interrupted run resumes. Later runs write only what
/// has changed, and start over if they are interrupted.
pub(crate) async fn read<S: Sink>(job: &mut Job<'_, S>, mut state: State) -> Result<(), Error> {
    if !state.complete {
        pass(job, &mut state, &mut Known::default()).await?;
        (state.token, state.complete) = (None, true);
        return job.write(Vec::new(), &state).await;
    }
    let mut known = Known::new(job.sink.keys(&job.layout).await?);
    let mut drifted = true;
    for _ in 0..PASSES {
        drifted = pass(job, &mut state, &mut known).await?;
        if !drifted || known.missing().next().is_none() {
            break;
        }
    }
    let missing: Vec<RowChange> = known.missing().map(|key| RowChange::Delete(key.id)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if drifted {
        // A record whose place in the list changes may be missed, so it is not certain that these were deleted.
        let warning = format!("{} rows may be of deleted records: the list changed while it was read", missing.len());
        job.report.warnings.push(warning);
        return Ok(());
    }
    job.write(missing, &state).await
}

/// Reads the list once. Returns `true` if it changed meanwhile.
async fn pass<S: Sink>(job: &mut Job<'_, S>, state: &mut State, known: &mut Known) -> Result<bool, Error> {
    let mut list = job.list(&[])?;
    if let Some(token) = &state.token {
        list = list.resume(token);
    }
    let (mut pages, mut drifted) = (list.pages(), false);
    while let Some(page) = pages.try_next().await? {
        drifted |= page.drifted;
        let page = page.into_inner();
        let mut changes = Vec::with_capacity(page.results.len());
        for record in page.results {
            let record = job.received(record, None)?;
            if known.has(&record) {
                job.report.unchanged += 1;
            } else {
                changes.push(RowChange::Write(record));
            }
        }
        if !state.complete {
            state.token = page.token;
        }
        if !state.complete || !changes.is_empty() {
            job.write(changes, state).await?;
        }
    }
    Ok(drifted)
}
