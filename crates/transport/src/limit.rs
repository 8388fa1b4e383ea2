//! Time limits.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
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
    /// The caller pins the future: an argument that is moved takes its space twice, and these futures are nested.
    pub fn hold<'a, F: Future>(&'a self, future: Pin<&'a mut F>) -> Held<'a, F> {
        Held { limit: self, future, timer: None }
    }

    /// The error after the limit expired: the request was sent, and may have been processed.
    fn expired(&self) -> Error {
        TimeoutError::new(self.operation, self.phase, self.limit, Certainty::MaybeProcessed).into()
    }
}

/// A future under a time limit.
pub struct Held<'a, F> {
    limit: &'a Limit,
    future: Pin<&'a mut F>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<F: Future> Future for Held<'_, F> {
    type Output = Result<F::Output, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        let Some(limit) = self.limit.limit else { return Poll::Pending };
        // The clock is read only if there is something to wait for; most chunks of a response have already arrived.
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        timer.as_mut().poll(context).map(|()| Err(self.limit.expired()))
    }
}
