//! The income statement: postings to income accounts in each period.

use campfire_values::{Date, Json};

use crate::accounting::books::Books;
use crate::accounting::statement::account::Account;
use crate::accounting::statement::group::Group;
use crate::accounting::statement::table::Table;
use crate::messages::query::Query;
use crate::messages::reply::Reply;

/// Computes the income statement.
pub(crate) fn compute(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let table = Table::new(books, query)?;
    let column = |date: Date, account: &Account| {
        let counts = account.is_income() && (table.from..=table.to).contains(&date);
        if counts { table.period_of(date) } else { None }
    };
    let group = Group::of(query, "statements.income_statement", &["entity", "department", "vendor", "tag"])?;
    let rows = table.add_up(books, query, group, &column)?;
    let rows = rows.into_iter().filter(|row| row.account.is_income()).collect();
    Ok(table.into_json("income_statement", rows))
}
