//! [`Event`]: what happens to calls, for metrics and logs of your own.

use std::time::Duration;

use http::StatusCode;

use crate::{Error, Operation};

/// Something that happened to a call. See [`ClientBuilder::on_event`](crate::ClientBuilder::on_event).
///
/// No event holds a body, a header or the API key.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An attempt has ended: with an answer, or without one.
    Attempt(AttemptEvent<'a>),
    /// A call will be tried again after a wait.
    Retry(RetryEvent),
    /// A call has ended. It comes once for each call that was not dropped before.
    Call(CallEvent<'a>),
}

/// The end of an attempt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttemptEvent<'a> {
    /// What was called.
    pub operation: &'static Operation,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// The status of the answer, if there was one.
    pub status: Option<StatusCode>,
    /// Why it failed, if it did.
    pub error: Option<&'a Error>,
    /// How long it took, waiting for its turn not included.
    pub elapsed: Duration,
    /// The bytes of the body, decompressed; 0 where there was none or it is a stream.
    pub bytes: usize,
}

/// A repetition that is to come.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RetryEvent {
    /// What was called.
    pub operation: &'static Operation,
    /// The attempt that failed, from 1.
    pub attempt: u32,
    /// How long the client waits before the next one.
    pub wait: Duration,
}

/// The end of a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallEvent<'a> {
    /// What was called.
    pub operation: &'static Operation,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed, if it did. An answer that cannot be decoded is no failure here.
    pub error: Option<&'a Error>,
    /// How long it took, all attempts and waits included.
    pub elapsed: Duration,
}
