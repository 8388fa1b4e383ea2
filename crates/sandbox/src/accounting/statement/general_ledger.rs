//! The general ledger: each account with its opening balance, postings, and closing balance.

use std::collections::BTreeMap;

use campfire_values::{Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::journal::amounts::consolidated;
use crate::accounting::statement::account::{Account, Sides};
use crate::accounting::statement::posted;
use crate::accounting::values::{object, total};
use crate::messages::query::Query;
use crate::messages::reply::Reply;

struct Balance {
    account: Account,
    opening: Decimal,
    sides: Sides,
}

/// Computes the general ledger.
pub(crate) fn compute(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let (from, to) = posted::range(books, query)?;
    // The reference lists no parameters, so a query without dates asks for the whole ledger.
    let all = !query.contains("start_date");
    let mut balances: BTreeMap<Option<i64>, Balance> = BTreeMap::new();
    for (date, fields) in posted::lines(books, query).filter(|(date, _)| *date <= to || all) {
        let id = fields.integer("account");
        let new = || Balance { account: Account::read(books, id), opening: Decimal::ZERO, sides: Sides::default() };
        let balance = balances.entry(id).or_insert_with(new);
        if date < from && !all {
            balance.opening = total([balance.opening, consolidated(fields)])?;
        } else {
            balance.sides.add(fields)?;
        }
    }
    let rows: Vec<Json> = balances.into_values().map(row).collect::<Result<_, _>>()?;
    Ok(object([("general_ledger", Json::Array(rows))]))
}

fn row(balance: Balance) -> Result<Json, Reply> {
    let Balance { account, opening, sides } = balance;
    let ending = total([opening, sides.debits, -sides.credits])?;
    let mut row = account.row();
    row.insert("opening_balance".to_owned(), Json::from(account.balance(opening)));
    row.insert("debits".to_owned(), Json::from(sides.debits));
    row.insert("credits".to_owned(), Json::from(sides.credits));
    row.insert("ending_balance".to_owned(), Json::from(account.balance(ending)));
    Ok(Json::Object(row))
}
