//! The log of requests.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A request that the sandbox has received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query, not decoded.
    pub query: String,
    /// The operation id, if the path belongs to an operation.
    pub operation: Option<String>,
    /// The status of the response. If a fault has withheld the response, the status that it would have had; zero if the
    /// request was not processed.
    pub status: u16,
    /// The body as text.
    pub body: String,
}

/// The requests so far, in order.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Vec<LoggedRequest>>);

impl Log {
    pub(crate) fn add(&self, request: LoggedRequest) {
        self.lock().push(request);
    }

    pub(crate) fn requests(&self) -> Vec<LoggedRequest> {
        self.lock().clone()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LoggedRequest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
