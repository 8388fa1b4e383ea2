//! Faults over HTTP.

use std::time::Duration;

use campfire_values::{Json, JsonObject};

use crate::control::body::{Body, done, object, refusal};
use crate::messages::reply::Reply;
use crate::messages::request::Request;
use crate::server::fault::{Fault, FaultRule, Moment};
use crate::server::shared::Shared;

const FIELDS: [&str; 8] = ["fault", "value", "body", "operation", "path", "probability", "after", "times"];

/// Adds the rule of a request, and responds with its number.
pub(super) fn add(shared: &Shared, request: &Request<'_>, tenant: Option<&str>) -> Result<Reply, Reply> {
    let body = Body::of(request, &FIELDS)?;
    let mut rule = narrowed(FaultRule::new(fault(&body)?), &body, tenant)?;
    if let Some(json) = body.get("body") {
        rule = rule.body(json);
    }
    insert(shared, rule)
}

/// Adds a stub, and responds with its number.
pub(super) fn stub(shared: &Shared, request: &Request<'_>, tenant: Option<&str>) -> Result<Reply, Reply> {
    let body = Body::of(request, &["operation", "status", "json", "path", "after", "times"])?;
    let missing = || refusal("A stub needs an `operation`, a `status`, and the `json` to respond with.");
    let operation = body.text("operation")?.ok_or_else(missing)?;
    let status = body.count("status")?.ok_or_else(missing)?;
    let json = body.get("json").ok_or_else(missing)?;
    insert(shared, narrowed(FaultRule::stub(operation, status, json), &body, tenant)?)
}

fn insert(shared: &Shared, rule: FaultRule) -> Result<Reply, Reply> {
    let number = shared.faults.add(shared.api, rule).map_err(|reason| refusal(&reason))?;
    Ok(Reply::json(201, &object([("id", integer(number))])))
}

/// Returns the rules in force: all of them, or those of a tenant.
pub(super) fn list(shared: &Shared, tenant: Option<&str>) -> Reply {
    let rules = shared.faults.list().into_iter();
    let rules = rules.filter(|(_, rule)| tenant.is_none() || rule.tenant.as_deref() == tenant);
    Reply::json(200, &Json::Array(rules.map(|(number, rule)| write(number, &rule)).collect()))
}

/// Removes all rules, or those of a tenant.
pub(super) fn clear(shared: &Shared, tenant: Option<&str>) -> Reply {
    shared.faults.remove(|_, rule| tenant.is_none() || rule.tenant.as_deref() == tenant);
    done()
}

/// Removes the rule of this number.
pub(super) fn remove(shared: &Shared, number: &str) -> Result<Reply, Reply> {
    match shared.faults.remove(|known, _| known.to_string() == number) {
        0 => Err(Reply::detail(404, "There is no fault of this number.")),
        _ => Ok(done()),
    }
}

/// Limits a rule to the requests that the body names.
fn narrowed(mut rule: FaultRule, body: &Body, tenant: Option<&str>) -> Result<FaultRule, Reply> {
    if let Some(operation) = body.text("operation")? {
        rule = rule.operation(operation);
    }
    if let Some(path) = body.text("path")? {
        rule = rule.path(path);
    }
    if let Some(share) = body.decimal("probability")? {
        let share = share.to_string().parse().ok().filter(|share| (0.0..=1.0).contains(share));
        rule = rule.probability(share.ok_or_else(|| refusal("`probability` must be between 0 and 1."))?);
    }
    if let Some(times) = body.count("times")? {
        rule = rule.times(times);
    }
    if let Some(tenant) = tenant {
        rule = rule.tenant(tenant);
    }
    Ok(rule.after(body.count("after")?.unwrap_or(0)))
}

fn fault(body: &Body) -> Result<Fault, Reply> {
    let fault = match body.text("fault")?.unwrap_or_default() {
        "delay" => Fault::Delay(time(body)?),
        "status" => Fault::Status(status(body)?),
        "status_after_processing" => Fault::StatusAfterProcessing(status(body)?),
        "rate_limited" => Fault::RateLimited(time(body)?),
        "reset" => Fault::Reset(moment(body)?),
        "truncated" => Fault::Truncated,
        "malformed" => Fault::Malformed,
        "html" => Fault::Html(status(body)?),
        "oversized" => Fault::Oversized(value(body, "bytes")?),
        "slow" => Fault::Slow(time(body)?),
        other => {
            return Err(refusal(&format!(
                "`{other:.40}` is not a fault: use delay, status, status_after_processing, rate_limited, reset, \
                 truncated, malformed, html, oversized, or slow"
            )));
        }
    };
    match fault {
        Fault::Truncated | Fault::Malformed if body.get("value").is_some() => {
            Err(refusal("This fault has no `value`."))
        }
        fault => Ok(fault),
    }
}

fn moment(body: &Body) -> Result<Moment, Reply> {
    match body.text("value")?.unwrap_or_default() {
        "mid_request" => Ok(Moment::MidRequest),
        "before_processing" => Ok(Moment::BeforeProcessing),
        "after_processing" => Ok(Moment::AfterProcessing),
        "mid_response" => Ok(Moment::MidResponse),
        _ => Err(missing("mid_request, before_processing, after_processing, or mid_response")),
    }
}

fn status(body: &Body) -> Result<u16, Reply> {
    value(body, "a status")
}

fn time(body: &Body) -> Result<Duration, Reply> {
    value(body, "milliseconds").map(Duration::from_millis)
}

fn value<T: TryFrom<i64>>(body: &Body, kind: &str) -> Result<T, Reply> {
    body.count("value")?.ok_or_else(|| missing(kind))
}

fn missing(kind: &str) -> Reply {
    refusal(&format!("This fault needs a `value`: {kind}."))
}

fn write(number: u64, rule: &FaultRule) -> Json {
    let mut json = JsonObject::from([("id".to_owned(), integer(number))]);
    let (name, value) = named(rule.fault);
    let text = |text: &String| Json::from(text.as_str());
    let fields = [
        ("fault", Some(Json::from(name))),
        ("value", value),
        ("body", rule.body.clone().and_then(Result::ok)),
        ("operation", rule.operation.as_ref().map(|operation| Json::from(operation.to_string()))),
        ("path", rule.path.as_ref().map(text)),
        ("tenant", rule.tenant.as_ref().map(text)),
        ("probability", rule.probability.to_string().parse().ok()),
        ("after", Some(integer(u64::from(rule.skipped)))),
        ("times", rule.left.map(|left| integer(u64::from(left)))),
    ];
    for (name, value) in fields {
        json.insert(name.to_owned(), value.unwrap_or_default());
    }
    Json::Object(json)
}

fn named(fault: Fault) -> (&'static str, Option<Json>) {
    let time = |time: Duration| Some(integer(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)));
    let status = |status: u16| Some(integer(u64::from(status)));
    match fault {
        Fault::Delay(pause) => ("delay", time(pause)),
        Fault::Status(code) => ("status", status(code)),
        Fault::StatusAfterProcessing(code) => ("status_after_processing", status(code)),
        Fault::RateLimited(wait) => ("rate_limited", time(wait)),
        Fault::Reset(Moment::MidRequest) => ("reset", Some(Json::from("mid_request"))),
        Fault::Reset(Moment::BeforeProcessing) => ("reset", Some(Json::from("before_processing"))),
        Fault::Reset(Moment::AfterProcessing) => ("reset", Some(Json::from("after_processing"))),
        Fault::Reset(Moment::MidResponse) => ("reset", Some(Json::from("mid_response"))),
        Fault::Truncated => ("truncated", None),
        Fault::Malformed => ("malformed", None),
        Fault::Html(code) => ("html", status(code)),
        Fault::Oversized(bytes) => ("oversized", Some(integer(bytes))),
        Fault::Slow(pause) => ("slow", time(pause)),
    }
}

fn integer(number: u64) -> Json {
    Json::from(i64::try_from(number).unwrap_or(i64::MAX))
}
