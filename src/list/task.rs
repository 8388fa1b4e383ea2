//! [`Task`]: work that proceeds without being polled, and is cancelled when dropped.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use campfire_transport::outcome::error::{ConfigurationError, Error};

/// The place that tasks are started for: a runtime, if there is one, and the span of the user.
#[derive(Debug, Default)]
pub(super) struct Origin {
    runtime: Option<Handle>,
    #[cfg(feature = "tracing")]
    span: Option<tracing::Span>,
}

impl Origin {
    /// The place where this is called.
    pub(super) fn here() -> Self {
        Self {
            runtime: Handle::try_current().ok(),
            #[cfg(feature = "tracing")]
            span: Some(tracing::Span::current()),
        }
    }

    /// Starts the work, wherever this is called.
    pub(super) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Task<T> {
        #[cfg(feature = "tracing")]
        let work = tracing::Instrument::instrument(work, self.span.clone().unwrap_or_else(tracing::Span::none));
        Task(self.runtime.as_ref().map(|runtime| runtime.spawn(work)))
    }
}

/// A task of the runtime that is aborted when dropped. `None` if there is no runtime.
#[derive(Debug)]
pub(super) struct Task<T>(Option<JoinHandle<T>>);

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
