//! The one place between the request builders and the wire.
//!
//! Progenitor's methods build a request and hand it to [`ClientHooks::exec`], implemented here. Everything that is
//! policy happens behind it; progenitor itself only ever sees an empty success. One file per concern:
//! [`http`](self::http) makes the HTTP client, [`retry`] decides what is sent again, [`budget`] and [`pause`] keep that
//! from becoming a storm, [`pace`] spreads requests over time, [`hooks`] and [`trace`] show what happens, [`body`] reads bodies
//! within their limit, [`failure`] says what a broken call means, [`api_error`] reads the bodies of error answers.

pub(crate) mod api_error;
mod body;
mod budget;
pub(crate) mod failure;
pub(crate) mod hooks;
pub(crate) mod http;
pub(crate) mod pace;
mod pause;
pub(crate) mod retry;
mod trace;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::Bytes;
use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::ResponseBuilderExt as _;

use crate::error::{Error, TimeoutError, TimeoutPhase, TransportError};
use crate::{AttemptEvent, BadRecord, CallEvent, Client, Event, Operation, Retry, RetryEvent, RetryPolicy, generated};
use retry::Certainty;

/// What one call may decide for itself.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) idempotency_key: Option<HeaderValue>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) headers: HeaderMap,
    pub(crate) bad_record: BadRecord,
}

/// Headers may carry what the user would not print.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("idempotency_key", &self.idempotency_key.is_some())
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// A success as it came from the wire.
pub(crate) struct Received {
    pub(crate) operation: &'static Operation,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The whole body, where it is not a stream.
    pub(crate) bytes: Bytes,
    /// The body that is still to come, where it is one.
    pub(crate) stream: Option<reqwest::Response>,
    pub(crate) attempts: u32,
    /// What a bad row does to its page.
    pub(crate) bad_record: BadRecord,
}

/// One call on its way: what progenitor's client carries, and where the answer is left.
///
/// Progenitor's methods can return neither our errors nor an undecoded answer, so [`ClientHooks::exec`] leaves the
/// outcome here and the builder takes it out again.
#[derive(Clone)]
pub(crate) struct Exchange {
    client: Client,
    operation: &'static Operation,
    options: Options,
    started: Instant,
    outcome: Arc<Mutex<Option<Result<Received, Error>>>>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("operation", &self.operation.id).finish_non_exhaustive()
    }
}

impl Exchange {
    pub(crate) fn new(client: Client, operation: &'static Operation, options: Options) -> Self {
        Self { client, operation, options, started: Instant::now(), outcome: Arc::default() }
    }

    /// Progenitor's client for this call.
    pub(crate) fn client(&self) -> generated::Client {
        let inner = &self.client.inner;
        generated::Client::new_with_client(&inner.base_url, inner.http.clone(), self.clone())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The outcome that the hook has left.
    pub(crate) fn take(&self) -> Option<Result<Received, Error>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn leave(&self, outcome: Result<Received, Error>) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    }

    /// Sends a request under the policy of the client.
    pub(crate) async fn perform(&self, request: reqwest::Request) {
        #[cfg(feature = "tracing")]
        let outcome = {
            let span = trace::span(&self.client, self.operation);
            let (outcome, attempts) = tracing::Instrument::instrument(self.observed(request), span.clone()).await;
            let status = match &outcome {
                Ok(received) => Some(received.status),
                Err(error) => error.status(),
            };
            trace::end(&span, status.map(|status| status.as_u16()), attempts, outcome.as_ref().err());
            outcome
        };
        #[cfg(not(feature = "tracing"))]
        let (outcome, _) = self.observed(request).await;
        self.leave(outcome);
    }

    /// Makes the call and tells whoever wants to know; gives how often it was tried.
    async fn observed(&self, mut request: reqwest::Request) -> (Result<Received, Error>, u32) {
        self.dress(&mut request);
        let settings = &self.client.inner.settings;
        let progress = Progress::default();
        let call = self.call(request, &progress);
        let outcome = match self.options.timeout.or(settings.timeout) {
            None => call.await,
            Some(limit) => tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
                Err(Error::Timeout(TimeoutError {
                    operation: self.operation.id,
                    phase: TimeoutPhase::Call,
                    limit: Some(limit),
                    may_have_been_processed: progress.at_risk.load(Ordering::Relaxed),
                    repeatable: failure::is_repeatable(self.operation),
                }))
            }),
        };
        let maybe_processed = progress.at_risk.load(Ordering::Relaxed);
        let outcome = outcome.map_err(|error| failure::outcome(error, self.operation, maybe_processed));
        let attempts = progress.attempts.load(Ordering::Relaxed);
        settings.hooks.emit(&Event::Call(CallEvent {
            operation: self.operation,
            attempts,
            error: outcome.as_ref().err(),
            elapsed: self.elapsed(),
        }));
        (outcome, attempts)
    }

    /// Makes the call, as often as it takes and may.
    async fn call(&self, request: reqwest::Request, progress: &Progress) -> Result<Received, Error> {
        let inner = &self.client.inner;
        let policy = self.options.retry.unwrap_or(inner.settings.retry);
        // Bodies that are streamed from disk exist only once.
        let again = request.try_clone();
        let can_send_again = again.is_some();
        let mut first = Some(request);
        let send = |attempt| {
            let request = first.take().or_else(|| again.as_ref().and_then(reqwest::Request::try_clone));
            async move {
                let Some(request) = request else { return Err(self.cannot_resend()) };
                progress.attempts.store(attempt, Ordering::Relaxed);
                let before = progress.at_risk.swap(true, Ordering::Relaxed);
                let outcome = self.attempt(request, attempt).await;
                if let Err(error) = &outcome
                    && retry::certainty(error) != Certainty::MaybeProcessed
                {
                    progress.at_risk.store(before, Ordering::Relaxed);
                }
                outcome
            }
        };
        let waiting = |attempt, wait| {
            let event = RetryEvent { operation: self.operation, attempt, wait };
            #[cfg(feature = "tracing")]
            trace::retry(&event);
            inner.settings.hooks.emit(&Event::Retry(event));
        };
        let repeatable = failure::is_repeatable(self.operation);
        let (outcome, attempts) = retry::run(&policy, &inner.shared, repeatable, can_send_again, send, &waiting).await;
        outcome.map(|received| Received { attempts, bad_record: self.options.bad_record, ..received })
    }

    fn cannot_resend(&self) -> Error {
        Error::Transport(TransportError {
            operation: self.operation.id,
            message: "the body cannot be sent twice".to_owned(),
            may_have_been_processed: false,
            repeatable: false,
            is_final: true,
            request_id: None,
            source: None,
        })
    }

    /// Sets the headers that all attempts share.
    fn dress(&self, request: &mut reqwest::Request) {
        // Progenitor's own version header, which this API does not know.
        request.headers_mut().remove("api-version");
        let headers = request.headers_mut();
        if !self.operation.streams {
            headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        }
        if let Some(key) = &self.options.idempotency_key {
            headers.insert("idempotency-key", key.clone());
        } else if self.operation.retry == Retry::Keyed
            // One key for all attempts of the call; the server does it once per key.
            && let Ok(key) = HeaderValue::from_str(&uuid::Uuid::now_v7().to_string())
        {
            headers.insert("idempotency-key", key);
        }
        for (name, value) in &self.options.headers {
            headers.insert(name, value.clone());
        }
    }

    /// One attempt, within its time.
    async fn attempt(&self, request: reqwest::Request, attempt: u32) -> Result<Received, Error> {
        let inner = &self.client.inner;
        let started = Instant::now();
        let outcome = match inner.settings.attempt_timeout {
            None => self.exchange(request).await,
            Some(limit) => tokio::time::timeout(limit, self.exchange(request)).await.unwrap_or_else(|_| {
                Err(Error::Timeout(TimeoutError {
                    operation: self.operation.id,
                    phase: TimeoutPhase::Attempt,
                    limit: Some(limit),
                    may_have_been_processed: true,
                    repeatable: failure::is_repeatable(self.operation),
                }))
            }),
        };
        self.tell_attempt(attempt, started.elapsed(), &outcome);
        outcome
    }

    fn tell_attempt(&self, attempt: u32, elapsed: Duration, outcome: &Result<Received, Error>) {
        let hooks = &self.client.inner.settings.hooks;
        if hooks.on_event.is_none() && !cfg!(feature = "tracing") {
            return;
        }
        let (status, bytes) = match outcome {
            Ok(received) => (Some(received.status), received.bytes.len()),
            Err(error) => (error.status(), 0),
        };
        let error = outcome.as_ref().err();
        let event = AttemptEvent { operation: self.operation, attempt, status, error, elapsed, bytes };
        #[cfg(feature = "tracing")]
        {
            let id = match outcome {
                Ok(received) => crate::response::request_id(&received.headers),
                Err(error) => error.request_id(),
            };
            trace::attempt(&event, id);
        }
        hooks.emit(&Event::Attempt(event));
    }

    async fn exchange(&self, mut request: reqwest::Request) -> Result<Received, Error> {
        let inner = &self.client.inner;
        let hooks = &inner.settings.hooks;
        hooks.outgoing(self.operation, &mut request)?;
        // The key is added here and nowhere else, behind all hooks, and only to the origin of the base URL.
        if request.url().origin() == inner.origin {
            request.headers_mut().insert(header::AUTHORIZATION, inner.settings.authorization.clone());
        }
        let response =
            inner.http.execute(request).await.map_err(|error| failure::from_reqwest(error, self.operation))?;
        hooks.incoming(self.operation, &response);
        receive(response, self.operation, inner.settings.max_body).await
    }
}

/// What is known of a call while it runs, and stays known when its time runs out.
#[derive(Default)]
struct Progress {
    /// Whether any attempt may have been processed: a later refusal does not undo an earlier attempt.
    at_risk: AtomicBool,
    attempts: AtomicU32,
}

/// Reads an answer: the whole of a success within the limit, as much of an error as its message needs.
pub(crate) async fn receive(
    mut response: reqwest::Response,
    operation: &'static Operation,
    max_body: usize,
) -> Result<Received, Error> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    if !status.is_success() {
        let bytes = body::read_prefix(response).await;
        return Err(api_error::from_answer(operation, status, &headers, &bytes));
    }
    let (bytes, stream) = if operation.streams {
        (Bytes::new(), Some(response))
    } else {
        let read = body::read(response, max_body, operation).await;
        (read.map_err(|error| error.with_request_id(&headers))?, None)
    };
    Ok(Received { operation, status, headers, bytes, stream, attempts: 1, bad_record: BadRecord::default() })
}

impl ClientHooks<Exchange> for generated::Client {
    async fn exec(&self, request: reqwest::Request, _: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        // The real answer is in the exchange. This one only has to be there; without an address it would parse one.
        let response = ::http::Response::builder().url(request.url().clone()).body(Bytes::new());
        self.inner.perform(request).await;
        Ok(reqwest::Response::from(response.unwrap_or_default()))
    }
}
