//! What may be retried: the one place that decides it.
//!
//! The rule for a ledger: a lost response is an error, a duplicate journal entry is a disaster. So the HTTP method does
//! not decide; the operation's [`Retry`] class does, together with what is known of the failed attempt.

use super::certainty::Certainty;
use super::error::Error;
use super::operation::{Operation, Retry};

/// Returns what is known of the attempt that ended in this error.
pub(crate) fn certainty(error: &Error) -> Certainty {
    match error {
        Error::Transport(error) => error.certainty,
        Error::Timeout(error) => error.certainty,
        Error::RateLimited(_) => Certainty::NotProcessed,
        Error::Server(error) => match error.status.as_u16() {
            503 if error.retry_after.is_some() => Certainty::NotProcessed,
            // The server does not know the method or the version.
            501 | 505 => Certainty::Final,
            // A gateway did not reach the server: refused, no route, no TLS session, an invalid certificate.
            521 | 523 | 525 | 526 => Certainty::NotProcessed,
            // Gateways use many more (520, 522, 524, 598 …) for a server that may have the request.
            _ => Certainty::MaybeProcessed,
        },
        Error::Status(error) => match error.status.as_u16() {
            408 => Certainty::MaybeProcessed,
            // Sent to a server that does not serve it, or too early to be processed safely.
            421 | 425 => Certainty::NotProcessed,
            _ => Certainty::Final,
        },
        Error::OutcomeUnknown(error) => match certainty(error.cause()) {
            Certainty::NotProcessed => Certainty::MaybeProcessed,
            other => other,
        },
        _ => Certainty::Final,
    }
}

/// Returns `true` if the call may be made again after this error. A request that was certainly not processed may always
/// be sent again.
pub(crate) fn may_retry(error: &Error, operation: &Operation) -> bool {
    match certainty(error) {
        Certainty::Final | Certainty::Processed => false,
        Certainty::NotProcessed => true,
        Certainty::MaybeProcessed => match operation.retry {
            Retry::Safe | Retry::Idempotent => true,
            // The attempts of a call share one key, but another call has the same one only if the user set it.
            Retry::Keyed => !matches!(error, Error::OutcomeUnknown(error) if !error.key_is_users()),
            Retry::Never => false,
        },
    }
}

impl Error {
    /// Returns `true` if the same call may succeed later *and* retrying it cannot do anything twice.
    ///
    /// That holds if the request was certainly not processed (refused connection, 429). For operations that may be
    /// retried, it also holds if the request may have been processed (timeouts, broken connections, 5xx). For operations
    /// with an idempotency key, it then holds only if you set the key: another call would generate another one. See
    /// [`Error::idempotency_key`]. The client has already retried the call as far as its
    /// [`RetryPolicy`](crate::retry::RetryPolicy) allows.
    pub fn is_retryable(&self) -> bool {
        self.called().is_some_and(|operation| may_retry(self, operation))
    }
}
