//! Cash activity: postings to bank accounts in each period.

use campfire_values::{Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::statement::account::Sides;
use crate::accounting::statement::posted;
use crate::accounting::statement::table::Table;
use crate::accounting::values::object;
use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::model::ledger::ACCOUNTS;

/// Computes cash activity.
pub(crate) fn compute(books: &Books<'_>, query: &Query) -> Result<Json, Reply> {
    let table = Table::new(books, query)?;
    let mut sums = vec![Sides::default(); table.periods.len()];
    let is_bank = |id: i64| {
        books.store.get(ACCOUNTS, id).is_some_and(|account| account.fields.text("account_subtype") == Some("BANK"))
    };
    for (date, fields) in posted::lines(books, query).filter(|(date, _)| (table.from..=table.to).contains(date)) {
        let sum = table.period_of(date).and_then(|period| sums.get_mut(period));
        if let Some(sum) = sum.filter(|_| fields.integer("account").is_some_and(is_bank)) {
            sum.add(fields)?;
        }
    }
    let activity = table.periods.iter().zip(sums).map(|((start, _), sum)| {
        let sides = [("total_debit", Json::from(sum.debits)), ("total_credit", Json::from(-sum.credits))];
        (start.to_string(), object(sides))
    });
    Ok(object([("transaction_activity", Json::Object(activity.collect::<JsonObject>()))]))
}
