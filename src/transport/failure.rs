//! What a broken call means: was the request processed, and may it be repeated?

use std::error::Error as _;

use crate::error::{Error, OutcomeUnknown, TimeoutError, TimeoutPhase, TransportError};
use crate::{Operation, Retry};

/// Whether a call that may have been processed may be made again. Keyed operations always carry a key.
pub(crate) fn is_repeatable(operation: &Operation) -> bool {
    match operation.retry {
        Retry::Safe | Retry::Idempotent | Retry::Keyed => true,
        Retry::Never => false,
    }
}

/// The error of a call that may have been processed, and that the caller must not repeat, says so.
///
/// That holds for keyed calls, too: the caller does not know the key, and another call would have another one.
pub(crate) fn outcome(error: Error, operation: &'static Operation, maybe_processed: bool) -> Error {
    match operation.retry {
        Retry::Never | Retry::Keyed if maybe_processed => {
            Error::OutcomeUnknown(Box::new(OutcomeUnknown { operation, cause: error }))
        }
        _ => error,
    }
}

/// The error of a request that cannot be built, such as an upload whose file is missing.
pub(crate) fn not_built(operation: &'static Operation, reason: &str) -> Error {
    Error::Transport(TransportError {
        operation: operation.id,
        message: format!("the request cannot be built: {reason}"),
        may_have_been_processed: false,
        repeatable: true,
        is_final: true,
        request_id: None,
        source: None,
    })
}

/// Reads reqwest's error.
pub(crate) fn from_reqwest(error: reqwest::Error, operation: &'static Operation) -> Error {
    let repeatable = is_repeatable(operation);
    // Without a connection nothing was sent; a request that could not be built was not sent either.
    let may_have_been_processed = !(error.is_connect() || error.is_builder());
    if error.is_timeout() {
        let phase = if error.is_connect() { TimeoutPhase::Connect } else { TimeoutPhase::Answer };
        return Error::Timeout(TimeoutError {
            operation: operation.id,
            phase,
            limit: None,
            may_have_been_processed,
            repeatable,
        });
    }
    let what = if error.is_connect() {
        "the server cannot be reached"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the connection broke"
    };
    // The URL stays out: it may carry what the user searched for.
    let error = error.without_url();
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(source) = cause {
        causes.push(source.to_string());
        cause = source.source();
    }
    let why = causes.last().map(|cause| format!(": {cause}")).unwrap_or_default();
    Error::Transport(TransportError {
        operation: operation.id,
        message: format!("{what}{why}"),
        may_have_been_processed,
        repeatable,
        is_final: false,
        request_id: None,
        source: Some(Box::new(error)),
    })
}
