//! Statements with a row per account and a column per period.

use std::collections::{BTreeMap, BTreeSet};

use campfire_values::{Date, Decimal, Json};
use chrono::{Datelike, Days, Months};

use crate::accounting::books::Books;
use crate::accounting::journal::amounts::consolidated;
use crate::accounting::statement::account::Account;
use crate::accounting::statement::group::Group;
use crate::accounting::statement::posted;
use crate::accounting::values::{date_json, object, total};
use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::state::fields::Fields;

/// The most columns that a table has. A longer range is cut off.
const MAX_PERIODS: usize = 4_000;

/// The member of columns that count all lines.
const TOTAL: &str = "Total";

/// The columns of a statement.
pub(super) struct Table {
    pub(super) from: Date,
    pub(super) to: Date,
    cadence: String,
    /// The first and last day of each period.
    pub(super) periods: Vec<(Date, Date)>,
}

/// Debits minus credits of an account.
pub(super) struct Row {
    pub(super) account: Account,
    /// Per period.
    pub(super) total: Vec<Decimal>,
    /// Per member of the group and period.
    pub(super) members: BTreeMap<String, Vec<Decimal>>,
}

impl Row {
    pub(super) fn new(account: Account, periods: usize) -> Self {
        Row { account, total: vec![Decimal::ZERO; periods], members: BTreeMap::new() }
    }

    /// Adds the amounts of another row.
    pub(super) fn add(&mut self, other: Row) -> Result<(), Reply> {
        add_all(&mut self.total, &other.total)?;
        for (member, sums) in other.members {
            let own = self.members.entry(member).or_insert_with(|| vec![Decimal::ZERO; sums.len()]);
            add_all(own, &sums)?;
        }
        Ok(())
    }

    /// Adds the amounts of all earlier periods to each period.
    pub(super) fn accumulate(&mut self) -> Result<(), Reply> {
        for sums in self.members.values_mut().chain([&mut self.total]) {
            let mut balance = Decimal::ZERO;
            for sum in sums {
                balance = total([balance, *sum])?;
                *sum = balance;
            }
        }
        Ok(())
    }
}

/// Adds a line to the sum of a period.
fn add_line(sums: &mut [Decimal], period: Option<usize>, line: &Fields) -> Result<(), Reply> {
    if let Some(sum) = period.and_then(|period| sums.get_mut(period)) {
        *sum = total([*sum, consolidated(line)])?;
    }
    Ok(())
}

fn add_all(sums: &mut [Decimal], others: &[Decimal]) -> Result<(), Reply> {
    for (sum, other) in sums.iter_mut().zip(others) {
        *sum = total([*sum, *other])?;
    }
    Ok(())
}

impl Table {
    pub(super) fn new(books: &Books<'_>, query: &Query) -> Result<Self, Reply> {
        let (from, to) = posted::range(books, query)?;
        let cadence = query.first("cadence").unwrap_or("monthly").to_owned();
        Ok(Table { periods: periods(from, to, &cadence), from, to, cadence })
    }

    /// Returns the index of the first period that ends on a date or later, if there is one.
    pub(super) fn period_of(&self, date: Date) -> Option<usize> {
        Some(self.periods.partition_point(|(_, end)| *end < date)).filter(|period| *period < self.periods.len())
    }

    /// Adds up the lines of each account. `column` returns the period in which a line counts.
    pub(super) fn add_up(
        &self,
        books: &Books<'_>,
        query: &Query,
        group: Option<Group>,
        column: &dyn Fn(Date, &Account) -> Option<usize>,
    ) -> Result<Vec<Row>, Reply> {
        let mut rows: BTreeMap<Option<i64>, Row> = BTreeMap::new();
        let count = self.periods.len();
        for (date, fields) in posted::lines(books, query) {
            let id = fields.integer("account");
            let row = rows.entry(id).or_insert_with(|| Row::new(Account::read(books, id), count));
            let column = column(date, &row.account);
            add_line(&mut row.total, column, fields)?;
            if let Some(member) = group.and_then(|group| group.member(books, fields)) {
                let sums = row.members.entry(member).or_insert_with(|| vec![Decimal::ZERO; count]);
                add_line(sums, column, fields)?;
            }
        }
        let mut rows: Vec<Row> = rows.into_values().collect();
        rows.sort_by(|a, b| (&a.account.number, a.account.id).cmp(&(&b.account.number, b.account.id)));
        Ok(rows)
    }

    /// Returns the statement with its rows under `name`.
    pub(super) fn into_json(self, name: &str, rows: Vec<Row>) -> Json {
        let members: BTreeSet<String> = rows.iter().flat_map(|row| row.members.keys().cloned()).collect();
        let none = vec![Decimal::ZERO; self.periods.len()];
        let row = |row: Row| {
            let mut shown = row.account.row();
            let members = members.iter().map(|member| (&**member, row.members.get(member).unwrap_or(&none)));
            for (member, sums) in members.chain([(TOTAL, &row.total)]) {
                for ((start, _), sum) in self.periods.iter().zip(sums) {
                    shown.insert(column(*start, member), Json::from(row.account.balance(*sum)));
                }
            }
            Json::Object(shown)
        };
        let rows = rows.into_iter().map(row).collect();
        let header = |member: &str| {
            let columns = self.periods.iter().map(|(start, _)| Json::from(column(*start, member)));
            (member.to_owned(), Json::Array(columns.collect()))
        };
        let headers = members.iter().map(|member| header(member)).chain([header(TOTAL)]).collect();
        object([
            (name, Json::Array(rows)),
            ("start_date", date_json(self.from)),
            ("end_date", date_json(self.to)),
            ("cadence", Json::from(self.cadence.as_str())),
            ("headers", Json::Object(headers)),
        ])
    }
}

fn column(start: Date, member: &str) -> String {
    format!("{start}_{member}")
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
