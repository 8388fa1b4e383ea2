//! Faults on demand: what may go wrong between a client and a server, for any operation.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use campfire_values::Json;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The answer comes late.
    Delay(Duration),
    /// This status, instead of processing the request.
    Status(u16),
    /// This status, although the request was processed.
    StatusAfterProcessing(u16),
    /// 429 with `Retry-After`, instead of processing the request.
    RateLimited(Duration),
    /// The connection is reset.
    Reset(Moment),
    /// The request is processed, and half of the answer arrives.
    Truncated,
    /// The request is processed, and the answer is no JSON.
    Malformed,
    /// A proxy answers with a page of HTML and this status, instead of processing the request.
    Html(u16),
    /// The request is processed, and the answer has at least this many bytes.
    Oversized(u64),
    /// The request is processed, and the answer dribbles: in 16 pieces with this pause before each.
    Slow(Duration),
}

/// When a connection is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Moment {
    /// As soon as the head of the request has come, with its body still under way.
    MidRequest,
    /// When the request is complete, before it is processed.
    BeforeProcessing,
    /// When it is processed, before any of the answer is sent.
    AfterProcessing,
    /// In the middle of the answer.
    MidAnswer,
}

/// A fault, and the requests that it strikes. By default: all of them, always.
///
/// ```
/// use campfire::sandbox::{Fault, FaultRule};
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
    spared: u32,
    left: Option<u32>,
}

impl FaultRule {
    /// A fault that strikes every request.
    pub fn new(fault: Fault) -> Self {
        FaultRule { fault, operation: None, path: None, probability: 1.0, spared: 0, left: None }
    }

    /// Only this operation, such as `invoices.create`; or all of a resource, as `invoices.*`.
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(id.into());
        self
    }

    /// Only requests to this path, such as `/rr/api/v1/contracts/7`: one record, or what is below it.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Not the first so many of them.
    pub fn after(mut self, requests: u32) -> Self {
        self.spared = requests;
        self
    }

    /// Only this part of the requests, from 0 to 1, drawn from the seed of the sandbox.
    pub fn probability(mut self, part: f64) -> Self {
        self.probability = part.clamp(0.0, 1.0);
        self
    }

    /// Only so many times.
    pub fn times(mut self, most: u32) -> Self {
        self.left = Some(most);
        self
    }

    fn concerns(&self, operation: &str, path: &str) -> bool {
        if self.path.as_deref().is_some_and(|wanted| wanted != path) {
            return false;
        }
        match self.operation.as_deref() {
            None => true,
            Some(wanted) => match wanted.strip_suffix('*') {
                Some(start) => operation.starts_with(start),
                None => operation == wanted,
            },
        }
    }

    /// A rule from the JSON of the control interface: `{"fault": "status", "value": 503, "operation": "…",
    /// "path": "…", "probability": 0.2, "after": 1, "times": 3}`. Times are in milliseconds.
    pub(crate) fn from_json(json: &Json) -> Result<Self, String> {
        let text = |name: &str| json.get(name).and_then(Json::as_str);
        let number = || json.get("value").and_then(Json::as_i64).and_then(|value| u64::try_from(value).ok());
        let status =
            || number().and_then(|value| u16::try_from(value).ok()).filter(|status| (100..600).contains(status));
        let needs = |what: &str| format!("this fault needs a `value`: {what}");
        let time = || number().map(Duration::from_millis).ok_or_else(|| needs("milliseconds"));
        let fault = match text("fault").unwrap_or_default() {
            "delay" => Fault::Delay(time()?),
            "status" => Fault::Status(status().ok_or_else(|| needs("a status"))?),
            "status_after_processing" => Fault::StatusAfterProcessing(status().ok_or_else(|| needs("a status"))?),
            "rate_limited" => Fault::RateLimited(time()?),
            "reset" => Fault::Reset(match text("value").unwrap_or_default() {
                "mid_request" => Moment::MidRequest,
                "before_processing" => Moment::BeforeProcessing,
                "after_processing" => Moment::AfterProcessing,
                "mid_answer" => Moment::MidAnswer,
                _ => return Err(needs("mid_request, before_processing, after_processing or mid_answer")),
            }),
            "truncated" => Fault::Truncated,
            "malformed" => Fault::Malformed,
            "html" => Fault::Html(status().ok_or_else(|| needs("a status"))?),
            "oversized" => Fault::Oversized(number().ok_or_else(|| needs("bytes"))?),
            "slow" => Fault::Slow(time()?),
            other => {
                return Err(format!(
                    "`{other:.40}` is no fault: delay, status, status_after_processing, rate_limited, reset, truncated, \
                     malformed, html, oversized, slow"
                ));
            }
        };
        let mut rule = FaultRule::new(fault);
        rule.operation = text("operation").map(str::to_owned);
        rule.path = text("path").map(str::to_owned);
        if let Some(part) = json.get("probability").and_then(Json::as_decimal) {
            rule = rule.probability(part.to_string().parse().unwrap_or(1.0));
        }
        let count = |name: &str| json.get(name).and_then(Json::as_i64).and_then(|count| u32::try_from(count).ok());
        rule.left = count("times");
        rule.spared = count("after").unwrap_or(0);
        Ok(rule)
    }
}

/// The rules in force, and the dice.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<(Vec<FaultRule>, fastrand::Rng)>);

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Faults(Mutex::new((Vec::new(), fastrand::Rng::with_seed(seed))))
    }

    pub(crate) fn add(&self, rule: FaultRule) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.push(rule);
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clear();
    }

    /// The faults that strike a request to an operation, in the order of their rules: delays add up, and of the others
    /// the first one counts.
    pub(crate) fn strike(&self, operation: &str, path: &str) -> (Duration, Option<Fault>) {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (rules, dice) = &mut *guard;
        let (mut delay, mut struck) = (Duration::ZERO, None);
        for rule in rules.iter_mut() {
            let is_delay = matches!(rule.fault, Fault::Delay(_));
            if rule.left == Some(0) || !rule.concerns(operation, path) || (!is_delay && struck.is_some()) {
                continue;
            }
            if rule.spared > 0 {
                rule.spared -= 1;
                continue;
            }
            if dice.f64() >= rule.probability {
                continue;
            }
            rule.left = rule.left.map(|left| left - 1);
            match rule.fault {
                Fault::Delay(time) => delay += time,
                fault => struck = Some(fault),
            }
        }
        (delay, struck)
    }
}
