//! Faults between client and server, for any operation.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Delays the response.
    Delay(Duration),
    /// Returns this status without processing the request.
    Status(u16),
    /// Processes the request, and returns this status anyway.
    StatusAfterProcessing(u16),
    /// Returns 429 with `Retry-After` without processing the request.
    RateLimited(Duration),
    /// Resets the connection.
    Reset(Moment),
    /// Processes the request, and sends half of the response.
    Truncated,
    /// Processes the request, and sends a body that is not JSON.
    Malformed,
    /// Returns an HTML page with this status without processing the request, like a proxy.
    Html(u16),
    /// Processes the request, and sends a response of at least this many bytes.
    Oversized(u64),
    /// Processes the request, and sends the response in 16 pieces with this pause before each.
    Slow(Duration),
}

/// The moment at which a connection is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Moment {
    /// After the head of the request, while the body is on its way.
    MidRequest,
    /// After the whole request, before it is processed.
    BeforeProcessing,
    /// After processing, before any of the response is sent.
    AfterProcessing,
    /// In the middle of the response.
    MidResponse,
}

/// A fault, and the requests that it affects: all requests to operations, unless it is narrowed down.
///
/// ```
/// use campfire_sandbox::{Fault, FaultRule};
///
/// let flaky_payments = FaultRule::new(Fault::Status(503)).operation("invoices.pay").probability(0.2);
/// let once = FaultRule::new(Fault::Truncated).times(1);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct FaultRule {
    fault: Fault,
    operation: Option<String>,
    path: Option<String>,
    probability: f64,
    /// The number of matching requests that still pass.
    skipped: u32,
    /// The number of requests that are still to be affected.
    left: Option<u32>,
}

impl FaultRule {
    /// Affects every request.
    pub fn new(fault: Fault) -> Self {
        FaultRule { fault, operation: None, path: None, probability: 1.0, skipped: 0, left: None }
    }

    /// Affects only this operation, such as `invoices.create`, or all operations of a resource, such as `invoices.*`.
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(id.into());
        self
    }

    /// Affects only requests to exactly this path, such as `/rr/api/v1/contracts/7`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Lets this many matching requests pass first.
    pub fn after(mut self, requests: u32) -> Self {
        self.skipped = requests;
        self
    }

    /// Affects this share of the matching requests, from 0 to 1. The seed of the sandbox determines which.
    pub fn probability(mut self, share: f64) -> Self {
        self.probability = share.clamp(0.0, 1.0);
        self
    }

    /// Affects at most this many requests.
    pub fn times(mut self, max: u32) -> Self {
        self.left = Some(max);
        self
    }

    fn matches(&self, operation: &str, path: &str) -> bool {
        if self.path.as_deref().is_some_and(|wanted| wanted != path) {
            return false;
        }
        match self.operation.as_deref() {
            None => true,
            Some(wanted) => match wanted.strip_suffix('*') {
                Some(prefix) => operation.starts_with(prefix),
                None => operation == wanted,
            },
        }
    }

    /// Returns `true` if the rule affects a matching request, and counts the request.
    fn draw(&mut self, random: &mut fastrand::Rng) -> bool {
        if self.skipped > 0 {
            self.skipped -= 1;
            return false;
        }
        let is_affected = random.f64() < self.probability;
        if is_affected {
            self.left = self.left.map(|left| left - 1);
        }
        is_affected
    }
}

/// The rules in force, and the source of randomness.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<(Vec<FaultRule>, fastrand::Rng)>);

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Faults(Mutex::new((Vec::new(), fastrand::Rng::with_seed(seed))))
    }

    pub(crate) fn add(&self, rule: FaultRule) {
        self.lock().0.push(rule);
    }

    pub(crate) fn clear(&self) {
        self.lock().0.clear();
    }

    /// Returns the faults that affect a request, in the order of their rules: the sum of all delays, and the first other
    /// fault.
    pub(crate) fn draw(&self, operation: &str, path: &str) -> (Duration, Option<Fault>) {
        let mut guard = self.lock();
        let (rules, random) = &mut *guard;
        let (mut delay, mut drawn) = (Duration::ZERO, None);
        for rule in rules.iter_mut() {
            let is_delay = matches!(rule.fault, Fault::Delay(_));
            if rule.left == Some(0) || !rule.matches(operation, path) || (!is_delay && drawn.is_some()) {
                continue;
            }
            if !rule.draw(random) {
                continue;
            }
            match rule.fault {
                Fault::Delay(time) => delay += time,
                fault => drawn = Some(fault),
            }
        }
        (delay, drawn)
    }

    fn lock(&self) -> MutexGuard<'_, (Vec<FaultRule>, fastrand::Rng)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
