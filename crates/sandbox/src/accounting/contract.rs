//! Contracts: what the reference rules out.

use campfire_values::Json;

use crate::accounting::books::Books;
use crate::messages::reply::Reply;
use crate::model::ledger::CONTRACTS;

/// Refuses a contract that is evergreen and renews itself, and usage or milestones of an evergreen contract.
pub(super) fn check(books: &Books<'_>, resource: &str, id: i64) -> Result<(), Reply> {
    let Some(record) = books.store.get(resource, id) else { return Ok(()) };
    match resource {
        CONTRACTS if is_set(record.fields.get("is_evergreen")) && is_set(record.fields.get("auto_renew")) => {
            Err(Reply::field_error("auto_renew", "An evergreen contract cannot renew itself."))
        }
        "contracts.usage" | "contracts.milestones" => {
            let contract = record.fields.integer("contract").and_then(|id| books.store.get(CONTRACTS, id));
            match contract.is_some_and(|contract| is_set(contract.fields.get("is_evergreen"))) {
                true => {
                    Err(Reply::field_error("contract", "An evergreen contract has only subscriptions and bundles."))
                }
                false => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn is_set(value: Option<&Json>) -> bool {
    value.and_then(Json::as_bool).unwrap_or(false)
}
