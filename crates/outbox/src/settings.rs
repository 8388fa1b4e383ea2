//! [`RunOptions`]: how a run works.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::Error;
use crate::machine::{Millis, Rules};
use crate::progress::Progress;

/// What to do with a create that may have been processed, and whose record the list does not contain.
///
/// No response tells for certain that a record does not exist: the server may still be working on the request, and the list
/// may lag. You have to say how long that can take at most, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absence {
    /// A list that lacks the record this long after the request ended is proof: send the request again.
    SendAgainAfter(Duration),
    /// Nothing is proof: wait this long for the record to appear, then hold the create for a decision.
    AskAfter(Duration),
}

/// Asks a run to stop: requests in flight end, and their outcomes are recorded. Clones belong to the same run.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the run to stop.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

type OnProgress = Arc<dyn Fn(&Progress) + Send + Sync>;

/// How a run works.
#[derive(Clone)]
#[must_use = "pass it to `Outbox::run`"]
pub struct RunOptions {
    pub(crate) absence: Absence,
    pub(crate) in_flight: usize,
    pub(crate) timeout: Duration,
    pub(crate) stop: Stop,
    pub(crate) on_progress: Option<OnProgress>,
}

impl fmt::Debug for RunOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { absence, in_flight, timeout, .. } = self;
        f.debug_struct("RunOptions")
            .field("absence", absence)
            .field("in_flight", in_flight)
            .field("timeout", timeout)
            .finish_non_exhaustive()
    }
}

impl RunOptions {
    /// Takes the policy for records that the list does not contain. All other options have defaults.
    pub fn new(absence: Absence) -> Self {
        let (stop, on_progress) = (Stop::default(), None);
        Self { absence, in_flight: 8, timeout: Duration::from_secs(30), stop, on_progress }
    }

    /// Sets how many requests are in flight at once; 8 by default.
    pub fn in_flight(mut self, requests: usize) -> Self {
        self.in_flight = requests.max(1);
        self
    }

    /// Limits the time of a call, with the retries of the client; 30 seconds by default. A create that a crashed process left
    /// is looked up after three times as long.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Sets the handle that stops the run.
    pub fn stop(mut self, stop: &Stop) -> Self {
        self.stop = stop.clone();
        self
    }

    /// Calls this when the run begins, and about once per second from then on.
    pub fn on_progress(mut self, call: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(Arc::new(call));
        self
    }

    /// How long a claim lasts: the wait for a place, the call, and as much again in reserve.
    pub(crate) fn lease(&self) -> Duration {
        self.timeout * 3
    }

    /// # Errors
    /// If a time limit is zero.
    pub(crate) fn rules(&self) -> Result<Rules, Error> {
        let (settle, resend) = match self.absence {
            Absence::SendAgainAfter(settle) => (settle, true),
            Absence::AskAfter(settle) => (settle, false),
        };
        if self.timeout.is_zero() {
            return Err(Error::Settings("the time limit of a call must not be zero"));
        }
        let wait = settle.clamp(Duration::from_millis(20), Duration::from_secs(2));
        Ok(Rules { lease: millis(self.lease()), settle: millis(settle), resend, wait: millis(wait) })
    }
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX / 4)
}
