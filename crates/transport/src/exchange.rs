//! [`Exchange`]: one call on its way, from its request to the bytes of its response.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ::http::{HeaderName, HeaderValue, header};
use url::Url;

use crate::body::{Incoming, Intake};
use crate::failure;
use crate::handover::Handover;
use crate::in_box::in_box;
use crate::limit::Limit;
use crate::outcome::certainty::Certainty;
use crate::outcome::error::{Error, TimeoutPhase};
use crate::outcome::event::{AttemptEvent, CallEvent, Event, RetryEvent};
use crate::outcome::operation::{Operation, Retry};
use crate::outcome::response::request_id;
use crate::outcome::retryable;
use crate::pools::Pools;
use crate::received::{Received, receive};
use crate::request::{Draft, Server};
use crate::retry::{self, Shared, Turn};
use crate::secret::Secret;
use crate::settings::{Options, Settings};
use crate::trace::{self, CallSpan};

/// What the calls of a client share: connections, settings, and the state of the retry policies.
pub struct Transport {
    pub http: Pools,
    pub base_url: String,
    pub address: Url,
    pub server: Server,
    pub settings: Settings,
    pub shared: Shared,
}

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// One call on its way.
pub struct Exchange<'a> {
    transport: &'a Transport,
    operation: &'static Operation,
    options: &'a Options,
    intake: &'a dyn Intake,
    started: Instant,
}

impl<'a> Exchange<'a> {
    /// `intake` is shown the body of a success while it arrives.
    pub fn new(
        transport: &'a Transport,
        operation: &'static Operation,
        options: &'a Options,
        intake: &'a dyn Intake,
    ) -> Self {
        Self { transport, operation, options, intake, started: Instant::now() }
    }

    /// Makes the call, with retries, under the policies of the client.
    ///
    /// `draft` builds the request of each attempt: a streamed body can be sent only once, and building a request costs
    /// less than keeping a copy of it.
    pub async fn perform<'r>(&self, draft: &(dyn Fn() -> Draft<'r> + Sync)) -> Result<Box<Received>, Error> {
        let settings = &self.transport.settings;
        let progress = Progress::default();
        let span = CallSpan::new(&self.transport.address, self.operation);
        let key = self.idempotency_key();
        let whole = self.limit(TimeoutPhase::Call, self.timeout());
        let call = span.instrument(self.attempts(draft, key.as_ref(), &progress));
        // This also drops the call, before `conclude` asks if a request was sent.
        let outcome = whole.hold(pin!(call)).await.unwrap_or_else(Err);
        let (attempts, elapsed) = (progress.attempts(), self.started.elapsed());
        let outcome = self.conclude(outcome, key, progress.at_risk());
        let outcome = outcome.map(|mut received| {
            (received.attempts, received.elapsed, received.timeout) = (attempts, elapsed, self.timeout());
            received
        });

        let error = outcome.as_ref().err();
        span.end(outcome.as_ref().map_or_else(Error::status, |received| Some(received.status)), attempts, error);
        settings.hooks.emit(&Event::Call(CallEvent { operation: self.operation, attempts, error, elapsed }));
        outcome
    }

    /// Makes attempts until one succeeds or no further one is allowed.
    fn attempts<'c, 'r>(
        &'c self,
        draft: &'c (dyn Fn() -> Draft<'r> + Sync),
        key: Option<&'c HeaderValue>,
        progress: &'c Progress,
    ) -> impl Future<Output = Result<Box<Received>, Error>> {
        let Transport { settings, shared, .. } = self.transport;
        // Boxed, so that neither part of the whole future is too large for the fast path of common allocators (1 KiB).
        let send = move |attempt, turn| in_box(|| self.send(draft, key, progress, attempt, turn));
        let on_wait = move |attempt, wait| {
            let event = RetryEvent { operation: self.operation, attempt, wait };
            trace::retry(&event);
            settings.hooks.emit(&Event::Retry(event));
        };
        let policy = self.options.retry.as_ref().unwrap_or(&settings.retry);
        retry::run(policy, shared, self.operation, send, on_wait)
    }

    /// Makes one attempt, and returns the turn with its outcome.
    #[allow(clippy::manual_async_fn, reason = "the future of an `async fn` holds its arguments twice")]
    fn send<'c, 'r>(
        &'c self,
        draft: &'c (dyn Fn() -> Draft<'r> + Sync),
        key: Option<&'c HeaderValue>,
        progress: &'c Progress,
        attempt: u32,
        mut turn: Turn<'c>,
    ) -> impl Future<Output = (Turn<'c>, Result<Box<Received>, Error>)> {
        async move {
            let outcome = self.attempt(draft, key, progress, attempt, &mut turn).await;
            (turn, outcome)
        }
    }

    /// Completes an outcome with what is known of the call as a whole.
    fn conclude(
        &self,
        mut outcome: Result<Box<Received>, Error>,
        key: Option<HeaderValue>,
        at_risk: bool,
    ) -> Result<Box<Received>, Error> {
        if let Err(Error::Timeout(error)) = &mut outcome
            && error.phase == TimeoutPhase::Call
        {
            error.certainty = Certainty::of_attempt(at_risk);
        }
        outcome.map_err(|error| {
            if failure::is_unknown(&error, self.operation, at_risk) {
                failure::unknown(error, self.operation, key, self.users_key().is_some())
            } else {
                error
            }
        })
    }

    /// Returns the time limit of the whole call.
    fn timeout(&self) -> Option<Duration> {
        self.options.timeout.or(self.transport.settings.timeout)
    }

    fn limit(&self, phase: TimeoutPhase, limit: Option<Duration>) -> Limit {
        Limit { operation: self.operation, phase, limit }
    }

    /// Returns one key for all attempts of the call: a server that honors the key processes the call once.
    fn idempotency_key(&self) -> Option<HeaderValue> {
        match self.users_key() {
            Some(key) => Some(key.clone()),
            None if self.operation.retry == Retry::Keyed => {
                HeaderValue::from_str(&uuid::Uuid::now_v7().to_string()).ok()
            }
            None => None,
        }
    }

    /// Returns the idempotency key that the user set, by its own method or as a header.
    fn users_key(&self) -> Option<&HeaderValue> {
        self.options.headers.get(&IDEMPOTENCY_KEY).or(self.options.idempotency_key.as_ref())
    }

    /// Completes the head of a request and hands it to the HTTP client, which sends it when the future is first polled.
    fn dispatch(
        &self,
        mut request: Box<reqwest::Request>,
        idempotency_key: Option<&HeaderValue>,
    ) -> Result<(impl Future<Output = reqwest::Result<reqwest::Response>> + use<>, Handover), Error> {
        let Transport { http, address, settings, .. } = self.transport;
        let handover = match self.operation.method {
            "GET" => Handover::unwatched(),
            method => Handover::watch(request.body_mut(), method != "DELETE"),
        };
        let headers = request.headers_mut();
        if !self.operation.streams() {
            headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        }
        if let Some(key) = idempotency_key {
            headers.insert(&IDEMPOTENCY_KEY, key.clone());
        }
        for (name, value) in &self.options.headers {
            headers.insert(name, value.clone());
        }
        settings.hooks.outgoing(self.operation, &mut request, &settings.key_header)?;
        // The API key is added here and nowhere else, after all hooks, and only for the origin of the base URL.
        if same_origin(request.url(), address) {
            request.headers_mut().insert(&settings.key_header, settings.authorization.clone());
        }
        Ok((http.client(self.operation.retry)?.execute(*request), handover))
    }

    /// Builds the request, makes one attempt within its time limit, and notes what is known of it.
    async fn attempt<'r>(
        &self,
        draft: &(dyn Fn() -> Draft<'r> + Sync),
        key: Option<&HeaderValue>,
        progress: &Progress,
        attempt: u32,
        turn: &mut Turn<'_>,
    ) -> Result<Box<Received>, Error> {
        let request = match draft() {
            Draft::Built(request) => request,
            Draft::Pending(request) => request.await,
        };
        let request = request.map_err(|reason| failure::not_built(self.operation, &reason))?;
        let (response, handover) = self.dispatch(request, key)?;
        progress.begin(attempt, &handover);
        let settings = &self.transport.settings;
        let is_watched = cfg!(feature = "tracing") || settings.hooks.on_event.is_some();
        let started = is_watched.then(Instant::now);
        let limit = self.limit(TimeoutPhase::Attempt, settings.attempt_timeout);
        let outcome = limit.hold(pin!(self.exchange(response, turn))).await.unwrap_or_else(Err);
        // The request was dropped above, with the future that sends it.
        let outcome = outcome.map_err(|error| if handover.close() { error } else { failure::not_sent(error) });
        if let Some(started) = started {
            self.report_attempt(attempt, started.elapsed(), &outcome);
        }
        progress.end(outcome.as_ref().is_err_and(|error| retryable::certainty(error) == Certainty::MaybeProcessed));
        outcome
    }

    /// Sends a request and reads its response.
    async fn exchange(
        &self,
        response: impl Future<Output = reqwest::Result<reqwest::Response>>,
        turn: &mut Turn<'_>,
    ) -> Result<Box<Received>, Error> {
        let Transport { http, settings, .. } = self.transport;
        if self.operation.retry == Retry::Never {
            // Lets the runtime hear which idle connections the server has closed.
            tokio::task::yield_now().await;
        }
        let silence = self.limit(TimeoutPhase::Response, Some(settings.read_timeout));
        let mut incoming = {
            let response = silence.hold(pin!(response)).await?;
            let mut response = response.map_err(|error| failure::from_reqwest(error, self.operation))?;
            Secret::of(&settings.authorization).redact_headers(response.headers_mut());
            turn.head(response.status(), response.headers());
            http.observe(response.headers());
            Incoming::new(response, silence)
        };
        settings.hooks.incoming(self.operation, &incoming.response);
        let mut received = receive(&mut incoming, settings.max_body, &settings.authorization, self.intake).await?;
        received.stream = self.operation.streams().then(|| Box::new(incoming));
        Ok(received)
    }

    fn report_attempt(&self, attempt: u32, elapsed: Duration, outcome: &Result<Box<Received>, Error>) {
        let (status, bytes, id) = match outcome {
            Ok(received) => (Some(received.status), received.bytes.len(), request_id(&received.headers)),
            Err(error) => (error.status(), 0, error.request_id()),
        };
        let error = outcome.as_ref().err();
        let event = AttemptEvent { operation: self.operation, attempt, status, error, elapsed, bytes };
        trace::attempt(&event, id);
        self.transport.settings.hooks.emit(&Event::Attempt(event));
    }
}

/// What is known of a call while it runs. It outlives the attempts, so that it is still known when time runs out.
#[derive(Default)]
struct Progress {
    attempts: AtomicU32,
    /// An attempt that has ended may have been processed. A later rejection does not undo an earlier attempt.
    at_risk: AtomicBool,
    is_out: AtomicBool,
    /// The way of the request that is out. A lock is taken only for requests that are watched.
    handover: Mutex<Handover>,
}

impl Progress {
    fn begin(&self, attempt: u32, handover: &Handover) {
        self.attempts.store(attempt, Ordering::Relaxed);
        self.is_out.store(true, Ordering::Relaxed);
        if handover.is_watched() {
            *self.handover() = handover.clone();
        }
    }

    fn end(&self, may_have_been_processed: bool) {
        if may_have_been_processed {
            self.at_risk.store(true, Ordering::Relaxed);
        }
        self.is_out.store(false, Ordering::Relaxed);
    }

    fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// Returns `true` if an attempt may have been processed. An attempt that is still out has been dropped before.
    fn at_risk(&self) -> bool {
        self.at_risk.load(Ordering::Relaxed) || (self.is_out.load(Ordering::Relaxed) && self.handover().close())
    }

    fn handover(&self) -> MutexGuard<'_, Handover> {
        self.handover.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares origins without allocating them, because this runs for each attempt.
fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}
