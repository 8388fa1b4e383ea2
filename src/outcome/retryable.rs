//! What may be retried: the one place that decides it.
//!
//! The rule for a ledger: a lost response is an error, a duplicate journal entry is a disaster. So the HTTP method does
//! not decide; the operation's [`Retry`] class does, together with what is known of the failed attempt.

use super::certainty::Certainty;
use super::error::Error;
use super::operation::{Operation, Retry};

/// Returns what is known of the attempt that ended in this error.
pub(crate) fn certainty(error: &Error) -> Certainty {
    let maybe = |maybe: bool| if maybe { Certainty::MaybeProcessed } else { Certainty::NotProcessed };
    match error {
        Error::Transport(error) => error.certainty,
        Error::Timeout(error) => maybe(error.may_have_been_processed),
        Error::RateLimited(_) => Certainty::NotProcessed,
        Error::Server(error) => match error.status.as_u16() {
            503 if error.retry_after.is_some() => Certainty::NotProcessed,
            // The server does not know the method or the version, or is permanently full.
            501 | 505..=599 => Certainty::Final,
            _ => Certainty::MaybeProcessed,
        },
        Error::Status(error) if error.status.as_u16() == 408 => Certainty::MaybeProcessed,
        _ => Certainty::Final,
    }
}

/// Returns `true` if the operation may be processed twice without harm. Keyed operations always carry a key.
pub(crate) fn tolerates_duplicates(operation: &Operation) -> bool {
    match operation.retry {
        Retry::Safe | Retry::Idempotent | Retry::Keyed => true,
        Retry::Never => false,
    }
}

/// Returns `true` if the call may be made again after this error. A request that was certainly not processed may always
/// be sent again.
pub(crate) fn may_retry(error: &Error, operation: &Operation) -> bool {
    match certainty(error) {
        Certainty::Final | Certainty::Processed => false,
        Certainty::NotProcessed => true,
        Certainty::MaybeProcessed => tolerates_duplicates(operation),
    }
}

impl Error {
    /// Returns `true` if the same call may succeed later *and* retrying it cannot do anything twice.
    ///
    /// That holds if the request was certainly not processed (refused connection, 429). For operations that may be
    /// retried, it also holds if the request may have been processed (timeouts, broken connections, 5xx). The client has
    /// already retried the call as far as its [`RetryPolicy`](crate::RetryPolicy) allows.
    pub fn is_retryable(&self) -> bool {
        self.called().is_some_and(|operation| may_retry(self, operation))
    }
}
