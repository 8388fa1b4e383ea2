//! Keeping the revenue of a contract up to date.

use campfire_values::{Date, Json};
use chrono::Days;

use crate::accounting::books::Books;
use crate::accounting::journal::entry;
use crate::accounting::revenue::plan::{self, is_set, period_end};
use crate::accounting::revenue::rows::{self, Source};
use crate::accounting::revenue::{commit, position, posting};
use crate::accounting::values::date_json;
use crate::messages::reply::Reply;
use crate::model::ledger::{CONTRACTS, REVENUE, SUBSCRIPTIONS};
use crate::state::fields::Fields;
use crate::state::record::Record;

const MILESTONES: &str = "contracts.milestones";

/// Runs after a record has been created, and before [`written`].
pub(crate) fn created(books: &mut Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    if resource == CONTRACTS { commit::create_nested(books, id) } else { Ok(()) }
}

/// Runs after a record has been written.
pub(crate) fn written(books: &mut Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    match resource {
        CONTRACTS => contract(books, id),
        SUBSCRIPTIONS | MILESTONES => item(books, resource, id),
        REVENUE => row(books, id),
        _ => commit::written(books, resource, id),
    }
}

/// Runs after a record has been deleted.
pub(crate) fn deleted(books: &mut Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    let link = match resource {
        CONTRACTS => "contract",
        SUBSCRIPTIONS => "contract_subscription",
        MILESTONES => "contract_milestone",
        REVENUE => return row_deleted(books, id),
        _ => return commit::deleted(books, resource, id),
    };
    let earned: Vec<(i64, Option<i64>)> =
        books.store.linked(REVENUE, link, id).map(|(row, record)| (row, record.fields.integer("contract"))).collect();
    for (row, _) in &earned {
        rows::remove(books, *row)?;
    }
    earned.first().and_then(|(_, contract)| *contract).map_or(Ok(()), |contract| position::settle(books, contract))
}

/// Plans all items of a contract anew.
pub(crate) fn contract(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    set_end_dates(books, id);
    for resource in [SUBSCRIPTIONS, MILESTONES] {
        let items: Vec<i64> = books.store.linked(resource, "contract", id).map(|(item, _)| item).collect();
        for item in items {
            plan_item(books, resource, id, item)?;
        }
    }
    commit::refresh(books, id)?;
    position::settle(books, id)
}

/// Returns the contracts whose revenue changes by itself, and the days on which it does.
pub(crate) fn waiting(books: &Books<'_>) -> Vec<(Date, i64)> {
    let next_period = |(id, contract): (i64, &Record)| {
        let end = contract.fields.date("effective_end_date")?;
        Some((end.checked_add_days(Days::new(1))?, id))
    };
    let contracts = books.store.live(CONTRACTS).filter_map(next_period);
    contracts.chain(commit::waiting(books)).collect()
}

/// Ends the revenue of a contract on a day.
pub(crate) fn end(books: &mut Books<'_>, id: i64, date: Date) -> Result<(), Reply> {
    books.store.change(CONTRACTS, id, |record| record.fields.set_ended_on(date));
    contract(books, id)
}

/// Sets the end that counts: that of the contract, or for an evergreen one that of the current billing period.
fn set_end_dates(books: &mut Books<'_>, id: i64) {
    let fields = books.store.fields(CONTRACTS, id);
    let today = books.store.today();
    let given = fields.ended_on().or_else(|| fields.date("contract_end_date"));
    let rolling = match (given, fields.date("contract_start_date")) {
        (None, Some(start)) if is_set(fields.get("is_evergreen")) => Some(period_end(&fields, start, today.max(start))),
        _ => None,
    };
    let json = |date: Option<Date>| date.map_or(Json::Null, date_json);
    let (working, effective) = (json(given.or(rolling)), json(rolling));
    if fields.value("working_end_date") != working || fields.value("effective_end_date") != effective {
        books.store.change(CONTRACTS, id, |record| {
            record.fields.set("working_end_date", working);
            record.fields.set("effective_end_date", effective);
        });
    }
}

/// Plans one item anew.
fn item(books: &mut Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    let Some(contract) = plan::contract_of(books, &books.store.fields(resource, id)) else { return Ok(()) };
    plan_item(books, resource, contract, id)?;
    position::settle(books, contract)
}

fn plan_item(books: &mut Books<'_>, resource: &str, contract: i64, id: i64) -> Result<(), Reply> {
    let (header, fields) = (books.store.fields(CONTRACTS, contract), books.store.fields(resource, id));
    if resource == SUBSCRIPTIONS {
        let plan = plan::subscription(books, &header, &fields)?;
        rows::write(books, contract, Source { link: "contract_subscription", id }, plan)?;
        return Ok(());
    }
    let plan = plan::milestone(books, &header, &fields);
    let rows = rows::write(books, contract, Source { link: "contract_milestone", id }, plan)?;
    let first = rows.first().copied().map_or(Json::Null, Json::from);
    if fields.value("revenue_transaction_id") != first {
        books.store.set(resource, id, "revenue_transaction_id", first);
    }
    Ok(())
}

/// Posts a revenue transaction that a call has written by itself.
fn row(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    let Some(contract) = plan::contract_of(books, &books.store.fields(REVENUE, id)) else { return Ok(()) };
    posting::post(books, id)?;
    position::settle(books, contract)
}

fn row_deleted(books: &mut Books<'_>, id: i64) -> Result<(), Reply> {
    let record = books.store.get_any(REVENUE, id);
    let fields: Fields = record.map(|record| record.fields.clone()).unwrap_or_default();
    if let Some(entry) = fields.integer("journal_entry") {
        entry::erase(books, entry)?;
    }
    plan::contract_of(books, &fields).map_or(Ok(()), |contract| position::settle(books, contract))
}
