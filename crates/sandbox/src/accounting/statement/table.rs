//! Statements with a row per account and a column per period.

use std::collections::BTreeMap;
use std::ops::Range;

use campfire_values::{Date, Decimal, Json};
use chrono::{Datelike, Days, Months};

use crate::accounting::books::Books;
use crate::accounting::journal::amounts::consolidated;
use crate::accounting::statement::account::Account;
use crate::accounting::statement::posted;
use crate::accounting::values::{date_json, object, total};
use crate::messages::query::Query;
use crate::messages::reply::Reply;

/// The most columns that a table has. A longer range is cut off.
const MAX_PERIODS: usize = 4_000;

/// The columns of a statement.
pub(super) struct Table {
    pub(super) from: Date,
    pub(super) to: Date,
    cadence: String,
    /// The first and last day of each period.
    pub(super) periods: Vec<(Date, Date)>,
}

/// A row: an account with debits minus credits per period.
pub(super) type Row = (Account, Vec<Decimal>);

impl Table {
    pub(super) fn new(books: &Books<'_>, query: &Query) -> Result<Self, Reply> {
        let (from, to) = posted::range(books, query)?;
        let cadence = query.first("cadence").unwrap_or("monthly").to_owned();
        Ok(Table { periods: periods(from, to, &cadence), from, to, cadence })
    }

    /// Returns the index of the first period that ends on a date or later.
    pub(super) fn period_of(&self, date: Date) -> usize {
        self.periods.partition_point(|(_, end)| *end < date)
    }

    /// Adds up the lines of each account. `columns` returns the periods to which a line counts.
    pub(super) fn add_up(
        &self,
        books: &Books<'_>,
        query: &Query,
        columns: impl Fn(Date, &Account) -> Range<usize>,
    ) -> Result<Vec<Row>, Reply> {
        let mut rows: BTreeMap<Option<i64>, Row> = BTreeMap::new();
        for (date, fields) in posted::lines(books, query) {
            let id = fields.integer("account");
            let new = || (Account::read(books, id), vec![Decimal::ZERO; self.periods.len()]);
            let (account, sums) = rows.entry(id).or_insert_with(new);
            for sum in &mut sums[columns(date, account)] {
                *sum = total([*sum, consolidated(fields)])?;
            }
        }
        let mut rows: Vec<Row> = rows.into_values().collect();
        rows.sort_by(|(a, _), (b, _)| (&a.number, a.id).cmp(&(&b.number, b.id)));
        Ok(rows)
    }

    /// Returns the statement with its rows under `name`.
    pub(super) fn into_json(self, name: &str, rows: Vec<Row>) -> Json {
        let row = |(account, sums): Row| {
            let mut row = account.row();
            for ((start, _), sum) in self.periods.iter().zip(sums) {
                row.insert(column(*start), Json::from(account.balance(sum)));
            }
            Json::Object(row)
        };
        let rows = rows.into_iter().map(row).collect();
        let headers = self.periods.iter().map(|(start, _)| Json::from(column(*start))).collect();
        object([
            (name, Json::Array(rows)),
            ("start_date", date_json(self.from)),
            ("end_date", date_json(self.to)),
            ("cadence", Json::from(self.cadence.as_str())),
            ("headers", object([("Total", Json::Array(headers))])),
        ])
    }
}

fn column(start: Date) -> String {
    format!("{start}_Total")
}

fn periods(from: Date, to: Date, cadence: &str) -> Vec<(Date, Date)> {
    let mut periods = Vec::new();
    let mut start = match cadence {
        "daily" => from,
        "weekly" => from - Days::new(u64::from(from.weekday().num_days_from_monday())),
        "quarterly" => from.with_day(1).and_then(|date| date.with_month0(date.month0() / 3 * 3)).unwrap_or(from),
        "yearly" => from.with_ordinal(1).unwrap_or(from),
        _ => from.with_day(1).unwrap_or(from),
    };
    while start <= to && periods.len() < MAX_PERIODS {
        let next = match cadence {
            "daily" => start.checked_add_days(Days::new(1)),
            "weekly" => start.checked_add_days(Days::new(7)),
            "quarterly" => start.checked_add_months(Months::new(3)),
            "yearly" => start.checked_add_months(Months::new(12)),
            _ => start.checked_add_months(Months::new(1)),
        };
        let Some(next) = next else { break };
        periods.push((start, next - Days::new(1)));
        start = next;
    }
    periods
}
