//! [`Received`]: a successful response as bytes, before it is decoded.

use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, StatusCode};
use bytes::Bytes;

use crate::api_error;
use crate::body::{Incoming, Intake};
use crate::outcome::error::Error;
use crate::outcome::operation::Operation;
use crate::secret::Secret;

/// A successful response as it came from the network.
pub struct Received {
    pub operation: &'static Operation,
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The whole body, unless it is streamed.
    pub bytes: Bytes,
    /// The unread body of a response that is streamed.
    pub stream: Option<Box<Incoming>>,
    pub attempts: u32,
    pub elapsed: Duration,
    /// The time limit of the whole call. Decoding counts as well.
    pub timeout: Option<Duration>,
    /// The `Authorization` header that was sent, so that no error repeats it.
    pub authorization: HeaderValue,
}

/// Reads a response: all of a success within the limit, shown to `intake` while it arrives, and as much of an error as its
/// message needs. The body of a streamed response stays unread.
pub async fn receive(
    body: &mut Incoming,
    max_body: usize,
    authorization: &HeaderValue,
    intake: &dyn Intake,
) -> Result<Box<Received>, Error> {
    let operation = body.silence.operation;
    let status = body.response.status();
    if !status.is_success() {
        // Boxed, so that successes have no room for it.
        return Err(Box::pin(refusal(body, authorization)).await);
    }
    let bytes = if operation.streams() {
        Bytes::new()
    } else {
        body.read(max_body, intake).await.map_err(|error| error.with_request_id(body.response.headers()))?
    };
    Ok(Box::new(Received {
        operation,
        status,
        headers: std::mem::take(body.response.headers_mut()),
        bytes,
        stream: None,
        attempts: 1,
        elapsed: Duration::ZERO,
        timeout: None,
        authorization: authorization.clone(),
    }))
}

/// Reads the response of a request that was not successful.
async fn refusal(body: &mut Incoming, authorization: &HeaderValue) -> Error {
    let bytes = body.read_prefix().await;
    let bytes = Secret::of(authorization).redact(&bytes).map_or(bytes, Bytes::from);
    let headers = std::mem::take(body.response.headers_mut());
    api_error::from_response(body.silence.operation, body.response.status(), headers, bytes)
}
