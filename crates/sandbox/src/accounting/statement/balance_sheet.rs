//! The balance sheet: balances at the end of each period.

use campfire_values::Json;

use crate::accounting::books::Books;
use crate::accounting::statement::account::Account;
use crate::accounting::statement::group::Group;
use crate::accounting::statement::table::{Row, Table};
use crate::messages::query::Query;
use crate::messages::reply::Reply;

/// Computes the balance sheet. Retained earnings are the balances of income accounts up to the end of each period.
pub(crate) fn compute(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let table = Table::new(books, query)?;
    let count = table.periods.len();
    let group = Group::of(query, "statements.balance_sheet", &["entity", "department", "tag"])?;
    let mut rows = table.add_up(books, query, group, &|date, _| table.period_of(date))?;
    // A line counts in every period that ends on its date or later.
    for row in &mut rows {
        row.accumulate()?;
    }
    let (income, mut rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.account.is_income());
    let mut retained = Row::new(Account::computed("Retained Earnings"), count);
    for row in income {
        retained.add(row)?;
    }
    rows.push(retained);
    Ok(table.into_json("balance_sheet", rows))
}
