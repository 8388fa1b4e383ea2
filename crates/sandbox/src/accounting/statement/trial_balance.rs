//! The trial balance: debits and credits of each account.

use std::collections::BTreeMap;

use campfire_values::{Date, Json};
use chrono::Datelike;

use crate::accounting::books::Books;
use crate::accounting::statement::account::{Account, Sides};
use crate::accounting::statement::group::Group;
use crate::accounting::statement::posted;
use crate::accounting::values::{date_json, object};
use crate::messages::query::Query;
use crate::messages::reply::Reply;

/// Computes the trial balance. Income of earlier years, and of this year before the statement, has rows of its own.
pub(crate) fn compute(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    Group::of(query, "statements.trial_balance", &[])?;
    let (from, to) = posted::range(books, query)?;
    let year = from.with_ordinal(1).unwrap_or(from);
    let is_year_to_date = query.first("income_statement_basis") == Some("fiscal_ytd");
    let income_from = if is_year_to_date { year } else { from };
    let sums = add_up(books, query, to, year, income_from)?;
    let mut rows: Vec<(Account, Sides)> = sums.accounts.into_values().collect();
    rows.sort_by(|(a, _), (b, _)| (&a.number, a.id).cmp(&(&b.number, b.id)));
    rows.push((Account::computed("Retained Earnings"), sums.earlier_years));
    if !is_year_to_date {
        rows.push((Account::computed("Net Income (Prior Periods)"), sums.earlier_this_year));
    }
    let rows = rows.into_iter().map(|(account, sides)| row(&account, sides)).collect();
    Ok(object([
        ("trial_balance", object([("accounts", Json::Array(rows))])),
        ("start_date", date_json(from)),
        ("end_date", date_json(to)),
        ("income_statement_start", date_json(income_from)),
    ]))
}

#[derive(Default)]
struct Sums {
    accounts: BTreeMap<Option<i64>, (Account, Sides)>,
    /// Income before this year.
    earlier_years: Sides,
    /// Income of this year before the statement.
    earlier_this_year: Sides,
}

fn add_up(books: &Books<'_>, query: &Query, to: Date, year: Date, income_from: Date) -> Result<Sums, Reply> {
    let mut sums = Sums::default();
    for (date, fields) in posted::lines(books, query).filter(|(date, _)| *date <= to) {
        let id = fields.integer("account");
        let new = || (Account::read(books, id), Sides::default());
        let (account, sides) = sums.accounts.entry(id).or_insert_with(new);
        match account.is_income() {
            true if date < year => sums.earlier_years.add(fields)?,
            true if date < income_from => sums.earlier_this_year.add(fields)?,
            _ => sides.add(fields)?,
        }
    }
    Ok(sums)
}

fn row(account: &Account, sides: Sides) -> Json {
    object([
        ("id", account.id.map_or_else(|| Json::from(account.name.as_str()), Json::from)),
        ("name", Json::from(account.name.as_str())),
        ("number", Json::from(account.number.as_str())),
        ("account_type", Json::from(account.account_type.as_str())),
        ("balances", object([("debits", Json::from(sides.debits)), ("credits", Json::from(sides.credits))])),
    ])
}
