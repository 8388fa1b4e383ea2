//! Limits on time.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::failure;
use crate::Operation;
use crate::error::{Error, TimeoutError, TimeoutPhase};

/// A limit on time, and what it is a limit of.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) operation: &'static Operation,
    pub(crate) phase: TimeoutPhase,
    pub(crate) limit: Option<Duration>,
}

impl Limit {
    /// Waits for a future, as long as the limit allows.
    ///
    /// The future is pinned by the caller: an argument that is moved on takes its room twice, and these futures hold one
    /// another. The clock is read only if there is something to wait for; most pieces of an answer are there already.
    pub(crate) async fn hold<F: Future>(&self, mut future: Pin<&mut F>) -> Result<F::Output, Error> {
        let Some(limit) = self.limit else { return Ok(future.await) };
        let mut timer = None::<Pin<Box<Sleep>>>;
        poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            let timer = timer.get_or_insert_with(|| Box::pin(sleep(limit)));
            timer.as_mut().poll(context).map(|()| Err(self.passed(limit)))
        })
        .await
    }

    /// The error when time has run out: the request is on its way, and may have been processed.
    fn passed(&self, limit: Duration) -> Error {
        Error::Timeout(TimeoutError {
            operation: self.operation.id,
            phase: self.phase,
            limit: Some(limit),
            may_have_been_processed: true,
            repeatable: failure::is_repeatable(self.operation),
        })
    }
}
