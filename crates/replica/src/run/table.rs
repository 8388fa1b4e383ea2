//! Brings a table up to date.

use super::job::Job;
use super::{changes, children, comparison};
use crate::error::Error;
use crate::report::Method;
use crate::sink::Sink;
use crate::state::State;

/// Brings the table up to date, by the best method that the API allows.
pub(crate) async fn run<S: Sink>(job: &mut Job<'_, S>) -> Result<(), Error> {
    let saved = job.sink.open(&job.layout).await?;
    let state = State::read(job.table.name(), saved.as_deref())?;
    let read = match job.report.method {
        Method::Changes => changes::read(job, state).await,
        Method::Comparison => comparison::read(job, state).await,
        Method::Children => children::read(job, state).await,
    };
    // What was read before a failure counts as well.
    let finished = job.sink.finish(&job.layout).await;
    read.and(finished)
}
