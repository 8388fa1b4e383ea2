//! The log of requests.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use campfire_values::Timestamp;

/// The number of requests that the log keeps.
const MAX_REQUESTS: usize = 100_000;

/// The bytes of headers and bodies that the log keeps.
const MAX_BYTES: usize = 64 * 1024 * 1024;

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
    /// The headers in the order of their names, which are in lower case. API keys and cookies are `[redacted]`.
    pub headers: Vec<(String, String)>,
    /// The body as text; empty if the caller had no right to send the request.
    pub body: String,
    /// The body of the response as text. If a fault has withheld or replaced the response, the body that it would have
    /// had. Empty if it is no text, or longer than a megabyte.
    pub response: String,
    /// The tenant that the API key belongs to.
    pub tenant: Option<String>,
    /// The time of the response, by the clock of the tenant.
    pub time: Timestamp,
}

impl LoggedRequest {
    fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        self.body.len() + self.response.len() + headers.sum::<usize>()
    }
}

/// The requests so far, in order. The oldest make way for new ones.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    requests: VecDeque<LoggedRequest>,
    /// The bytes of all headers and bodies.
    bytes: usize,
}

impl Log {
    pub(crate) fn add(&self, request: LoggedRequest) {
        let mut entries = self.lock();
        entries.bytes += request.bytes();
        entries.requests.push_back(request);
        while entries.requests.len() > MAX_REQUESTS || entries.bytes > MAX_BYTES {
            let Some(oldest) = entries.requests.pop_front() else { break };
            entries.bytes -= oldest.bytes();
        }
    }

    pub(crate) fn requests(&self) -> Vec<LoggedRequest> {
        self.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        *self.lock() = Entries::default();
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
