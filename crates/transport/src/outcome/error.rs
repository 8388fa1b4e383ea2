//! [`Error`]: why a call failed, and what to do about it.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::certainty::Certainty;
use super::operation::Operation;
use super::rejected::RejectedRecord;
use super::response::request_id;
use super::text::one_line;

/// The reason why a call failed.
///
/// The variants say what happened to the *call*, not which library noticed. [`Error::status`], [`Error::operation`] and
/// [`Error::is_retryable`] work on all of them. `Display` writes one line that names the operation, what happened, and
/// what to do, without a whole body or headers. [`ApiError`] keeps these, as far as 1 MiB of the body. None of it ever contains
/// the API key.
///
/// The details are boxed: an error takes two words, which every `Result` has room for.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The client could not be built: a missing key, a bad base URL.
    Configuration(Box<ConfigurationError>),
    /// The request was rejected by the client before anything was sent.
    Request(Box<RequestError>),
    /// The server could not be reached, or the connection broke.
    Transport(Box<TransportError>),
    /// A time limit expired.
    Timeout(Box<TimeoutError>),
    /// 401: the key is missing, wrong or revoked.
    Authentication(Box<ApiError>),
    /// 403: the role of the key does not allow this.
    Permission(Box<ApiError>),
    /// 404: there is no such record.
    NotFound(Box<ApiError>),
    /// 400 and 422: the server rejected the request. [`ApiError::fields`] says why, field by field.
    Validation(Box<ApiError>),
    /// 409: the state of the record does not allow this.
    Conflict(Box<ApiError>),
    /// 429: too many requests. [`ApiError::retry_after`] says how long to wait, if the server does.
    RateLimited(Box<ApiError>),
    /// 5xx: the server failed.
    Server(Box<ApiError>),
    /// Any other status that is not a success.
    Status(Box<ApiError>),
    /// The response arrived but does not match the description of the API.
    Decode(Box<DecodeError>),
    /// One record of a list could not be decoded; the records around it could.
    Record(Box<RecordError>),
    /// The response to a call that must not be retried was lost: it may have taken effect, or not.
    OutcomeUnknown(Box<OutcomeUnknown>),
}

impl Error {
    /// Returns the HTTP status of the response, or `None` if there was no response.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Error::Decode(error) => Some(error.status),
            Error::Record(error) => Some(error.status),
            Error::OutcomeUnknown(error) => error.cause.status(),
            other => other.api().map(|error| error.status),
        }
    }

    /// Returns the operation that was called (`contracts.usage.create`), or `None` for configuration errors.
    pub fn operation(&self) -> Option<&str> {
        self.called().map(|operation| operation.id)
    }

    pub(crate) fn called(&self) -> Option<&'static Operation> {
        Some(match self {
            Error::Configuration(_) => return None,
            Error::Request(error) => error.operation,
            Error::Transport(error) => error.operation,
            Error::Timeout(error) => error.operation,
            Error::Decode(error) => error.operation,
            Error::Record(error) => error.operation,
            Error::OutcomeUnknown(error) => error.operation,
            other => other.api()?.operation,
        })
    }

    /// Returns the kind of error in one word, for metrics: `timeout`, `rate_limited`, `decode` and so on.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Configuration(_) => "configuration",
            Error::Request(_) => "request",
            Error::Transport(_) => "transport",
            Error::Timeout(_) => "timeout",
            Error::Authentication(_) => "authentication",
            Error::Permission(_) => "permission",
            Error::NotFound(_) => "not_found",
            Error::Validation(_) => "validation",
            Error::Conflict(_) => "conflict",
            Error::RateLimited(_) => "rate_limited",
            Error::Server(_) => "server",
            Error::Status(_) => "status",
            Error::Decode(_) => "decode",
            Error::Record(_) => "record",
            Error::OutcomeUnknown(_) => "outcome_unknown",
        }
    }

    /// Returns the server's error response, or `None` if the server did not respond with an error status.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Error::Authentication(error)
            | Error::Permission(error)
            | Error::NotFound(error)
            | Error::Validation(error)
            | Error::Conflict(error)
            | Error::RateLimited(error)
            | Error::Server(error)
            | Error::Status(error) => Some(error),
            Error::OutcomeUnknown(error) => error.cause.api(),
            _ => None,
        }
    }

    /// Returns the rejected fields: those that the server named, or those that failed validation before sending.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Error::Request(error) => &error.fields,
            other => other.api().map_or(&[], |error| &error.fields),
        }
    }

    /// Returns how long the server asked to wait, or `None` if it did not say.
    pub fn retry_after(&self) -> Option<Duration> {
        self.api()?.retry_after
    }

    /// Returns the request id that the server sent, if any: with an error status, with a response that was cut off, or
    /// with one that could not be decoded.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Error::Transport(error) => error.request_id.as_deref(),
            Error::Decode(error) => error.request_id.as_deref(),
            Error::Record(error) => error.request_id.as_deref(),
            Error::OutcomeUnknown(error) => error.cause.request_id(),
            other => other.api()?.request_id.as_deref(),
        }
    }

    /// Returns the `Idempotency-Key` that was sent with a call whose outcome is unknown, if any. If the server honors keys
    /// for this operation, the same call with this key cannot take effect twice.
    pub fn idempotency_key(&self) -> Option<&str> {
        match self {
            Error::OutcomeUnknown(error) => error.key.as_ref()?.to_str().ok(),
            _ => None,
        }
    }

    /// Adds the request id from the head of a response whose body was cut off or could not be decoded.
    #[doc(hidden)]
    pub fn with_request_id(mut self, headers: &HeaderMap) -> Self {
        let place = match &mut self {
            Error::Transport(error) => &mut error.request_id,
            Error::Decode(error) => &mut error.request_id,
            Error::Record(error) => &mut error.request_id,
            _ => return self,
        };
        *place = request_id(headers).map(str::to_owned);
        self
    }

    fn detail(&self) -> &(dyn StdError + 'static) {
        match self {
            Error::Configuration(error) => &**error,
            Error::Request(error) => &**error,
            Error::Transport(error) => &**error,
            Error::Timeout(error) => &**error,
            Error::Decode(error) => &**error,
            Error::Record(error) => &**error,
            Error::OutcomeUnknown(error) => &**error,
            Error::Authentication(error)
            | Error::Permission(error)
            | Error::NotFound(error)
            | Error::Validation(error)
            | Error::Conflict(error)
            | Error::RateLimited(error)
            | Error::Server(error)
            | Error::Status(error) => &**error,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.detail(), f)?;
        match self {
            Error::Authentication(_) => f.write_str(" (check the API key: Settings, API Keys in the web app)"),
            Error::Permission(_) => f.write_str(" (the role of this key does not allow it)"),
            _ => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.detail().source()
    }
}

/// The client could not be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationError {
    message: String,
}

impl ConfigurationError {
    #[doc(hidden)]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The request was rejected by the client before anything was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    operation: &'static Operation,
    message: String,
    fields: Vec<FieldError>,
}

impl RequestError {
    #[doc(hidden)]
    pub fn new(operation: &'static Operation, message: impl Into<String>) -> Self {
        Self { operation, message: message.into(), fields: Vec::new() }
    }

    #[doc(hidden)]
    pub fn with_fields(self, fields: Vec<FieldError>) -> Self {
        Self { fields, ..self }
    }

    /// Returns the fields of the body that violate a documented limit.
    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: not sent: {}", self.operation.id, self.message)?;
        write_fields(f, &self.fields, 0)
    }
}

/// The server could not be reached, or the connection broke.
#[derive(Debug)]
pub struct TransportError {
    pub(super) operation: &'static Operation,
    message: String,
    pub(crate) certainty: Certainty,
    /// From the head of a response that was cut off.
    request_id: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// Creates an error for a connection that failed; `certainty` says what the server may have done by then.
    #[doc(hidden)]
    pub fn new(operation: &'static Operation, message: impl Into<String>, certainty: Certainty) -> Self {
        Self { operation, message: message.into(), certainty, request_id: None, source: None }
    }

    #[doc(hidden)]
    pub fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }

    /// Returns `true` if the request may have reached the server. It is `false` for refused connections and for DNS and
    /// TLS failures.
    pub fn may_have_been_processed(&self) -> bool {
        self.certainty.may_have_been_processed()
    }

    /// Returns `true` if the call took effect although its response cannot be used: it succeeded, so do not retry it.
    pub fn took_effect(&self) -> bool {
        self.certainty == Certainty::Processed && self.operation.changes_data()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation.id, self.message)?;
        if self.took_effect() {
            f.write_str("; the call itself succeeded: do not retry it")?;
        }
        Ok(())
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

/// A time limit expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeoutError {
    pub(super) operation: &'static Operation,
    pub(crate) phase: TimeoutPhase,
    limit: Option<Duration>,
    pub(crate) certainty: Certainty,
}

impl TimeoutError {
    #[doc(hidden)]
    pub fn new(
        operation: &'static Operation,
        phase: TimeoutPhase,
        limit: Option<Duration>,
        certainty: Certainty,
    ) -> Self {
        Self { operation, phase, limit, certainty }
    }

    /// Returns the limit that expired.
    pub fn phase(&self) -> TimeoutPhase {
        self.phase
    }

    /// Returns `true` if the request may have been processed.
    pub fn may_have_been_processed(&self) -> bool {
        self.certainty.may_have_been_processed()
    }

    /// Returns `true` if the call took effect, and only decoding its response took too long: do not retry it.
    pub fn took_effect(&self) -> bool {
        self.certainty == Certainty::Processed && self.operation.changes_data()
    }
}

/// The time limit that expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// Connecting.
    Connect,
    /// Waiting for the response, or for its next chunk.
    Response,
    /// One attempt as a whole.
    Attempt,
    /// The whole call, with all attempts and waits.
    Call,
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.phase {
            TimeoutPhase::Connect => "no connection",
            TimeoutPhase::Response => "no response",
            TimeoutPhase::Attempt => "no complete response",
            TimeoutPhase::Call => "not completed",
        };
        write!(f, "{}: {what}", self.operation.id)?;
        match self.limit {
            Some(limit) => write!(f, " within {limit:?}")?,
            None => f.write_str(" in time")?,
        }
        if self.took_effect() {
            f.write_str("; the call itself succeeded: do not retry it")?;
        }
        Ok(())
    }
}

/// The response to a call that must not be retried was lost, and no later attempt brought it.
///
/// The server may have posted, paid or sent, or not: check before you call again. The [cause](Self::cause) is the last
/// thing that happened; an earlier attempt may be the one that was processed.
#[derive(Debug)]
pub struct OutcomeUnknown {
    operation: &'static Operation,
    cause: Error,
    /// The idempotency key that was sent, marked as sensitive so that `Debug` does not show it.
    key: Option<HeaderValue>,
    key_is_users: bool,
}

impl OutcomeUnknown {
    #[doc(hidden)]
    pub fn new(operation: &'static Operation, cause: Error) -> Self {
        Self { operation, cause, key: None, key_is_users: false }
    }

    /// Adds the idempotency key that was sent, and whether the user set it.
    pub(crate) fn with_key(self, mut key: Option<HeaderValue>, key_is_users: bool) -> Self {
        if let Some(key) = &mut key {
            key.set_sensitive(true);
        }
        Self { key, key_is_users, ..self }
    }

    /// Returns `true` if the user set the idempotency key, so that the same call has the same one.
    pub(crate) fn key_is_users(&self) -> bool {
        self.key_is_users
    }

    /// Returns what happened to the response.
    pub fn cause(&self) -> &Error {
        &self.cause
    }

    /// Returns the operation that shows if the call took effect (`invoice_payments.list`).
    pub fn read_back(&self) -> Option<&'static str> {
        self.operation.read_back
    }
}

impl fmt::Display for OutcomeUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; it may have been processed nevertheless", self.cause)?;
        match self.operation.read_back {
            Some(operation) => write!(f, ": check with `{operation}` before you retry it"),
            None => f.write_str(": check before you retry it"),
        }
    }
}

impl StdError for OutcomeUnknown {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.cause)
    }
}

/// A response with an error status.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiError {
    pub(crate) operation: &'static Operation,
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) fields: Vec<FieldError>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) request_id: Option<String>,
    pub(crate) omitted_fields: usize,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl ApiError {
    /// Creates an error without headers and body.
    #[doc(hidden)]
    pub fn new(operation: &'static Operation, status: StatusCode) -> Self {
        Self {
            operation,
            status,
            message: String::new(),
            fields: Vec::new(),
            retry_after: None,
            request_id: None,
            omitted_fields: 0,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the server's message in one line, truncated to 300 characters.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the fields that the server rejected, with flat paths: the first 100 of them.
    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }

    /// Returns how many fields the server rejected beyond those in [`fields`](Self::fields).
    pub fn omitted_fields(&self) -> usize {
        self.omitted_fields
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the body as received, at most 1 MiB. The API key does not appear in it, even if the server repeats it.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns how long the server asked to wait, or `None` if it did not say.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the request id that the server sent, if any.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation.id, self.status)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        write_fields(f, &self.fields, self.omitted_fields)?;
        if let Some(wait) = self.retry_after {
            write!(f, " (retry after {wait:?})")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

/// Omits the headers, which may contain cookies, and the body.
impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("message", &self.message)
            .field("fields", &self.fields)
            .field("omitted_fields", &self.omitted_fields)
            .field("retry_after", &self.retry_after)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Writes the first fields, and how many more there are.
fn write_fields(f: &mut fmt::Formatter<'_>, fields: &[FieldError], omitted: usize) -> fmt::Result {
    const SHOWN: usize = 5;
    for (index, field) in fields.iter().take(SHOWN).enumerate() {
        write!(f, "{}{field}", if index == 0 { ": " } else { "; " })?;
    }
    if fields.len() > SHOWN {
        write!(f, "; and {} more", fields.len() - SHOWN + omitted)?;
    }
    Ok(())
}

/// A field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    path: String,
    message: String,
}

impl FieldError {
    #[doc(hidden)]
    pub fn new(path: &str, message: impl AsRef<str>) -> Self {
        Self { path: one_line(path), message: one_line(message.as_ref()) }
    }

    /// Returns the path of the field: `lines[1].amount`. It is empty if the message concerns the whole request.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

/// The response does not match the description of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    operation: &'static Operation,
    status: StatusCode,
    path: String,
    reason: String,
    excerpt: String,
    request_id: Option<String>,
    /// The response was read as untyped JSON, and is none.
    is_untyped: bool,
}

impl DecodeError {
    #[doc(hidden)]
    pub fn new(
        operation: &'static Operation,
        status: StatusCode,
        path: impl Into<String>,
        reason: impl Into<String>,
        excerpt: String,
    ) -> Self {
        Self {
            operation,
            status,
            path: path.into(),
            reason: reason.into(),
            excerpt,
            request_id: None,
            is_untyped: false,
        }
    }

    /// Marks the error of a response that was read as untyped JSON, or for which that would not help.
    #[doc(hidden)]
    #[must_use]
    pub fn untyped(self) -> Self {
        Self { is_untyped: true, ..self }
    }

    /// Returns the JSON path of the value within the response: `results[17].lines[2].tax`. It is empty if the response as
    /// a whole does not match.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what was expected and what was found.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns `true` if the call took effect although its response cannot be read: it succeeded, so do not retry it.
    pub fn took_effect(&self) -> bool {
        self.operation.changes_data()
    }

    /// Returns the response around the value, at most 200 bytes.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: ", self.operation.id, self.status)?;
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "{}", self.reason)?;
        if !self.excerpt.is_empty() {
            write!(f, " (near `{}`)", self.excerpt)?;
        }
        if self.took_effect() {
            return f.write_str("; the call itself succeeded: do not retry it");
        }
        if self.is_untyped { Ok(()) } else { f.write_str("; `send_untyped()` returns the response as untyped JSON") }
    }
}

/// A record of a list that could not be decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordError {
    operation: &'static Operation,
    status: StatusCode,
    rejected: RejectedRecord,
    request_id: Option<String>,
}

impl RecordError {
    #[doc(hidden)]
    pub fn new(
        operation: &'static Operation,
        status: StatusCode,
        rejected: RejectedRecord,
        request_id: Option<String>,
    ) -> Self {
        Self { operation, status, rejected, request_id }
    }

    /// Returns the record: its index, the path and the reason, and its JSON as received.
    pub fn rejected(&self) -> &RejectedRecord {
        &self.rejected
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RejectedRecord { path, reason, .. } = &self.rejected;
        write!(f, "{}: `{path}`: {reason}; the record is in `rejected().raw`", self.operation.id)
    }
}

macro_rules! without_source {
    ($($detail:ident)*) => {
        $(impl StdError for $detail {})*
    };
}
without_source!(ConfigurationError RequestError TimeoutError ApiError FieldError DecodeError RecordError);

macro_rules! into_error {
    ($($detail:ident => $variant:ident)*) => {$(
        impl From<$detail> for Error {
            fn from(error: $detail) -> Self {
                Error::$variant(error.into())
            }
        }
    )*};
}
into_error! {
    ConfigurationError => Configuration
    RequestError => Request
    TransportError => Transport
    TimeoutError => Timeout
    DecodeError => Decode
    RecordError => Record
}
