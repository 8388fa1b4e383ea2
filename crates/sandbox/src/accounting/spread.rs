//! Spreading an amount over the months of a term.

use campfire_values::{Date, Decimal};
use chrono::{Datelike, Days, Months};

use crate::messages::reply::Reply;

/// The longest term, in months.
const MAX_MONTHS: usize = 1_200;

/// How partial months are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proration {
    /// By the days of each month: every whole month weighs the same.
    Standard,
    /// Every month has 30 days.
    ThirtyDay,
    /// By days: a longer month weighs more.
    Daily,
}

impl Proration {
    /// Returns the method of an item. `proration_method` outranks `use_daily_accounting`.
    pub(super) fn of(method: Option<&str>, is_daily: bool) -> Self {
        match method {
            Some("thirty_day") => Proration::ThirtyDay,
            Some("daily") => Proration::Daily,
            Some("standard") => Proration::Standard,
            _ if is_daily => Proration::Daily,
            _ => Proration::Standard,
        }
    }

    /// Returns the length of a term in months.
    pub(super) fn months(self, first: Date, last: Date) -> Result<Decimal, Reply> {
        // By days, a term has the months of the calendar.
        let method = if self == Proration::Daily { Proration::Standard } else { self };
        let months: rust_decimal::Decimal =
            months(first, last)?.iter().map(|(first, last)| method.weight(*first, *last)).sum();
        Ok(months.normalize().into())
    }

    /// Returns the weight of days in one month.
    fn weight(self, first: Date, last: Date) -> rust_decimal::Decimal {
        let days = |count: i64| rust_decimal::Decimal::from(count);
        let in_month = i64::from(first.num_days_in_month());
        match self {
            Proration::Daily => days((last - first).num_days() + 1),
            Proration::Standard => days((last - first).num_days() + 1) / days(in_month),
            Proration::ThirtyDay => {
                let is_month_end = i64::from(last.day()) == in_month;
                let end = if is_month_end { 30 } else { i64::from(last.day()).min(30) };
                days(end - i64::from(first.day()).min(30) + 1) / days(30)
            }
        }
    }
}

/// The part of an amount that belongs to one month.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) amount: Decimal,
}

/// Spreads an amount over the months from `first` to `last`. The parts are rounded to cents and add up to the amount.
pub(super) fn spread(amount: Decimal, first: Date, last: Date, proration: Proration) -> Result<Vec<Part>, Reply> {
    let months = months(first, last)?;
    let weights: Vec<_> = months.iter().map(|(first, last)| proration.weight(*first, *last)).collect();
    let whole: rust_decimal::Decimal = weights.iter().sum();
    let amount = rust_decimal::Decimal::from(amount);
    let too_long = || Reply::non_field_error("The amount has too many digits to be spread over months.");
    let (mut weight, mut spent) = (rust_decimal::Decimal::ZERO, rust_decimal::Decimal::ZERO);
    let mut parts = Vec::with_capacity(months.len());
    for (index, ((first, last), own)) in months.iter().zip(&weights).enumerate() {
        weight += own;
        // What is earned by the end of the month is rounded, and not each part, so that no cent is lost.
        let earned = match index + 1 == months.len() {
            true => amount,
            false => {
                amount.checked_mul(weight).and_then(|part| part.checked_div(whole)).ok_or_else(too_long)?.round_dp(2)
            }
        };
        let part = earned.checked_sub(spent).ok_or_else(too_long)?;
        parts.push(Part { first: *first, last: *last, amount: part.normalize().into() });
        spent = earned;
    }
    Ok(parts)
}

/// Returns the first and last day in each month of a term.
fn months(first: Date, last: Date) -> Result<Vec<(Date, Date)>, Reply> {
    let mut months = Vec::new();
    let mut start = first;
    while start <= last {
        if months.len() == MAX_MONTHS {
            return Err(Reply::non_field_error(format!("A term can have at most {MAX_MONTHS} months.")));
        }
        let end = month_end(start).min(last);
        months.push((start, end));
        let Some(next) = end.checked_add_days(Days::new(1)) else { break };
        start = next;
    }
    Ok(months)
}

/// Returns the last day of a month.
pub(super) fn month_end(day: Date) -> Date {
    let first = day.with_day(1).unwrap_or(day);
    let next = first.checked_add_months(Months::new(1));
    next.and_then(|next| next.checked_sub_days(Days::new(1))).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(amount: &str, first: &str, last: &str, proration: Proration) -> Vec<String> {
        let parts = spread(amount.parse().unwrap(), first.parse().unwrap(), last.parse().unwrap(), proration).unwrap();
        parts.iter().map(|part| format!("{}..{} {}", part.first, part.last, part.amount)).collect()
    }

    #[test]
    fn whole_months_weigh_the_same_by_default() {
        let halves = ["2026-01-01..2026-01-31 50", "2026-02-01..2026-02-28 50"];
        assert_eq!(parts("100", "2026-01-01", "2026-02-28", Proration::Standard), halves);
        assert_eq!(parts("100", "2026-01-01", "2026-02-28", Proration::ThirtyDay), halves);
        // 31 and 28 of 59 days.
        let by_days = ["2026-01-01..2026-01-31 52.54", "2026-02-01..2026-02-28 47.46"];
        assert_eq!(parts("100", "2026-01-01", "2026-02-28", Proration::Daily), by_days);
    }

    #[test]
    fn partial_months_weigh_less() {
        // 16 of 31 days, and a whole month: 16/31 of 1.516129 months.
        let standard = ["2026-01-16..2026-01-31 34.04", "2026-02-01..2026-02-28 65.96"];
        assert_eq!(parts("100", "2026-01-16", "2026-02-28", Proration::Standard), standard);
        // 15 of 30 days, and a whole month.
        let thirty = ["2026-01-16..2026-01-31 33.33", "2026-02-01..2026-02-28 66.67"];
        assert_eq!(parts("100", "2026-01-16", "2026-02-28", Proration::ThirtyDay), thirty);
    }

    #[test]
    fn no_cent_is_lost() {
        let parts = parts("100", "2026-01-01", "2026-03-31", Proration::Standard);
        assert_eq!(
            parts[..],
            ["2026-01-01..2026-01-31 33.33", "2026-02-01..2026-02-28 33.34", "2026-03-01..2026-03-31 33.33"]
        );
        assert_eq!(
            super::spread(
                Decimal::ZERO,
                "2026-02-01".parse().unwrap(),
                "2026-01-01".parse().unwrap(),
                Proration::Daily
            )
            .unwrap(),
            []
        );
        assert!(
            super::spread(
                Decimal::ZERO,
                "1000-01-01".parse().unwrap(),
                "9999-01-01".parse().unwrap(),
                Proration::Daily
            )
            .is_err()
        );
    }
}
