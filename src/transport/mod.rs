//! The one place between the request builders and the wire.
//!
//! Progenitor's methods build the requests ([`request`]). Everything that is policy happens here, one
//! file per concern: [`http`](self::http) makes the HTTP client, [`retry`] decides what is sent again, [`budget`] and
//! [`pause`] keep that from becoming a storm, [`pace`] spreads requests over time, [`limit`] ends what takes too long,
//! [`hooks`] and [`trace`] show what happens, [`body`] reads bodies within their limits, [`failure`] says what a broken
//! call means, [`api_error`] reads the bodies of error answers.

pub(crate) mod api_error;
pub(crate) mod body;
mod budget;
pub(crate) mod failure;
pub(crate) mod hooks;
pub(crate) mod http;
pub(crate) mod limit;
pub(crate) mod pace;
mod pause;
pub(crate) mod request;
pub(crate) mod retry;
mod trace;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::Bytes;
use url::Url;

use crate::error::{Error, TimeoutPhase};
use crate::{AttemptEvent, BadRecord, CallEvent, Client, Event, Operation, Retry, RetryEvent, RetryPolicy};
use body::Incoming;
use limit::Limit;
use request::Draft;
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
    pub(crate) stream: Option<Box<Incoming>>,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    /// What a bad row does to its page.
    pub(crate) bad_record: BadRecord,
}

/// One call on its way.
pub(crate) struct Exchange<'a> {
    client: &'a Client,
    operation: &'static Operation,
    options: &'a Options,
    started: Instant,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(client: &'a Client, operation: &'static Operation, options: &'a Options) -> Self {
        Self { client, operation, options, started: Instant::now() }
    }

    /// Makes the call under the policy of the client. `draft` builds the request of each attempt: a body that is streamed
    /// can be sent only once, and building a request anew costs less than keeping a copy of each.
    pub(crate) async fn perform<'r>(&self, draft: &(dyn Fn() -> Draft<'r> + Sync)) -> Result<Received, Error> {
        let inner = &self.client.inner;
        let (settings, hooks) = (&inner.settings, &inner.settings.hooks);
        let policy = self.options.retry.unwrap_or(settings.retry);
        let repeatable = failure::is_repeatable(self.operation);
        let progress = Progress::default();
        let key = self.idempotency_key();
        let send = |attempt| {
            let (progress, key) = (&progress, key.as_ref());
            async move {
                let request = draft().finish().await.map_err(|reason| failure::not_built(self.operation, &reason))?;
                let answer = self.dispatch(request, key)?;
                progress.attempts.store(attempt, Ordering::Relaxed);
                let before = progress.at_risk.load(Ordering::Relaxed);
                progress.at_risk.store(true, Ordering::Relaxed);
                let outcome = self.attempt(answer, attempt).await;
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
            hooks.emit(&Event::Retry(event));
        };
        let call = retry::run(&policy, &inner.shared, repeatable, send, &waiting);
        #[cfg(feature = "tracing")]
        let span = trace::span(self.client, self.operation);
        #[cfg(feature = "tracing")]
        let call = tracing::Instrument::instrument(call, span.clone());
        let whole = self.limit(TimeoutPhase::Call, self.options.timeout.or(settings.timeout));
        let mut outcome = whole.hold(pin!(call)).await.unwrap_or_else(Err);

        let at_risk = progress.at_risk.load(Ordering::Relaxed);
        let (attempts, elapsed) = (progress.attempts.load(Ordering::Relaxed), self.started.elapsed());
        match &mut outcome {
            Ok(received) => (received.attempts, received.elapsed) = (attempts, elapsed),
            Err(Error::Timeout(error)) if error.phase == TimeoutPhase::Call => error.may_have_been_processed = at_risk,
            Err(_) => {}
        }
        let outcome = outcome.map_err(|error| failure::outcome(error, self.operation, at_risk));
        let error = outcome.as_ref().err();
        #[cfg(feature = "tracing")]
        {
            let status = outcome.as_ref().map_or_else(Error::status, |received| Some(received.status));
            trace::end(&span, status.map(|status| status.as_u16()), attempts, error);
        }
        hooks.emit(&Event::Call(CallEvent { operation: self.operation, attempts, error, elapsed }));
        outcome
    }

    fn limit(&self, phase: TimeoutPhase, limit: Option<Duration>) -> Limit {
        Limit { operation: self.operation, phase, limit }
    }

    /// One key for all attempts of the call: the server does it once per key.
    fn idempotency_key(&self) -> Option<HeaderValue> {
        match &self.options.idempotency_key {
            Some(key) => Some(key.clone()),
            None if self.operation.retry == Retry::Keyed => {
                HeaderValue::from_str(&uuid::Uuid::now_v7().to_string()).ok()
            }
            None => None,
        }
    }

    /// Makes a request ready and hands it to the HTTP client. It is on its way when the future is first polled.
    fn dispatch(
        &self,
        mut request: Box<reqwest::Request>,
        idempotency_key: Option<&HeaderValue>,
    ) -> Result<impl Future<Output = reqwest::Result<reqwest::Response>> + use<>, Error> {
        let inner = &self.client.inner;
        let headers = request.headers_mut();
        if !self.operation.streams {
            headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        }
        if let Some(key) = idempotency_key {
            headers.insert("idempotency-key", key.clone());
        }
        for (name, value) in &self.options.headers {
            headers.insert(name, value.clone());
        }
        inner.settings.hooks.outgoing(self.operation, &mut request)?;
        // The key is added here and nowhere else, behind all hooks, and only to the origin of the base URL.
        if same_origin(request.url(), &inner.address) {
            request.headers_mut().insert(header::AUTHORIZATION, inner.settings.authorization.clone());
        }
        Ok(inner.http.execute(*request))
    }

    /// One attempt, within its time.
    async fn attempt(
        &self,
        answer: impl Future<Output = reqwest::Result<reqwest::Response>>,
        attempt: u32,
    ) -> Result<Received, Error> {
        let settings = &self.client.inner.settings;
        let is_watched = cfg!(feature = "tracing") || settings.hooks.on_event.is_some();
        let started = is_watched.then(Instant::now);
        let exchange = pin!(async {
            let silence = self.limit(TimeoutPhase::Answer, Some(settings.read_timeout));
            let answer = silence.hold(pin!(answer)).await?;
            let response = answer.map_err(|error| failure::from_reqwest(error, self.operation))?;
            let mut incoming = Incoming { response, silence };
            settings.hooks.incoming(self.operation, &incoming.response);
            let mut received = receive(&mut incoming, settings.max_body).await?;
            received.bad_record = self.options.bad_record;
            received.stream = self.operation.streams.then(|| Box::new(incoming));
            Ok(received)
        });
        let outcome =
            self.limit(TimeoutPhase::Attempt, settings.attempt_timeout).hold(exchange).await.unwrap_or_else(Err);
        if let Some(started) = started {
            self.tell_attempt(attempt, started.elapsed(), &outcome);
        }
        outcome
    }

    fn tell_attempt(&self, attempt: u32, elapsed: Duration, outcome: &Result<Received, Error>) {
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
        self.client.inner.settings.hooks.emit(&Event::Attempt(event));
    }
}

/// What is known of a call while it runs, and stays known when its time runs out. Only the call itself writes it.
#[derive(Default)]
struct Progress {
    /// Whether any attempt may have been processed: a later refusal does not undo an earlier attempt.
    at_risk: AtomicBool,
    attempts: AtomicU32,
}

/// As comparing their origins, but without making any: this is done for each attempt.
fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// Reads an answer: the whole of a success within the limit, as much of an error as its message needs. A body that is to be
/// streamed is left where it is.
pub(crate) async fn receive(body: &mut Incoming, max_body: usize) -> Result<Received, Error> {
    let operation = body.silence.operation;
    let status = body.response.status();
    let headers = std::mem::take(body.response.headers_mut());
    if !status.is_success() {
        let bytes = body.read_prefix().await;
        return Err(api_error::from_answer(operation, status, &headers, &bytes));
    }
    let bytes = if operation.streams {
        Bytes::new()
    } else {
        body.read(max_body).await.map_err(|error| error.with_request_id(&headers))?
    };
    let (attempts, elapsed, bad_record) = (1, Duration::ZERO, BadRecord::default());
    Ok(Received { operation, status, headers, bytes, stream: None, attempts, elapsed, bad_record })
}
