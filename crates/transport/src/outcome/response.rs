//! [`Response`]: a decoded value with its status and headers.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::operation::Operation;

/// The response to a call: a smart pointer to the decoded value that also carries status, headers and timing.
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    head: Head,
}

/// What comes with the value of a response.
#[doc(hidden)]
#[derive(Clone)]
pub struct Head {
    pub operation: &'static Operation,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub elapsed: Duration,
    pub attempts: u32,
    pub bytes: u64,
}

impl<T> Response<T> {
    /// Returns the value.
    pub fn into_inner(self) -> T {
        self.value
    }

    #[doc(hidden)]
    pub fn new(value: T, head: Head) -> Self {
        Self { value, head }
    }

    /// Takes the response as an argument, so that it does not hide a method of the value.
    #[doc(hidden)]
    pub fn into_parts(response: Self) -> (T, Head) {
        (response.value, response.head)
    }

    /// Replaces the value, and keeps what came with it.
    #[doc(hidden)]
    pub fn map<U>(response: Self, map: impl FnOnce(T) -> U) -> Response<U> {
        Response { value: map(response.value), head: response.head }
    }

    /// Returns the operation that was called.
    pub fn operation(&self) -> &'static Operation {
        self.head.operation
    }

    /// Returns the HTTP status, always a success.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Returns the duration of the call, with all attempts and waits.
    pub fn elapsed(&self) -> Duration {
        self.head.elapsed
    }

    /// Returns how often the request was sent.
    pub fn attempts(&self) -> u32 {
        self.head.attempts
    }

    /// Returns the size of the decompressed body in bytes; 0 if it has not been read yet, as for a download.
    pub fn body_len(&self) -> u64 {
        self.head.bytes
    }

    /// Returns the request id that the server sent, if any.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.head.headers)
    }
}

/// Finds the request id. The header is not documented; these are the usual ones. Errors and logs repeat it on one line, so
/// it must be short and have no white space.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    const LONGEST: usize = 200;
    let is_id = |id: &&str| (1..=LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    ["x-request-id", "request-id", "x-correlation-id", "cf-ray"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok().filter(is_id))
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Response<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// Omits the headers, which may contain cookies.
impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.head.status)
            .field("elapsed", &self.head.elapsed)
            .field("attempts", &self.head.attempts)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}
