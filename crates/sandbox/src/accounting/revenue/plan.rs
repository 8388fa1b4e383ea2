//! The revenue of an item of a contract: amounts, products, and the days on which they are earned.

use campfire_values::{Date, Decimal, Json};
use chrono::{Datelike, Days, Months};

use crate::accounting::books::Books;
use crate::accounting::spread::{Part, Proration, month_end, spread};
use crate::accounting::values::{amount_of, date_of, rounded_share, total};
use crate::messages::reply::Reply;
use crate::model::ledger::{CONTRACTS, ENTITIES, PRODUCTS};
use crate::state::fields::Fields;

/// Revenue that one revenue transaction records.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Revenue {
    pub(super) product: Option<i64>,
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) amount: Decimal,
    pub(super) mrr: Option<Decimal>,
}

/// A stretch of a subscription with an amount of its own.
struct Term {
    first: Date,
    last: Date,
    amount: Decimal,
    mrr: Option<Decimal>,
    proration: Proration,
}

/// Returns the revenue of a subscription.
pub(super) fn subscription(books: &Books<'_>, contract: &Fields, fields: &Fields) -> Result<Vec<Revenue>, Reply> {
    let terms = if fields.items("lines").is_empty() && is_set(contract.get("is_evergreen")) {
        billing_periods(contract, fields, horizon(books, contract, fields))
    } else {
        fields.items("lines").iter().filter_map(|line| term(fields, line)).collect()
    };
    let whole = total(terms.iter().map(|term| term.amount))?;
    let mut revenue = Vec::new();
    for (product, amount) in products(fields, whole) {
        if !is_scheduled(books, product) {
            continue;
        }
        let parts = caught_up(parts(&terms, amount, whole)?, catch_up_date(books, contract, fields))?;
        for (part, mrr) in parts {
            revenue.extend(ended(contract, part)?.map(|part| of_part(product, part, mrr)));
        }
    }
    Ok(revenue)
}

/// Spreads the share of a product over all terms. `whole` is the amount of all products.
fn parts(terms: &[Term], amount: Decimal, whole: Decimal) -> Result<Vec<(Part, Option<Decimal>)>, Reply> {
    let mut parts = Vec::new();
    let (mut reached, mut spent) = (Decimal::ZERO, Decimal::ZERO);
    for term in terms {
        reached = total([reached, term.amount])?;
        let earned = if whole.is_zero() { reached } else { rounded_share(amount, reached, whole)? };
        let months = spread(total([earned, -spent])?, term.first, term.last, term.proration)?;
        parts.extend(months.into_iter().map(|part| (part, term.mrr)));
        spent = earned;
    }
    Ok(parts)
}

/// Returns the revenue of a milestone: all of it on its date.
pub(super) fn milestone(books: &Books<'_>, contract: &Fields, fields: &Fields) -> Vec<Revenue> {
    let Some(date) = fields.date("milestone_date") else { return Vec::new() };
    if contract.ended_on().is_some_and(|end| date > end) {
        return Vec::new();
    }
    let whole = fields.decimal("amount").unwrap_or_default();
    let shares = products(fields, whole).into_iter().filter(|(product, _)| is_scheduled(books, *product));
    let part = |amount| Part { first: date, last: date, amount };
    shares.map(|(product, amount)| of_part(product, part(amount), None)).collect()
}

fn of_part(product: Option<i64>, part: Part, mrr: Option<Decimal>) -> Revenue {
    Revenue { product, first: part.first, last: part.last, amount: part.amount, mrr }
}

/// Returns the products that share the amount of an item: those of its allocation, or else its own.
fn products(fields: &Fields, whole: Decimal) -> Vec<(Option<i64>, Decimal)> {
    match fields.allocation() {
        [] => vec![(fields.integer("product"), whole)],
        lines => {
            let share = |line: &Json| (line.get("product").and_then(Json::as_i64), amount_of(line, "amount"));
            lines.iter().map(share).collect()
        }
    }
}

/// Returns `false` for products without revenue records, and for those that earn everything when they are invoiced.
pub(crate) fn is_scheduled(books: &Books<'_>, product: Option<i64>) -> bool {
    let Some(product) = product.and_then(|id| books.store.get(PRODUCTS, id)) else { return true };
    let is_recorded = product.fields.get("recognize_revenue").and_then(Json::as_bool).unwrap_or(true);
    is_recorded && !is_set(product.fields.get("is_immediate_recognition"))
}

/// Reads a line of a subscription. An amendment earns the difference to what was there before.
fn term(subscription: &Fields, line: &Json) -> Option<Term> {
    let flag = |name: &str| is_set(line.get(name)) || is_set(subscription.get(name));
    let (first, last) = (date_of(line, "start_date")?, date_of(line, "end_date")?);
    let before = if flag("is_contract_amendment") { amount_of(line, "original_value") } else { Decimal::ZERO };
    Some(Term {
        first,
        last,
        amount: amount_of(line, "total_value").checked_sub(before)?,
        mrr: line.get("mrr").and_then(Json::as_decimal),
        proration: Proration::of(subscription.text("proration_method"), flag("use_daily_accounting")),
    })
}

/// Returns the billing periods of an evergreen subscription, which earn `period_amount` each, up to the one that contains
/// the day `until`.
fn billing_periods(contract: &Fields, fields: &Fields, until: Date) -> Vec<Term> {
    let (Some(start), Some(amount)) = (fields.date("start_date"), fields.decimal("period_amount")) else {
        return Vec::new();
    };
    let months = period_months(contract);
    let last_day = fields.date("end_date").filter(|_| fields.text("renewal_behavior") != Some("FOLLOW_CONTRACT"));
    let mut periods = Vec::new();
    let mut first = start;
    while first <= until && last_day.is_none_or(|last| first <= last) {
        let count = u32::try_from(periods.len() + 1).unwrap_or(u32::MAX);
        let next = start.checked_add_months(Months::new(months.saturating_mul(count)));
        let Some((next, last)) = next.and_then(|next| Some((next, next.checked_sub_days(Days::new(1))?))) else {
            break;
        };
        let proration = Proration::of(fields.text("proration_method"), is_set(fields.get("use_daily_accounting")));
        periods.push(Term { first, last, amount, mrr: fields.decimal("mrr"), proration });
        first = next;
    }
    periods
}

/// Returns the length of the billing periods of a contract in months.
fn period_months(contract: &Fields) -> u32 {
    match contract.text("billing_frequency") {
        Some("quarterly") => 3,
        Some("biannual") => 6,
        Some("annual") => 12,
        _ => 1,
    }
}

/// Returns the day to which an evergreen contract is planned: today, or its end. The reference does not say how far the
/// server plans ahead; the period that contains this day is planned as a whole.
fn horizon(books: &Books<'_>, contract: &Fields, fields: &Fields) -> Date {
    let today = books.store.today();
    let start = fields.date("start_date").unwrap_or(today);
    contract.ended_on().unwrap_or(today.max(start))
}

/// Returns the last day of the period that contains a day, for periods counted from `start`.
pub(super) fn period_end(contract: &Fields, start: Date, day: Date) -> Date {
    let months = period_months(contract);
    let elapsed = (day.year() - start.year()) * 12 + day.month0().cast_signed() - start.month0().cast_signed();
    let mut count = u32::try_from(elapsed.max(0)).unwrap_or_default() / months;
    loop {
        count += 1;
        match start.checked_add_months(Months::new(months.saturating_mul(count))) {
            Some(next) if next <= day => {}
            Some(next) => return next.checked_sub_days(Days::new(1)).unwrap_or(day),
            None => return day,
        }
    }
}

/// Returns the day on which time that has already elapsed is booked: the one that the subscription names, or for entities
/// that catch up by themselves the day of signing, but no day in a closed period.
fn catch_up_date(books: &Books<'_>, contract: &Fields, fields: &Fields) -> Option<Date> {
    if is_set(fields.get("use_catchup")) {
        return fields.date("catchup_date");
    }
    let entity = books.store.get(ENTITIES, contract.integer("entity")?)?;
    if !is_set(entity.fields.get("auto_apply_catchup_for_closed_periods")) {
        return None;
    }
    let first_open = books.store.closed_through.and_then(|last| last.checked_add_days(Days::new(1)));
    contract.date("closed_date").into_iter().chain(first_open).max()
}

/// Moves what is earned before the month of the catch-up date to that date.
fn caught_up(parts: Vec<(Part, Option<Decimal>)>, date: Option<Date>) -> Result<Vec<(Part, Option<Decimal>)>, Reply> {
    let Some(date) = date else { return Ok(parts) };
    let month = date.with_day(1).unwrap_or(date);
    let (elapsed, mut rest): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(part, _)| part.last < month);
    if let Some((_, mrr)) = elapsed.last().cloned() {
        let amount = total(elapsed.iter().map(|(part, _)| part.amount))?;
        rest.insert(0, (Part { first: date, last: date, amount }, mrr));
    }
    Ok(rest)
}

/// Cuts a part off at the end of a terminated contract. `None` if it is after the end.
fn ended(contract: &Fields, part: Part) -> Result<Option<Part>, Reply> {
    let Some(end) = contract.ended_on().filter(|end| *end < part.last) else { return Ok(Some(part)) };
    if part.first > end {
        return Ok(None);
    }
    let days = |last: Date| Decimal::new((last - part.first).num_days() + 1, 0);
    let amount = rounded_share(part.amount, days(end), days(part.last))?;
    Ok(Some(Part { first: part.first, last: end, amount }))
}

/// Returns the revenue of a month of consumption.
pub(super) fn of_month(product: Option<i64>, month: Date, amount: Decimal) -> Revenue {
    Revenue { product, first: month, last: month_end(month), amount, mrr: None }
}

/// Returns the contract of an item.
pub(super) fn contract_of(books: &Books<'_>, item: &Fields) -> Option<i64> {
    item.integer("contract").filter(|id| books.store.get(CONTRACTS, *id).is_some())
}

pub(super) fn is_set(value: Option<&Json>) -> bool {
    value.and_then(Json::as_bool).unwrap_or(false)
}
