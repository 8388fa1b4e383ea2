//! Turns failures of the network into errors of the call.

use std::error::Error as StdError;

use http::HeaderValue;

use crate::outcome::certainty::Certainty;
use crate::outcome::error::{Error, OutcomeUnknown, RequestError, TimeoutError, TimeoutPhase, TransportError};
use crate::outcome::operation::{Operation, Retry};
use crate::outcome::retryable;

/// Returns `true` if the outcome of a call is unknown: it may have been processed, and must not be processed twice.
pub fn is_unknown(error: &Error, operation: &Operation, maybe_processed: bool) -> bool {
    // A response that arrived but cannot be used settles what its attempt did.
    maybe_processed
        && matches!(operation.retry, Retry::Never | Retry::Keyed)
        && retryable::certainty(error) != Certainty::Processed
}

/// Marks the outcome of a call as unknown. `key` is the idempotency key that was sent.
#[cold]
pub fn unknown(error: Error, operation: &'static Operation, key: Option<HeaderValue>, is_users: bool) -> Error {
    Error::OutcomeUnknown(Box::new(OutcomeUnknown::new(operation, error).with_key(key, is_users)))
}

/// The request could not be built, for example because the file of an upload is missing.
#[cold]
pub fn not_built(operation: &'static Operation, reason: &str) -> Error {
    RequestError::new(operation, format!("the request cannot be built: {reason}")).into()
}

/// Corrects the error of an attempt whose request no connection has taken: nothing was sent.
#[cold]
pub fn not_sent(mut error: Error) -> Error {
    match &mut error {
        Error::Transport(error) => error.certainty = Certainty::NotProcessed,
        Error::Timeout(error) => error.certainty = Certainty::NotProcessed,
        _ => {}
    }
    error
}

/// The HTTP client rejected the request, and will reject it again.
fn unsendable(error: &reqwest::Error, operation: &'static Operation) -> RequestError {
    let length = error.url().map_or(0, |url| url.as_str().len());
    RequestError::new(
        operation,
        format!("its URL is invalid or too long: it has {length} bytes, at most 65,534 can be sent"),
    )
}

/// Translates reqwest's error.
#[cold]
pub fn from_reqwest(error: reqwest::Error, operation: &'static Operation) -> Error {
    if error.is_builder() {
        return unsendable(&error, operation).into();
    }
    // Without a connection nothing was sent.
    let certainty = Certainty::of_attempt(!error.is_connect());
    if error.is_timeout() {
        let phase = if error.is_connect() { TimeoutPhase::Connect } else { TimeoutPhase::Response };
        return TimeoutError::new(operation, phase, None, certainty).into();
    }
    let what = if error.is_connect() {
        "the server cannot be reached"
    } else if error.is_body() || error.is_decode() {
        "the response was cut off"
    } else {
        "the connection broke"
    };
    // The URL may contain what the user searched for.
    let error = error.without_url();
    let mut root_cause = error.source();
    while let Some(deeper) = root_cause.and_then(StdError::source) {
        root_cause = Some(deeper);
    }
    let why = root_cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    TransportError::new(operation, format!("{what}{why}"), certainty).with_source(error).into()
}
