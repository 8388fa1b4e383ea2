//! Computing a changed subscription schedule. Nothing is stored.

use campfire_values::{Date, Decimal, Json, JsonObject};
use chrono::{Days, Months};

use crate::accounting::books::Books;
use crate::accounting::request::{ActionRequest, Outcome};
use crate::accounting::spread::{Proration, spread};
use crate::accounting::values::{amount_of, date_in, date_json, date_of, no_such_record, rounded_share, total};
use crate::messages::reply::Reply;
use crate::model::ledger::SUBSCRIPTIONS;
use crate::state::fields::Fields;

/// Returns the changed term as one line: its value and MRR, next to what the subscription to change earns in that time.
pub(crate) fn compute(books: &mut Books<'_>, request: &ActionRequest<'_>) -> Result<Outcome, Reply> {
    let body = request.body;
    let flag = |name: &str| body.get(name).and_then(Json::as_bool).unwrap_or(false);
    let catchup = date_in(body, "catchup_date");
    if flag("use_catchup") && catchup.is_none() {
        return Err(Reply::field_error("catchup_date", "This field is required with use_catchup."));
    }
    if flag("apply_prospectively") && !flag("use_catchup") {
        return Err(Reply::field_error("apply_prospectively", "It needs use_catchup."));
    }
    let start = date_in(body, "start_date").ok_or_else(|| required("start_date"))?;
    // A change that is not to reach back begins on the day of the catch-up.
    let start = catchup.filter(|_| flag("apply_prospectively")).map_or(start, |day| day.max(start));
    let end = date_in(body, "end_date").or_else(|| one_year(start)).ok_or_else(|| required("end_date"))?;
    if end < start {
        return Err(Reply::field_error("end_date", "It is before the start."));
    }
    let value = body.get("total_value").and_then(Json::as_decimal).ok_or_else(|| required("total_value"))?;
    let proration = Proration::of(body.get("proration_method").and_then(Json::as_str), flag("use_daily_accounting"));
    let months = proration.months(start, end)?;
    let mrr = match body.get("mrr").and_then(Json::as_decimal) {
        Some(mrr) => mrr,
        None => rounded_share(value, Decimal::new(1, 0), months)?,
    };
    let mut line = JsonObject::from([
        ("id".to_owned(), Json::Null),
        ("start_date".to_owned(), date_json(start)),
        ("end_date".to_owned(), date_json(end)),
        ("total_value".to_owned(), Json::from(value)),
        ("mrr".to_owned(), Json::from(mrr)),
        ("use_daily_accounting".to_owned(), Json::Bool(proration == Proration::Daily)),
    ]);
    let modified = body.get("modified_subscription").and_then(Json::as_i64);
    line.insert("is_contract_amendment".to_owned(), Json::Bool(modified.is_some()));
    if let Some(id) = modified {
        let before = books.store.get(SUBSCRIPTIONS, id).ok_or_else(|| no_such_record("modified_subscription", id))?;
        line.insert("original_value".to_owned(), Json::from(earned(&before.fields, start, end)?));
        line.insert("original_mrr".to_owned(), before.fields.value("mrr"));
    }
    Ok(Outcome::Value(Json::Array(vec![Json::Object(line)])))
}

fn required(name: &str) -> Reply {
    Reply::field_error(name, "This field is required.")
}

/// Returns the last day of the year that begins on a day.
fn one_year(start: Date) -> Option<Date> {
    start.checked_add_months(Months::new(12))?.checked_sub_days(Days::new(1))
}

/// Returns what a subscription earns from one day through another.
fn earned(subscription: &Fields, from: Date, to: Date) -> Result<Decimal, Reply> {
    let is_daily = subscription.get("use_daily_accounting").and_then(Json::as_bool).unwrap_or(false);
    let proration = Proration::of(subscription.text("proration_method"), is_daily);
    let mut sum = Decimal::ZERO;
    for line in subscription.items("lines") {
        let (Some(first), Some(last)) = (date_of(line, "start_date"), date_of(line, "end_date")) else { continue };
        for part in spread(amount_of(line, "total_value"), first, last, proration)? {
            let (first, last) = (part.first.max(from), part.last.min(to));
            if first <= last {
                let days = |first: Date, last: Date| Decimal::new((last - first).num_days() + 1, 0);
                sum = total([sum, rounded_share(part.amount, days(first, last), days(part.first, part.last))?])?;
            }
        }
    }
    Ok(sum)
}
