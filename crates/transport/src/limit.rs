//! Time limits.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use crate::outcome::certainty::Certainty;
use crate::outcome::error::{Error, TimeoutError, TimeoutPhase};
use crate::outcome::operation::Operation;

/// A time limit of one phase of a call.
#[derive(Clone, Copy)]
pub struct Limit {
    pub operation: &'static Operation,
    pub phase: TimeoutPhase,
    pub limit: Option<Duration>,
}

impl Limit {
    /// Waits for a future, at most until the limit expires.
    ///
    /// The caller pins the future: an argument that is moved takes its space twice, and these futures are nested. The
    /// clock is read only if there is something to wait for; most chunks of a response have already arrived.
    pub async fn hold<F: Future>(&self, mut future: Pin<&mut F>) -> Result<F::Output, Error> {
        let Some(limit) = self.limit else { return Ok(future.await) };
        let mut timer = None::<Pin<Box<Sleep>>>;
        poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            let timer = timer.get_or_insert_with(|| Box::pin(sleep(limit)));
            timer.as_mut().poll(context).map(|()| Err(self.expired(limit)))
        })
        .await
    }

    /// The error after the limit expired: the request was sent, and may have been processed.
    fn expired(&self, limit: Duration) -> Error {
        TimeoutError::new(self.operation, self.phase, Some(limit), Certainty::MaybeProcessed).into()
    }
}
