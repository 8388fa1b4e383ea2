//! Faults between client and server, for any operation.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use campfire_values::Json;
use serde::Serialize;

use crate::model::api::Api;
use crate::server::pattern::Pattern;

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

impl Fault {
    /// Returns `true` if the rule can say what body the response has.
    pub(crate) fn takes_body(self) -> bool {
        matches!(
            self,
            Fault::Status(_)
                | Fault::StatusAfterProcessing(_)
                | Fault::RateLimited(_)
                | Fault::Malformed
                | Fault::Html(_)
        )
    }

    fn status(self) -> Option<u16> {
        match self {
            Fault::Status(status) | Fault::StatusAfterProcessing(status) | Fault::Html(status) => Some(status),
            _ => None,
        }
    }
}

/// A fault, and the requests that it affects: all requests to operations, unless it is narrowed down.
///
/// ```
/// use campfire_sandbox::{Fault, FaultRule};
///
/// let flaky_payments = FaultRule::new(Fault::Status(503)).operation("invoices.pay").probability(0.2);
/// let once = FaultRule::new(Fault::Truncated).times(1);
/// let down = FaultRule::new(Fault::Status(503)).body("Down for maintenance").tenant("other");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct FaultRule {
    pub(crate) fault: Fault,
    /// The body of the response, or the reason why it cannot be written as JSON.
    pub(crate) body: Option<Result<Json, String>>,
    pub(crate) operation: Option<Pattern>,
    pub(crate) path: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) probability: f64,
    /// The number of matching requests that still pass.
    pub(crate) skipped: u32,
    /// The number of requests that are still to be affected.
    pub(crate) left: Option<u32>,
}

impl FaultRule {
    /// Affects every request.
    pub fn new(fault: Fault) -> Self {
        FaultRule {
            fault,
            body: None,
            operation: None,
            path: None,
            tenant: None,
            probability: 1.0,
            skipped: 0,
            left: None,
        }
    }

    /// Responds to an operation with this status and body, without processing the request. The body is anything that
    /// can be written as JSON: a type of the API, or a value of `json!`.
    ///
    /// ```
    /// use campfire_sandbox::FaultRule;
    /// use serde_json::json;
    ///
    /// let once = FaultRule::stub("contracts.retrieve", 200, json!({"id": 42, "deal_name": "Northwind"})).times(1);
    /// ```
    pub fn stub(operation: impl Into<String>, status: u16, body: impl Serialize) -> Self {
        FaultRule::new(Fault::Status(status)).operation(operation).body(body)
    }

    /// Sets the body of the response: JSON for a status or a 429, text for [`Fault::Html`] and [`Fault::Malformed`].
    /// Other faults have no body of their own.
    pub fn body(mut self, body: impl Serialize) -> Self {
        let text = serde_json::to_vec(&body).map_err(|error| error.to_string());
        self.body = Some(text.and_then(|text| Json::from_slice(&text).map_err(|error| error.to_string())));
        self
    }

    /// Affects only this operation, such as `invoices.create`, or all operations of a resource, such as `invoices.*`.
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(Pattern::new(id));
        self
    }

    /// Affects only requests to exactly this path, such as `/rr/api/v1/contracts/7`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Affects only requests with an API key of this tenant.
    pub fn tenant(mut self, name: impl Into<String>) -> Self {
        self.tenant = Some(name.into());
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

    /// Refuses a rule that could never do what it says.
    fn check(&self, api: &Api) -> Result<(), String> {
        if let Some(operation) = &self.operation {
            operation.check(api)?;
        }
        if let Some(Err(reason)) = &self.body {
            return Err(format!("the body cannot be written as JSON: {reason}"));
        }
        if self.body.is_some() && !self.fault.takes_body() {
            return Err("this fault has no body of its own".to_owned());
        }
        match self.fault.status() {
            Some(status) if !(200..600).contains(&status) => Err(format!("{status} is not the status of a response")),
            _ => Ok(()),
        }
    }

    fn matches(&self, request: &Target<'_>) -> bool {
        self.path.as_deref().is_none_or(|wanted| wanted == request.path)
            && self.tenant.as_deref().is_none_or(|wanted| Some(wanted) == request.tenant)
            && self.operation.as_ref().is_none_or(|wanted| wanted.matches(request.operation))
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

/// What rules look at in a request.
pub(crate) struct Target<'a> {
    pub(crate) operation: &'a str,
    pub(crate) path: &'a str,
    /// The tenant that the API key belongs to.
    pub(crate) tenant: Option<&'a str>,
}

/// The faults that affect a request.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    /// The sum of all delays.
    pub(crate) delay: Duration,
    /// The first other fault.
    pub(crate) fault: Option<Fault>,
    /// The body that its rule gives.
    pub(crate) body: Option<Json>,
}

/// The rules in force, by number, and the source of randomness.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<Rules>);

#[derive(Debug)]
struct Rules {
    last: u64,
    rules: Vec<(u64, FaultRule)>,
    random: fastrand::Rng,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Faults(Mutex::new(Rules { last: 0, rules: Vec::new(), random: fastrand::Rng::with_seed(seed) }))
    }

    /// Removes all rules, and starts the randomness again.
    pub(crate) fn reset(&self, seed: u64) {
        *self.lock() = Rules { last: 0, rules: Vec::new(), random: fastrand::Rng::with_seed(seed) };
    }

    /// Adds a rule, and returns its number.
    ///
    /// # Errors
    /// The reason why it could never do what it says.
    pub(crate) fn add(&self, api: &Api, rule: FaultRule) -> Result<u64, String> {
        rule.check(api)?;
        let mut rules = self.lock();
        rules.last += 1;
        let number = rules.last;
        rules.rules.push((number, rule));
        Ok(number)
    }

    pub(crate) fn list(&self) -> Vec<(u64, FaultRule)> {
        self.lock().rules.clone()
    }

    /// Removes the rules for which the condition holds, and returns their number.
    pub(crate) fn remove(&self, condition: impl Fn(u64, &FaultRule) -> bool) -> usize {
        let mut rules = self.lock();
        let before = rules.rules.len();
        rules.rules.retain(|(number, rule)| !condition(*number, rule));
        before - rules.rules.len()
    }

    /// Returns the faults that affect a request, in the order of their rules.
    pub(crate) fn draw(&self, request: &Target<'_>) -> Drawn {
        let mut guard = self.lock();
        let Rules { rules, random, .. } = &mut *guard;
        let mut drawn = Drawn::default();
        for (_, rule) in rules.iter_mut() {
            let is_delay = matches!(rule.fault, Fault::Delay(_));
            if rule.left == Some(0) || !rule.matches(request) || (!is_delay && drawn.fault.is_some()) {
                continue;
            }
            if !rule.draw(random) {
                continue;
            }
            match rule.fault {
                Fault::Delay(time) => drawn.delay += time,
                fault => {
                    drawn.fault = Some(fault);
                    drawn.body = rule.body.clone().and_then(Result::ok);
                }
            }
        }
        drawn
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
