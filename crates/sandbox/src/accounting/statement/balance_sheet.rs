//! The balance sheet: balances at the end of each period.

use campfire_values::{Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::statement::account::Account;
use crate::accounting::statement::table::{Row, Table};
use crate::accounting::values::total;
use crate::messages::query::Query;
use crate::messages::reply::Reply;

/// Computes the balance sheet. Retained earnings are the balances of income accounts up to the end of each period.
pub(crate) fn compute(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let table = Table::new(books, query)?;
    let count = table.periods.len();
    // A line counts in every period that ends on its date or later.
    let rows = table.add_up(books, query, |date, _| table.period_of(date)..count)?;
    let (income, mut rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|(account, _)| account.is_income());
    let mut retained = vec![Decimal::ZERO; count];
    for (_, sums) in income {
        for (sum, part) in retained.iter_mut().zip(sums) {
            *sum = total([*sum, part])?;
        }
    }
    rows.push((Account::computed("Retained Earnings"), retained));
    Ok(table.into_json("balance_sheet", rows))
}
