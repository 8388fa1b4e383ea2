//! Whether and when a call is made again.
//!
//! The rule for a ledger: a lost answer is an error, a doubled journal entry is a disaster. So what decides is not the
//! HTTP method but what the operation means (its [`Retry`](crate::Retry) class) and whether the failed attempt may have
//! been processed. [`may_repeat`] is that decision, and nothing else; [`run`] acts on it.

use std::future::Future;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::budget::Budget;
use super::pace::Pace;
use super::pause::{Pass, Pause};
use crate::error::Error;

/// How calls are repeated.
///
/// What may be repeated at all is not a matter of policy: see [`Retry`](crate::Retry). Waiting grows from
/// `first_wait`, doubling to `longest_wait`, and each wait is drawn at random below that (full jitter); where the
/// server says how long to wait (`Retry-After`), that is done, up to `longest_wait`.
///
/// ```
/// use std::time::Duration;
/// use campfire::{Client, RetryPolicy};
///
/// let patient = RetryPolicy::default().attempts(6).longest_wait(Duration::from_secs(120));
/// let campfire = Client::builder().api_key("k-123").retry(patient).build()?;
/// # Ok::<(), campfire::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    first_wait: Duration,
    longest_wait: Duration,
}

/// A 429 is not an attempt that failed but one that came too early. Yet there must be an end.
const MOST_RATE_LIMITED: u32 = 20;

impl Default for RetryPolicy {
    /// Four attempts, waiting up to 0.5, 1 and 2 seconds, and up to 60 seconds where the server says so.
    fn default() -> Self {
        Self { attempts: 4, first_wait: Duration::from_millis(500), longest_wait: Duration::from_secs(60) }
    }
}

impl RetryPolicy {
    /// Every call is made once.
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// The most times that a call is made, the first included. Answers of 429 do not count; after twenty of them a call
    /// is given up.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The bound of the first wait, which doubles with each further one.
    pub fn first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }

    /// The longest wait. A server that asks for more gets no second attempt.
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// The wait after the `attempt`th failure, drawn below the bound.
    fn wait(&self, attempt: u32) -> Duration {
        let bound = self.first_wait.saturating_mul(1 << (attempt - 1).min(16)).min(self.longest_wait);
        bound.mul_f64(fastrand::f64())
    }
}

/// Whether a call may be made again after a failure.
///
/// `repeatable` says whether the operation may be processed twice. What was certainly not processed may always be sent
/// again.
pub(crate) fn may_repeat(error: &Error, repeatable: bool) -> bool {
    match certainty(error) {
        Certainty::Answered => false,
        Certainty::NotProcessed => true,
        Certainty::MaybeProcessed => repeatable,
    }
}

/// What is known of an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// The server has answered, and would answer the same again.
    Answered,
    /// The request was certainly not processed.
    NotProcessed,
    /// It may have been processed.
    MaybeProcessed,
}

pub(crate) fn certainty(error: &Error) -> Certainty {
    let maybe = |maybe: bool| if maybe { Certainty::MaybeProcessed } else { Certainty::NotProcessed };
    match error {
        Error::Transport(error) if error.is_final => Certainty::Answered,
        Error::Transport(error) => maybe(error.may_have_been_processed),
        Error::Timeout(error) => maybe(error.may_have_been_processed),
        Error::RateLimited(_) => Certainty::NotProcessed,
        Error::Server(error) => match error.status.as_u16() {
            503 if error.retry_after.is_some() => Certainty::NotProcessed,
            // The server says that it does not know the method, the version, or that it is full for good.
            501 | 505..=599 => Certainty::Answered,
            _ => Certainty::MaybeProcessed,
        },
        Error::Status(error) if error.status.as_u16() == 408 => Certainty::MaybeProcessed,
        _ => Certainty::Answered,
    }
}

/// What all attempts of a client share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pause: Pause,
    budget: Budget,
    places: Option<Places>,
    pace: Option<Pace>,
}

/// A limit of requests that are out at the same time.
#[derive(Debug)]
struct Places {
    free: Semaphore,
    all: usize,
}

impl Shared {
    pub(crate) fn new(max_in_flight: Option<usize>, pace: Option<Pace>) -> Self {
        let places = max_in_flight.map(|all| {
            let all = all.min(Semaphore::MAX_PERMITS);
            Places { free: Semaphore::new(all), all }
        });
        Self { places, pace, ..Self::default() }
    }

    /// How many places are taken.
    pub(crate) fn in_flight(&self) -> usize {
        self.places.as_ref().map_or(0, |places| places.all.saturating_sub(places.free.available_permits()))
    }

    /// Waits until one request may go out: no pause, a free place, a slot of the pace.
    async fn turn(&self) -> (Pass<'_>, Option<SemaphorePermit<'_>>) {
        loop {
            let pass = self.pause.pass().await;
            let place = match &self.places {
                // The semaphore is never closed.
                Some(places) => places.free.acquire().await.ok(),
                None => None,
            };
            // A probe is alone, and must not wait behind slots that others have taken and cannot use.
            if let Some(pace) = self.pace.as_ref().filter(|_| !pass.is_probe()) {
                pace.slot().await;
            }
            if pass.holds() {
                return (pass, place);
            }
        }
    }
}

/// Makes a call, and makes it again where it may and should be.
///
/// `send` makes one attempt.
pub(crate) async fn run<T, F, Fut>(
    policy: &RetryPolicy,
    shared: &Shared,
    repeatable: bool,
    mut send: F,
    waiting: &(impl Fn(u32, Duration) + ?Sized),
) -> Result<T, Error>
where
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let mut sent = 0;
    let mut failed = 0;
    let mut limited = 0;
    loop {
        let (pass, place) = shared.turn().await;
        sent += 1;
        let outcome = send(sent).await;
        drop(place);
        let error = match outcome {
            Ok(value) => {
                pass.done();
                shared.budget.refund();
                return Ok(value);
            }
            Err(error) => error,
        };
        let asked = error.retry_after();
        let rate_limited = matches!(error, Error::RateLimited(_));
        if rate_limited {
            limited += 1;
            let wait = asked.unwrap_or_else(|| policy.wait(limited)).min(policy.longest_wait);
            pass.stop(wait);
        } else {
            failed += 1;
            pass.done();
        }
        let exhausted =
            if rate_limited { policy.attempts == 1 || limited >= MOST_RATE_LIMITED } else { failed >= policy.attempts };
        let too_long = asked.is_some_and(|wait| wait > policy.longest_wait);
        if exhausted
            || too_long
            || !may_repeat(&error, repeatable)
            // Waiting out a 429 takes nothing: it is the pause that protects the server then.
            || (!rate_limited && !shared.budget.take())
        {
            return Err(error);
        }
        let wait = asked.unwrap_or_else(|| policy.wait(failed.max(1)));
        waiting(sent, wait);
        if !rate_limited {
            tokio::time::sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use http::StatusCode;
    use tokio::time::Instant;

    use super::*;
    use crate::error::{ApiError, TransportError};

    fn limited(wait: Duration) -> Error {
        Error::RateLimited(Box::new(ApiError {
            operation: "things.list",
            status: StatusCode::TOO_MANY_REQUESTS,
            message: String::new(),
            fields: Vec::new(),
            retry_after: Some(wait),
            request_id: None,
            repeatable: true,
        }))
    }

    fn refused() -> Error {
        Error::Transport(TransportError {
            operation: "things.list",
            message: "connection refused".to_owned(),
            may_have_been_processed: false,
            repeatable: true,
            is_final: false,
            request_id: None,
            source: None,
        })
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
                    let send = |_| {
                        let (early, probes, answered) = (early.clone(), probes.clone(), answered.clone());
                        async move {
                            // The server takes a moment, and refuses for three seconds.
                            tokio::time::sleep(Duration::from_millis(20)).await;
                            let passed = begun.elapsed();
                            if passed > Duration::from_secs(3) {
                                answered.fetch_add(1, Ordering::Relaxed);
                                return Ok(());
                            }
                            let counter = if passed < Duration::from_millis(50) { &early } else { &probes };
                            counter.fetch_add(1, Ordering::Relaxed);
                            Err(limited(Duration::from_secs(1)))
                        }
                    };
                    run(&RetryPolicy::default(), &shared, true, send, &|_, _| {}).await
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
                    let send = |_| {
                        times.lock().unwrap().push(begun.elapsed());
                        async move {
                            tokio::time::sleep(Duration::from_millis(20)).await;
                            let left = Duration::from_secs(3).saturating_sub(begun.elapsed());
                            if left.is_zero() { Ok(()) } else { Err(limited(left)) }
                        }
                    };
                    run(&RetryPolicy::default(), &shared, true, send, &|_, _| {}).await
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
            let send = |_| {
                sent += 1;
                async { Err::<(), _>(refused()) }
            };
            run(&RetryPolicy::default(), &shared, true, send, &|_, _| {}).await.unwrap_err();
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
        let send = |_| async { Err::<(), _>(refused()) };
        run(&policy, &Shared::default(), true, send, &waiting).await.unwrap_err();
        let told = told.into_inner().unwrap();
        assert_eq!(told.iter().map(|(attempt, _)| *attempt).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        for ((_, wait), most) in told.iter().zip([1, 2, 4, 4, 4]) {
            assert!(*wait <= Duration::from_secs(most), "{told:?}");
        }
        let waited: Duration = told.iter().map(|(_, wait)| *wait).sum();
        // The clock of the test has milliseconds.
        assert!(begun.elapsed().abs_diff(waited) < Duration::from_millis(10), "{:?} {waited:?}", begun.elapsed());
    }
}
