//! [`Error`]: what happened to the call, and what can be done about it.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

/// Why a call did not give its answer.
///
/// The variants say what happened to the *call*, not which library noticed. [`Error::status`], [`Error::operation`]
/// and [`Error::is_retryable`] work on all of them; `Display` is one line that names the operation, what happened and
/// what to do. No variant and no text ever holds the API key, a whole body, or headers.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The client could not be built: a missing key, a bad base URL.
    Configuration(ConfigurationError),
    /// The request was refused here, before anything was sent.
    Request(RequestError),
    /// The server could not be reached, or the connection broke.
    Transport(TransportError),
    /// Time ran out.
    Timeout(TimeoutError),
    /// 401: the key is missing, wrong or revoked.
    Authentication(Box<ApiError>),
    /// 403: the key's role may not do this.
    Permission(Box<ApiError>),
    /// 404: there is no such record, or it belongs to another kind.
    NotFound(Box<ApiError>),
    /// 400 and 422: the server refused the request; [`ApiError::fields`] says why, field by field.
    Validation(Box<ApiError>),
    /// 409: the record is in a state that does not allow this.
    Conflict(Box<ApiError>),
    /// 429: too many requests; [`ApiError::retry_after`] says how long to wait, if the server does.
    RateLimited(Box<ApiError>),
    /// 5xx: the server failed.
    Server(Box<ApiError>),
    /// Any other answer that is no success.
    Status(Box<ApiError>),
    /// The answer came and is not what the description says.
    Decode(Box<DecodeError>),
    /// One row of a list does not decode; the rows around it do.
    Record(Box<RecordError>),
    /// The answer to a call that must not be repeated was lost: it may have taken effect, or not.
    OutcomeUnknown(Box<OutcomeUnknown>),
}

impl Error {
    /// The HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Error::Decode(error) => Some(error.status),
            Error::Record(error) => Some(error.status),
            Error::OutcomeUnknown(error) => error.cause.status(),
            other => other.api().map(|error| error.status),
        }
    }

    /// The operation that was called (`contracts.usage.create`); none for configuration errors.
    pub fn operation(&self) -> Option<&str> {
        match self {
            Error::Configuration(_) => None,
            Error::Request(error) => Some(error.operation),
            Error::Transport(error) => Some(error.operation),
            Error::Timeout(error) => Some(error.operation),
            Error::Decode(error) => Some(error.operation),
            Error::Record(error) => Some(error.operation),
            Error::OutcomeUnknown(error) => Some(error.operation.id),
            other => other.api().map(|error| error.operation),
        }
    }

    /// The kind of error in one word, for metrics: `timeout`, `rate_limited`, `decode` and so on.
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

    /// What the server said, if it answered with an error status.
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

    /// The refused fields: those that the server named, or those that were refused before sending.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Error::Request(error) => &error.fields,
            other => other.api().map_or(&[], |error| &error.fields),
        }
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.api()?.retry_after
    }

    /// The request id that the server sent, if it did: with an error status, with an answer that broke off, or with one
    /// that does not decode.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Error::Transport(error) => error.request_id.as_deref(),
            Error::Decode(error) => error.request_id.as_deref(),
            Error::Record(error) => error.request_id.as_deref(),
            Error::OutcomeUnknown(error) => error.cause.request_id(),
            other => other.api()?.request_id.as_deref(),
        }
    }

    /// Notes the id of the answer that broke off or does not decode: its head has told it.
    pub(crate) fn with_request_id(mut self, headers: &http::HeaderMap) -> Self {
        let place = match &mut self {
            Error::Transport(error) => &mut error.request_id,
            Error::Decode(error) => &mut error.request_id,
            Error::Record(error) => &mut error.request_id,
            _ => return self,
        };
        *place = crate::response::request_id(headers).map(str::to_owned);
        self
    }

    /// Whether the same call may succeed later *and* repeating it cannot do anything twice.
    ///
    /// True where the request was certainly not processed (refused connection, 429), and for operations that may be
    /// repeated also where it may have been (timeouts, broken connections, 5xx). The client has already repeated the
    /// call as its [`RetryPolicy`](crate::RetryPolicy) says.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Transport(error) if error.is_final => false,
            Error::Transport(error) => !error.may_have_been_processed || error.repeatable,
            Error::Timeout(error) => !error.may_have_been_processed || error.repeatable,
            Error::RateLimited(_) => true,
            Error::Server(error) => {
                error.repeatable || (error.status == StatusCode::SERVICE_UNAVAILABLE && error.retry_after.is_some())
            }
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Configuration(error) => error.fmt(f),
            Error::Request(error) => error.fmt(f),
            Error::Transport(error) => error.fmt(f),
            Error::Timeout(error) => error.fmt(f),
            Error::Decode(error) => error.fmt(f),
            Error::Record(error) => error.fmt(f),
            Error::OutcomeUnknown(error) => error.fmt(f),
            Error::Authentication(error) => {
                write!(f, "{error} (check the API key: Settings, API Keys in the web app)")
            }
            Error::Permission(error) => write!(f, "{error} (the role of this key does not allow it)"),
            Error::NotFound(error)
            | Error::Validation(error)
            | Error::Conflict(error)
            | Error::RateLimited(error)
            | Error::Server(error)
            | Error::Status(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Transport(error) => error.source.as_ref().map(|source| source.as_ref() as _),
            Error::OutcomeUnknown(error) => Some(&error.cause),
            _ => None,
        }
    }
}

/// The client could not be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationError {
    message: String,
}

impl ConfigurationError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<ConfigurationError> for Error {
    fn from(error: ConfigurationError) -> Self {
        Error::Configuration(error)
    }
}

/// The request was refused before anything was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    pub(crate) operation: &'static str,
    pub(crate) message: String,
    pub(crate) fields: Vec<FieldError>,
}

impl RequestError {
    /// The fields of the body that break a documented limit.
    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: not sent: {}", self.operation, self.message)?;
        write_fields(f, &self.fields)
    }
}

/// The server could not be reached, or the connection broke.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) operation: &'static str,
    pub(crate) message: String,
    pub(crate) may_have_been_processed: bool,
    pub(crate) repeatable: bool,
    /// The same call would fail the same way: too large an answer, a body that cannot be read.
    pub(crate) is_final: bool,
    /// Of an answer that broke off.
    pub(crate) request_id: Option<String>,
    pub(crate) source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// Whether the request may have reached the server. False for refused connections, DNS and TLS failures.
    pub fn may_have_been_processed(&self) -> bool {
        self.may_have_been_processed
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.message)
    }
}

/// Time ran out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeoutError {
    pub(crate) operation: &'static str,
    pub(crate) phase: TimeoutPhase,
    pub(crate) limit: Option<Duration>,
    pub(crate) may_have_been_processed: bool,
    pub(crate) repeatable: bool,
}

impl TimeoutError {
    /// Which limit ran out.
    pub fn phase(&self) -> TimeoutPhase {
        self.phase
    }

    /// Whether the request may have been processed.
    pub fn may_have_been_processed(&self) -> bool {
        self.may_have_been_processed
    }
}

/// The time limit that ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// Making the connection.
    Connect,
    /// Waiting for the answer, or between two pieces of it.
    Answer,
    /// One attempt as a whole.
    Attempt,
    /// The whole call.
    Call,
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.phase {
            TimeoutPhase::Connect => "no connection",
            TimeoutPhase::Answer => "no answer",
            TimeoutPhase::Attempt => "no complete answer",
            TimeoutPhase::Call => "not done",
        };
        write!(f, "{}: {what}", self.operation)?;
        if let Some(limit) = self.limit {
            write!(f, " within {limit:?}")?;
        } else {
            f.write_str(" in time")?;
        }
        Ok(())
    }
}

/// The answer to a call that must not be repeated was lost, and no later attempt brought it.
///
/// The server may have posted, paid or sent, or not: look before you call again. The [cause](Self::cause) is the last
/// thing that happened; an earlier attempt may be the one that was processed.
#[derive(Debug)]
pub struct OutcomeUnknown {
    pub(crate) operation: &'static crate::Operation,
    pub(crate) cause: Error,
}

impl OutcomeUnknown {
    /// What happened to the answer.
    pub fn cause(&self) -> &Error {
        &self.cause
    }

    /// The operation that tells whether the call took effect (`invoice_payments.list`).
    pub fn read_back(&self) -> Option<&'static str> {
        self.operation.read_back
    }
}

impl fmt::Display for OutcomeUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; it may have been processed all the same", self.cause)?;
        match self.operation.read_back {
            Some(operation) => write!(f, ": look with `{operation}` before you repeat it"),
            None => f.write_str(": look before you repeat it"),
        }
    }
}

/// An answer with an error status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub(crate) operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) fields: Vec<FieldError>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) request_id: Option<String>,
    pub(crate) repeatable: bool,
}

impl ApiError {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What the server said, in one line, cut to 300 characters.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The fields that the server refused, as flat paths.
    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The request id that the server sent, if it did.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.status)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        write_fields(f, &self.fields)?;
        if let Some(wait) = self.retry_after {
            write!(f, " (retry after {wait:?})")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

fn write_fields(f: &mut fmt::Formatter<'_>, fields: &[FieldError]) -> fmt::Result {
    const SHOWN: usize = 5;
    for (index, field) in fields.iter().take(SHOWN).enumerate() {
        write!(f, "{}{field}", if index == 0 { ": " } else { "; " })?;
    }
    if fields.len() > SHOWN {
        write!(f, "; and {} more", fields.len() - SHOWN)?;
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
    pub(crate) fn new(path: &str, message: String) -> Self {
        Self { path: one_line(path), message: one_line(&message) }
    }

    /// The path of the field: `lines[1].amount`. Empty where the server speaks of the whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

/// The answer is not what the description says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    pub(crate) operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) path: String,
    pub(crate) reason: String,
    pub(crate) excerpt: String,
    /// The operation changes something, and has done so.
    pub(crate) took_effect: bool,
    pub(crate) request_id: Option<String>,
}

impl DecodeError {
    /// Where in the answer: `results[17].lines[2].tax`. Empty for the whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was expected and what was found.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether the call has taken effect although its answer cannot be read: it succeeded, and must not be repeated.
    pub fn took_effect(&self) -> bool {
        self.took_effect
    }

    /// The answer around the spot, at most 200 bytes.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: ", self.operation, self.status)?;
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "{}", self.reason)?;
        if !self.excerpt.is_empty() {
            write!(f, " (near `{}`)", self.excerpt)?;
        }
        if self.took_effect {
            return f.write_str("; the call itself has succeeded: do not repeat it");
        }
        f.write_str("; `send_raw()` gives the untyped answer")
    }
}

/// A row of a list that does not decode.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordError {
    pub(crate) operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) rejected: crate::Rejected,
    pub(crate) request_id: Option<String>,
}

impl RecordError {
    /// The row: its place, the path and the reason, and its JSON as it came.
    pub fn rejected(&self) -> &crate::Rejected {
        &self.rejected
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: `{}`: {}; the row is in `rejected().raw`",
            self.operation, self.rejected.path, self.rejected.reason
        )
    }
}

/// What came from the server, as it may stand in a message or a log: one line of at most 300 characters, white space
/// folded and nothing in it that moves a terminal. Keys are no better than values: they are in paths.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|character: char| character.is_whitespace() || character.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if let Some((end, _)) = line.char_indices().nth(300) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}
