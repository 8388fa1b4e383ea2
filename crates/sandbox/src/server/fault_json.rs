//! Fault rules as JSON, for the control interface.

use std::time::Duration;

use campfire_values::Json;

use crate::server::fault::{Fault, FaultRule, Moment};

impl FaultRule {
    /// Reads a rule such as `{"fault": "status", "value": 503, "operation": "…", "path": "…", "probability": 0.2,
    /// "after": 1, "times": 3}`. Times are in milliseconds.
    ///
    /// # Errors
    /// The part that is missing or wrong.
    pub(crate) fn from_json(json: &Json) -> Result<Self, String> {
        let text = |name: &str| json.get(name).and_then(Json::as_str);
        let count = |name: &str| json.get(name).and_then(Json::as_i64).and_then(|count| u32::try_from(count).ok());
        let mut rule = FaultRule::new(fault(json)?);
        if let Some(operation) = text("operation") {
            rule = rule.operation(operation);
        }
        if let Some(path) = text("path") {
            rule = rule.path(path);
        }
        if let Some(share) = json.get("probability").and_then(Json::as_decimal) {
            rule = rule.probability(share.to_string().parse().unwrap_or(1.0));
        }
        if let Some(times) = count("times") {
            rule = rule.times(times);
        }
        Ok(rule.after(count("after").unwrap_or(0)))
    }
}

fn fault(json: &Json) -> Result<Fault, String> {
    match json.get("fault").and_then(Json::as_str).unwrap_or_default() {
        "delay" => Ok(Fault::Delay(time(json)?)),
        "status" => Ok(Fault::Status(status(json)?)),
        "status_after_processing" => Ok(Fault::StatusAfterProcessing(status(json)?)),
        "rate_limited" => Ok(Fault::RateLimited(time(json)?)),
        "reset" => Ok(Fault::Reset(moment(json)?)),
        "truncated" => Ok(Fault::Truncated),
        "malformed" => Ok(Fault::Malformed),
        "html" => Ok(Fault::Html(status(json)?)),
        "oversized" => Ok(Fault::Oversized(number(json).ok_or_else(|| missing("bytes"))?)),
        "slow" => Ok(Fault::Slow(time(json)?)),
        other => Err(format!(
            "`{other:.40}` is not a fault: use delay, status, status_after_processing, rate_limited, reset, truncated, \
             malformed, html, oversized, or slow"
        )),
    }
}

fn moment(json: &Json) -> Result<Moment, String> {
    match json.get("value").and_then(Json::as_str).unwrap_or_default() {
        "mid_request" => Ok(Moment::MidRequest),
        "before_processing" => Ok(Moment::BeforeProcessing),
        "after_processing" => Ok(Moment::AfterProcessing),
        "mid_response" => Ok(Moment::MidResponse),
        _ => Err(missing("mid_request, before_processing, after_processing, or mid_response")),
    }
}

fn number(json: &Json) -> Option<u64> {
    json.get("value").and_then(Json::as_i64).and_then(|value| u64::try_from(value).ok())
}

fn status(json: &Json) -> Result<u16, String> {
    let status = number(json).and_then(|value| u16::try_from(value).ok());
    status.filter(|status| (100..600).contains(status)).ok_or_else(|| missing("a status"))
}

fn time(json: &Json) -> Result<Duration, String> {
    number(json).map(Duration::from_millis).ok_or_else(|| missing("milliseconds"))
}

fn missing(value: &str) -> String {
    format!("this fault needs a `value`: {value}")
}
