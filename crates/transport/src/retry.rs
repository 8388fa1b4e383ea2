//! Makes attempts until one succeeds, waiting in between.
//!
//! What may be retried at all is decided in [`retryable`](crate::outcome::retryable); [`run`] acts on that.

use std::future::Future;
use std::ops::ControlFlow;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::api_error::retry_after;
use crate::budget::Budget;
use crate::defaults::{ATTEMPTS, FIRST_WAIT, LONGEST_WAIT, MAX_RATE_LIMITED};
use crate::outcome::error::Error;
use crate::outcome::operation::Operation;
use crate::outcome::retryable::may_retry;
use crate::pace::Pace;
use crate::pause::{Pass, Pause};

/// How often calls are retried, and how long the client waits in between.
///
/// The policy does not decide which calls may be retried at all: see [`Retry`](crate::outcome::operation::Retry). The bound of the wait starts
/// at `first_wait` and doubles up to `longest_wait`; each wait is drawn at random below its bound (full jitter). If the
/// server says how long to wait (`Retry-After`), the client does so, up to `longest_wait`.
///
/// ```
/// # use campfire_transport::retry as campfire;
/// use std::time::Duration;
/// use campfire::RetryPolicy;
///
/// // For `ClientBuilder::retry`, or `retry` of a request.
/// let patient = RetryPolicy::default().attempts(6).longest_wait(Duration::from_secs(120));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    first_wait: Duration,
    longest_wait: Duration,
}

impl Default for RetryPolicy {
    /// Four attempts, with waits of up to 0.5, 1 and 2 seconds, and up to 60 seconds if the server asks for it.
    fn default() -> Self {
        Self { attempts: ATTEMPTS, first_wait: FIRST_WAIT, longest_wait: LONGEST_WAIT }
    }
}

impl RetryPolicy {
    /// Returns a policy without retries.
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// Sets the maximum number of attempts, including the first. Responses with 429 do not count; after twenty of them the
    /// call fails.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the bound of the first wait, which doubles with each further one.
    pub fn first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }

    /// Sets the longest wait. If the server asks for more, the call is not retried.
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// Draws the wait after the `attempt`th failure.
    fn wait(&self, attempt: u32) -> Duration {
        let bound = self.first_wait.saturating_mul(1 << (attempt - 1).min(16)).min(self.longest_wait);
        bound.mul_f64(fastrand::f64())
    }
}

/// The state that all attempts of a client share.
#[derive(Debug, Default)]
#[doc(hidden)]
pub struct Shared {
    pause: Pause,
    budget: Budget,
    places: Option<Places>,
    pace: Option<Pace>,
}

/// A limit on concurrent requests.
#[derive(Debug)]
struct Places {
    free: Semaphore,
    all: usize,
}

impl Shared {
    pub fn new(max_in_flight: Option<usize>, pace: Option<Pace>) -> Self {
        let places = max_in_flight.map(|all| {
            let all = all.min(Semaphore::MAX_PERMITS);
            Places { free: Semaphore::new(all), all }
        });
        Self { places, pace, ..Self::default() }
    }

    /// Returns how many places are taken.
    pub fn in_flight(&self) -> usize {
        self.places.as_ref().map_or(0, |places| places.all.saturating_sub(places.free.available_permits()))
    }

    /// Returns permission to send one request, if no limit is set and there is no pause.
    fn turn_now<'a>(&'a self, policy: &'a RetryPolicy, limited: u32) -> Option<Turn<'a>> {
        if self.places.is_some() || self.pace.is_some() {
            return None;
        }
        Some(Turn { pass: self.pause.pass_now()?, place: None, wait: None, policy, limited })
    }

    /// Waits until one request may be sent: no pause, a free place, a slot of the pace.
    async fn turn<'a>(&'a self, policy: &'a RetryPolicy, limited: u32) -> Turn<'a> {
        loop {
            let pass = self.pause.pass().await;
            let place = match &self.places {
                // The semaphore is never closed.
                Some(places) => places.free.acquire().await.ok(),
                None => None,
            };
            // A probe goes alone, and must not wait behind slots that others have taken and cannot use.
            if let Some(pace) = self.pace.as_ref().filter(|_| !pass.is_probe()) {
                pace.slot().await;
            }
            if pass.holds() {
                return Turn { pass, place, wait: None, policy, limited };
            }
        }
    }
}

/// Permission to send one request.
#[doc(hidden)]
pub struct Turn<'a> {
    pass: Pass<'a>,
    place: Option<SemaphorePermit<'a>>,
    /// How long to wait, if the server has rejected the request with 429.
    wait: Option<Duration>,
    policy: &'a RetryPolicy,
    /// How often the server has rejected the call with 429 before.
    limited: u32,
}

impl Turn<'_> {
    /// Tells all others what the head of a response says: nobody waits for its body.
    pub fn head(&mut self, status: StatusCode, headers: &HeaderMap) {
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.limited(retry_after(headers));
        } else {
            self.pass.done();
        }
    }

    /// Pauses the client, and returns how long this request waits.
    fn limited(&mut self, asked: Option<Duration>) -> Duration {
        if let Some(wait) = self.wait {
            return wait;
        }
        let wait = wanted(asked).unwrap_or_else(|| self.policy.wait(self.limited + 1));
        self.pass.stop(wait.min(self.policy.longest_wait));
        *self.wait.insert(wait)
    }
}

/// A server that asks for no wait at all does not say how long it needs.
fn wanted(asked: Option<Duration>) -> Option<Duration> {
    asked.filter(|wait| !wait.is_zero())
}

/// How often a call has failed.
#[derive(Clone, Copy, Default)]
struct Failures {
    /// With 429.
    limited: u32,
    other: u32,
}

/// What comes before the next attempt.
enum Next {
    /// The call waits for this long.
    Wait(Duration),
    /// The client pauses for this long, and the call waits for its turn.
    Pause(Duration),
}

impl Failures {
    /// Settles an attempt. Returns what comes before the next one, or the outcome of the call.
    fn settle<T>(
        &mut self,
        (mut turn, outcome): (Turn<'_>, Result<T, Error>),
        shared: &Shared,
        operation: &Operation,
    ) -> ControlFlow<Result<T, Error>, Next> {
        turn.place = None;
        match outcome {
            Ok(value) => {
                turn.pass.done();
                shared.budget.refund();
                ControlFlow::Break(Ok(value))
            }
            Err(error) => match self.count(error, turn, shared, operation) {
                Ok(next) => ControlFlow::Continue(next),
                Err(error) => ControlFlow::Break(Err(error)),
            },
        }
    }

    /// Counts a failure. Returns what comes before the next attempt, or the error if there is none.
    #[cold]
    fn count(
        &mut self,
        error: Error,
        mut turn: Turn<'_>,
        shared: &Shared,
        operation: &Operation,
    ) -> Result<Next, Error> {
        let policy = turn.policy;
        let rate_limited = matches!(error, Error::RateLimited(_));
        let failures = if rate_limited { &mut self.limited } else { &mut self.other };
        *failures += 1;
        let asked = wanted(error.retry_after());
        let wait = match &error {
            Error::RateLimited(_) => turn.limited(asked),
            _ => asked.unwrap_or_else(|| policy.wait(self.other)),
        };
        // Where nothing was sent, nothing is known of the server.
        if !matches!(error, Error::Request(_)) {
            turn.pass.done();
        }
        drop(turn);
        let exhausted = if rate_limited {
            policy.attempts == 1 || self.limited >= MAX_RATE_LIMITED
        } else {
            self.other >= policy.attempts
        };
        let too_long = asked.is_some_and(|wait| wait > policy.longest_wait);
        if exhausted
            || too_long
            || !may_retry(&error, operation)
            // Waiting out a 429 costs no budget: the pause already protects the server.
            || (!rate_limited && !shared.budget.take())
        {
            return Err(error);
        }
        Ok(if rate_limited { Next::Pause(wait) } else { Next::Wait(wait) })
    }
}

/// Makes a call, with as many retries as are allowed and useful.
///
/// `send` makes one attempt, reports the head of its response to the turn, and returns the turn with the outcome. `on_wait`
/// is called with its number and the wait before each retry.
///
/// Each call has room for all that this future may wait for. So it boxes what few calls wait for, and is no `async fn`, which
/// holds its arguments twice.
#[doc(hidden)]
#[allow(clippy::manual_async_fn, reason = "see above")]
pub fn run<'a, T, F, Fut>(
    policy: &'a RetryPolicy,
    shared: &'a Shared,
    operation: &'a Operation,
    mut send: F,
    on_wait: impl Fn(u32, Duration),
) -> impl Future<Output = Result<T, Error>>
where
    F: FnMut(u32, Turn<'a>) -> Fut,
    Fut: Future<Output = (Turn<'a>, Result<T, Error>)>,
{
    async move {
        let mut sent = 0;
        let mut failures = Failures::default();
        loop {
            let turn = match shared.turn_now(policy, failures.limited) {
                Some(turn) => turn,
                None => Box::pin(shared.turn(policy, failures.limited)).await,
            };
            sent += 1;
            match failures.settle(send(sent, turn).await, shared, operation) {
                ControlFlow::Break(outcome) => return outcome,
                ControlFlow::Continue(Next::Wait(wait)) => {
                    on_wait(sent, wait);
                    Box::pin(tokio::time::sleep(wait)).await;
                }
                ControlFlow::Continue(Next::Pause(wait)) => on_wait(sent, wait),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::Instant;

    use super::*;
    use crate::outcome::certainty::Certainty;
    use crate::outcome::error::{ApiError, RequestError, TransportError};
    use crate::outcome::operation::Retry;

    static OPERATION: Operation = Operation::new("things.list", "GET", "/things", Retry::Safe, None);

    fn limited(wait: Duration) -> Error {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Error::RateLimited(Box::new(ApiError { retry_after: Some(wait), ..ApiError::new(&OPERATION, status) }))
    }

    fn refused() -> Error {
        TransportError::new(&OPERATION, "connection refused", Certainty::NotProcessed).into()
    }

    #[tokio::test(start_paused = true)]
    async fn three_seconds_of_429_cost_64_tasks_one_probe_a_second() {
        let shared = Arc::new(Shared::default());
        let begun = Instant::now();
        let (early, probes, answered) = <(Arc<AtomicU32>, Arc<AtomicU32>, Arc<AtomicU32>)>::default();
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let (shared, early, probes, answered) =
                    (shared.clone(), early.clone(), probes.clone(), answered.clone());
                tokio::spawn(async move {
                    let send = async |_, turn| {
                        // The server takes a moment, and refuses for three seconds.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        let passed = begun.elapsed();
                        if passed > Duration::from_secs(3) {
                            answered.fetch_add(1, Ordering::Relaxed);
                            return (turn, Ok(()));
                        }
                        let counter = if passed < Duration::from_millis(50) { &early } else { &probes };
                        counter.fetch_add(1, Ordering::Relaxed);
                        (turn, Err(limited(Duration::from_secs(1))))
                    };
                    run(&RetryPolicy::default(), &shared, &OPERATION, send, &|_, _| {}).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(early.load(Ordering::Relaxed), 64, "those that were out when the pause began");
        assert_eq!(probes.load(Ordering::Relaxed), 2, "one for each pause of a second");
        assert_eq!(answered.load(Ordering::Relaxed), 64);
    }

    /// When 64 tasks send, to a server that takes 20 ms and refuses everything for three seconds.
    async fn sends_under_429(shared: Shared) -> Vec<Duration> {
        let shared = Arc::new(shared);
        let begun = Instant::now();
        let times = Arc::new(std::sync::Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let (shared, times) = (shared.clone(), times.clone());
                tokio::spawn(async move {
                    let send = async |_, turn| {
                        times.lock().unwrap().push(begun.elapsed());
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        let left = Duration::from_secs(3).saturating_sub(begun.elapsed());
                        (turn, if left.is_zero() { Ok(()) } else { Err(limited(left)) })
                    };
                    run(&RetryPolicy::default(), &shared, &OPERATION, send, &|_, _| {}).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(shared.in_flight(), 0);
        Arc::into_inner(times).unwrap().into_inner().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_also_holds_those_that_wait_for_a_place() {
        let times = sends_under_429(Shared::new(Some(2), None)).await;
        let early = times.iter().filter(|time| **time < Duration::from_secs(3)).count();
        assert_eq!((early, times.len()), (2, 66), "two were out, and the others heard of it in time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_also_holds_those_that_wait_for_a_slot_and_the_pace_holds_after_it() {
        let times = sends_under_429(Shared::new(None, Pace::new(5.0))).await;
        let early = times.iter().filter(|time| **time < Duration::from_secs(3)).count();
        assert_eq!((early, times.len()), (5, 69), "the burst was out, and the others heard of it in time");
        for (index, time) in times.iter().enumerate().skip(early) {
            let within = times[index..].iter().take_while(|later| **later < *time + Duration::from_secs(1)).count();
            assert!(within <= 6, "five a second and the probe: {within} from {time:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_server_is_asked_a_pinned_number_of_times() {
        let shared = Shared::default();
        let mut sent = 0;
        for _ in 0..50 {
            let send = |_, turn| {
                sent += 1;
                async { (turn, Err::<(), _>(refused())) }
            };
            run(&RetryPolicy::default(), &shared, &OPERATION, send, &|_, _| {}).await.unwrap_err();
        }
        assert_eq!(sent, 60, "50 calls, and the 10 repetitions that a full budget pays for");
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_within_their_bounds_and_are_told() {
        let policy =
            RetryPolicy::default().attempts(6).first_wait(Duration::from_secs(1)).longest_wait(Duration::from_secs(4));
        let told = std::sync::Mutex::new(Vec::new());
        let waiting = |attempt, wait| told.lock().unwrap().push((attempt, wait));
        let begun = Instant::now();
        let send = async |_, turn| (turn, Err::<(), _>(refused()));
        run(&policy, &Shared::default(), &OPERATION, send, &waiting).await.unwrap_err();
        let told = told.into_inner().unwrap();
        assert_eq!(told.iter().map(|(attempt, _)| *attempt).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        for ((_, wait), most) in told.iter().zip([1, 2, 4, 4, 4]) {
            assert!(*wait <= Duration::from_secs(most), "{told:?}");
        }
        let waited: Duration = told.iter().map(|(_, wait)| *wait).sum();
        // The clock of the test has milliseconds.
        assert!(begun.elapsed().abs_diff(waited) < Duration::from_millis(10), "{:?} {waited:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_after_of_zero_backs_off_as_without_it() {
        let policy = RetryPolicy::default().first_wait(Duration::from_secs(8));
        let begun = Instant::now();
        let told = std::sync::Mutex::new(Duration::ZERO);
        let send = async |_, turn| (turn, Err::<(), _>(limited(Duration::ZERO)));
        let waiting = |_, wait| *told.lock().unwrap() += wait;
        run(&policy, &Shared::default(), &OPERATION, send, &waiting).await.unwrap_err();
        let told = told.into_inner().unwrap();
        assert!(told > Duration::from_secs(8), "twenty random waits of up to a minute: {told:?}");
        // What is reported is what is waited; the clock of the test has milliseconds.
        assert!(begun.elapsed().abs_diff(told) < Duration::from_millis(40), "{:?} {told:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_was_not_sent_does_not_end_the_pause() {
        let shared = Shared::default();
        shared.pause.pass().await.stop(Duration::from_secs(1));
        let send = async |_, turn| (turn, Err::<(), _>(RequestError::new(&OPERATION, "refused by a hook").into()));
        run(&RetryPolicy::default(), &shared, &OPERATION, send, &|_, _| {}).await.unwrap_err();
        assert!(shared.pause.pass().await.is_probe());
    }

    /// A response whose body never ends.
    async fn head_without_end(mut turn: Turn<'_>, status: StatusCode) -> (Turn<'_>, Result<(), Error>) {
        turn.head(status, &HeaderMap::new());
        std::future::pending().await
    }

    #[tokio::test(start_paused = true)]
    async fn a_429_and_a_success_count_at_their_heads() {
        let shared = Arc::new(Shared::default());
        let heads = Arc::new(std::sync::Mutex::new(vec![StatusCode::OK, StatusCode::TOO_MANY_REQUESTS]));
        let times = Arc::new(std::sync::Mutex::new(Vec::new()));
        let begun = Instant::now();
        let policy = RetryPolicy::default().first_wait(Duration::from_secs(2));
        for _ in 0..4 {
            let (shared, heads, times) = (shared.clone(), heads.clone(), times.clone());
            tokio::spawn(async move {
                let send = |_, turn| {
                    times.lock().unwrap().push(begun.elapsed());
                    head_without_end(turn, heads.lock().unwrap().pop().unwrap_or(StatusCode::OK))
                };
                run(&policy, &shared, &OPERATION, send, &|_, _| {}).await
            });
        }
        tokio::time::sleep(Duration::from_secs(4)).await;
        let times = times.lock().unwrap();
        // The second request waits for the pause, and the others for the head of its response.
        assert_eq!(times.len(), 4, "{times:?}");
        assert!(times[1] > Duration::ZERO && times[3] < times[1] + Duration::from_millis(10), "{times:?}");
    }
}
