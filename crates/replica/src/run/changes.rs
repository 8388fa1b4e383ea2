//! Reads what has changed in a table, page by page.

use campfire::{Change, Timestamp};

use super::job::Job;
use crate::error::Error;
use crate::sink::{RowChange, Sink};
use crate::state::State;

/// Reads what has changed since the last run, or goes on with a run that was interrupted.
pub(crate) async fn read<S: Sink>(job: &mut Job<'_, S>, mut state: State) -> Result<(), Error> {
    let resumes = state.watermark.as_ref().is_some_and(|watermark| !watermark.is_complete());
    let local = Timestamp::now();
    let Some(mut run) = job.list(&[])?.sync(state.watermark.take()) else {
        return Err(Error::copy(format!("`{}` has no change filter", job.table.name())));
    };
    while let Some(page) = run.try_next_page().await? {
        if !resumes {
            let began = run.server_time().unwrap_or(local);
            state.began = Timestamp::from_unix_seconds(began.unix_seconds());
        }
        let changes = page.changes.into_iter().map(|change| match change {
            Change::Changed(record) => job.received(record, None).map(RowChange::Write),
            Change::Deleted(record) => Ok(RowChange::Delete(record.id)),
            other => Err(Error::copy(format!("a kind of change that this version does not know: {other:?}"))),
        });
        let changes = changes.collect::<Result<Vec<_>, _>>()?;
        state.advance(page.watermark);
        job.write(changes, &state).await?;
    }
    if state.complete {
        state.end();
        job.write(Vec::new(), &state).await?;
    }
    job.report.warnings.extend(run.warnings().iter().map(ToString::to_string));
    Ok(())
}
