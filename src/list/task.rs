//! Work that goes on while nobody waits for it, and ends when nobody wants it any more.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::JoinHandle;

use crate::error::{ConfigurationError, Error};

/// A task of the runtime that is aborted when dropped.
#[derive(Debug)]
pub(super) struct Task<T>(JoinHandle<T>);

impl<T: Send + 'static> Task<T> {
    /// Begins the work. To be called from within the runtime.
    pub(super) fn spawn(work: impl Future<Output = T> + Send + 'static) -> Self {
        #[cfg(feature = "tracing")]
        let work = tracing::Instrument::in_current_span(work);
        Self(tokio::spawn(work))
    }
}

impl<T> Task<Result<T, Error>> {
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        Pin::new(&mut self.0).poll(context).map(|joined| match joined {
            Ok(outcome) => outcome,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(ConfigurationError::new("the runtime was shut down while a page was fetched").into()),
            },
        })
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
