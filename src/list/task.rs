//! [`Task`]: work that proceeds without being polled, and is cancelled when dropped.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use campfire_transport::outcome::error::{ConfigurationError, Error};

/// A task of the runtime that is aborted when dropped. `None` if there is no runtime.
#[derive(Debug)]
pub(super) struct Task<T>(Option<JoinHandle<T>>);

impl<T: Send + 'static> Task<T> {
    /// Starts the work.
    pub(super) fn spawn(work: impl Future<Output = T> + Send + 'static) -> Self {
        #[cfg(feature = "tracing")]
        let work = tracing::Instrument::in_current_span(work);
        Self(Handle::try_current().ok().map(|runtime| runtime.spawn(work)))
    }
}

impl<T> Task<Result<T, Error>> {
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        let Some(handle) = &mut self.0 else {
            let message = "lists are fetched by tokio tasks: call this from within a tokio runtime";
            return Poll::Ready(Err(ConfigurationError::new(message).into()));
        };
        Pin::new(handle).poll(context).map(|joined| match joined {
            Ok(outcome) => outcome,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => {
                    Err(ConfigurationError::new("the runtime was shut down while a page was being fetched").into())
                }
            },
        })
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.abort();
        }
    }
}
