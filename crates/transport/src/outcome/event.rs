//! [`Event`]: what happens to a call, for metrics and logs.

use std::time::Duration;

use http::StatusCode;

use super::error::Error;
use super::operation::Operation;

/// An event in the life of a call. See `ClientBuilder::on_event`.
///
/// Events contain no body, no header and no API key.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An attempt ended, with or without a response.
    Attempt(AttemptEvent<'a>),
    /// A call will be retried after a wait.
    Retry(RetryEvent),
    /// A call ended. Emitted once for each call that was not dropped before.
    Call(CallEvent<'a>),
}

/// The end of an attempt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttemptEvent<'a> {
    /// The operation.
    pub operation: &'static Operation,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The status of the response, or `None` if there was none.
    pub status: Option<StatusCode>,
    /// The error, if the attempt failed.
    pub error: Option<&'a Error>,
    /// The duration of the attempt, without the wait for its turn.
    pub elapsed: Duration,
    /// The size of the decompressed body in bytes; 0 if there was none, or if it is a stream.
    pub bytes: usize,
}

/// A retry that is about to happen.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RetryEvent {
    /// The operation.
    pub operation: &'static Operation,
    /// The number of the attempt that failed, from 1.
    pub attempt: u32,
    /// The wait before the next attempt.
    pub wait: Duration,
}

/// The end of a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallEvent<'a> {
    /// The operation.
    pub operation: &'static Operation,
    /// The number of attempts.
    pub attempts: u32,
    /// The error, if the call failed. A response that cannot be decoded is not a failure here.
    pub error: Option<&'a Error>,
    /// The duration of the call, with all attempts and waits.
    pub elapsed: Duration,
}
