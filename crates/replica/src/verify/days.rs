//! [`Days`]: ranges of days, which differences are narrowed down to.

use campfire::Date;
use chrono::{Datelike, Months};

/// Days, the first and the last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Days {
    pub(super) from: Date,
    pub(super) to: Date,
}

impl Days {
    /// Returns all days that are asked for: from before any ledger begins to after everything that is posted in advance.
    pub(super) fn all() -> Self {
        let day = |year, month, day| Date::from_ymd_opt(year, month, day);
        Days { from: day(1900, 1, 1).unwrap_or(Date::MIN), to: day(2999, 12, 31).unwrap_or(Date::MAX) }
    }

    /// Returns a range of one day.
    pub(super) fn one(day: Date) -> Self {
        Days { from: day, to: day }
    }

    pub(super) fn contains(self, day: Date) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// Returns the number of days.
    pub(super) fn len(self) -> u64 {
        u64::try_from(self.to.signed_duration_since(self.from).num_days() + 1).unwrap_or_default()
    }

    /// Splits more than one day into two halves.
    pub(super) fn halves(self) -> Option<[Days; 2]> {
        let half = self.to.signed_duration_since(self.from) / 2;
        let middle = self.from.checked_add_signed(half).filter(|middle| *middle < self.to)?;
        Some([Days { from: self.from, to: middle }, Days { from: middle.succ_opt()?, to: self.to }])
    }

    /// Splits the days into parts of this length; the last may be shorter.
    pub(super) fn parts(self, days: u64) -> Vec<Days> {
        let mut parts = Vec::new();
        let mut from = Some(self.from);
        while let Some(first) = from.filter(|first| *first <= self.to) {
            let to = first.checked_add_days(chrono::Days::new(days.max(1) - 1)).unwrap_or(self.to).min(self.to);
            parts.push(Days { from: first, to });
            from = to.succ_opt();
        }
        parts
    }

    /// Splits all time into the months of these days. The first begins with all time, and the last ends with it.
    pub(super) fn months(days: Option<Days>) -> Vec<Days> {
        let all = Days::all();
        let (mut months, mut from) = (Vec::new(), all.from);
        if let Some(days) = days {
            let mut end = end_of_month(days.from);
            while let Some(to) = end.filter(|_| from <= days.to) {
                months.push(Days { from, to });
                from = to.succ_opt().unwrap_or(to);
                end = end_of_month(from);
            }
        }
        months.push(Days { from, to: all.to });
        months
    }
}

fn end_of_month(day: Date) -> Option<Date> {
    day.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, to: &str) -> Days {
        Days { from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    #[test]
    fn months_cover_all_time_without_gaps() {
        let months = Days::months(Some(days("2026-01-31", "2026-03-01")));
        assert_eq!(
            months,
            [
                days("1900-01-01", "2026-01-31"),
                days("2026-02-01", "2026-02-28"),
                days("2026-03-01", "2026-03-31"),
                days("2026-04-01", "2999-12-31"),
            ]
        );
        assert_eq!(Days::months(None), [Days::all()]);
    }

    #[test]
    fn halves_and_parts_cover_their_days() {
        let week = days("2026-02-26", "2026-03-04");
        assert_eq!(week.len(), 7);
        assert_eq!(week.halves(), Some([days("2026-02-26", "2026-03-01"), days("2026-03-02", "2026-03-04")]));
        assert_eq!(Days::one(week.from).halves(), None);
        let two = days("2026-02-26", "2026-02-27");
        assert_eq!(two.halves(), Some([Days::one(two.from), Days::one(two.to)]));
        assert_eq!(week.parts(3).iter().map(|part| part.len()).collect::<Vec<_>>(), [3, 3, 1]);
    }
}
