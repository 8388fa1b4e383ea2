//! Contracts: what the reference rules out, and what it names without saying what it does.

use campfire_values::Json;

use crate::accounting::books::Books;
use crate::messages::reply::Reply;
use crate::model::ledger::{CONTRACTS, SUBSCRIPTIONS};
use crate::state::fields::Fields;

/// Keeps the invoices of an evergreen contract from being generated.
const SKIP: &str = "skip_evergreen_invoice_generation";

/// Checks a contract, or an item of one, that had the fields `before` or is new.
pub(super) fn check(books: &Books<'_>, resource: &str, id: i64, before: Option<&Fields>) -> Result<(), Reply> {
    let Some(record) = books.store.get(resource, id) else { return Ok(()) };
    match resource {
        CONTRACTS => {
            check_renewal(&record.fields)?;
            check_consequences(&record.fields, before)
        }
        SUBSCRIPTIONS => check_discount(&record.fields, before),
        "contracts.usage" | "contracts.milestones" => {
            let contract = record.fields.integer("contract").and_then(|id| books.store.get(CONTRACTS, id));
            match contract.is_some_and(|contract| is_set(&contract.fields, "is_evergreen")) {
                true => {
                    Err(Reply::field_error("contract", "An evergreen contract has only subscriptions and bundles."))
                }
                false => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Refuses a contract that is evergreen and renews itself.
fn check_renewal(contract: &Fields) -> Result<(), Reply> {
    match is_set(contract, "is_evergreen") && is_set(contract, "auto_renew") {
        true => Err(Reply::field_error("auto_renew", "An evergreen contract cannot renew itself.")),
        false => Ok(()),
    }
}

/// Refuses what the server would do later, and the reference does not describe. A contract that a test has added may be so
/// already.
fn check_consequences(contract: &Fields, before: Option<&Fields>) -> Result<(), Reply> {
    let becomes = |name: &str| is_set(contract, name) && !before.is_some_and(|before| is_set(before, name));
    if before.is_some_and(|before| is_set(before, SKIP) != is_set(contract, SKIP)) {
        let reason = "It is fixed at creation, and the reference does not say if a change is ignored or refused.";
        return Err(Reply::unmodelled(&format!("Changing `{SKIP}`"), Some(reason)));
    }
    if becomes("is_evergreen") && !is_set(contract, SKIP) {
        let reason = "The reference does not say what the invoices contain. Create the contract with \
                      `skip_evergreen_invoice_generation: true`, and there are none.";
        return Err(Reply::unmodelled("An evergreen contract that generates invoices", Some(reason)));
    }
    if becomes("auto_renew") {
        let reason = "The reference does not say what a renewal extends. Leave the field out, or send `false`.";
        return Err(Reply::unmodelled("A contract with `auto_renew`", Some(reason)));
    }
    Ok(())
}

/// Refuses a discount for which the server would write a row of its own.
fn check_discount(subscription: &Fields, before: Option<&Fields>) -> Result<(), Reply> {
    let has_row = |fields: &Fields| {
        fields.decimal("discount").is_some_and(|discount| !discount.is_zero()) && !is_set(fields, "rates_are_net")
    };
    if has_row(subscription) && !before.is_some_and(has_row) {
        let reason = "The reference does not say what the row of the discount contains. Send the rates less the discount, and \
                      `rates_are_net: true`.";
        return Err(Reply::unmodelled("A subscription with a `discount` that its rates do not contain", Some(reason)));
    }
    Ok(())
}

fn is_set(fields: &Fields, name: &str) -> bool {
    fields.get(name).and_then(Json::as_bool).unwrap_or(false)
}
