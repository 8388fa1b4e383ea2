//! Bundles of contracts, which rebalance the entries of its invoices. The reference does not say how, so a contract has either
//! bundles or posted invoices.

use crate::accounting::books::Books;
use crate::accounting::journal::entry;
use crate::messages::reply::Reply;
use crate::model::ledger::BUNDLES;
use crate::state::fields::Fields;

const INVOICES: &str = "invoices";

/// Refuses to write or delete a bundle if its contract has a posted invoice.
pub(crate) fn check(books: &Books<'_>, bundle: i64) -> Result<(), Reply> {
    let contract = books.store.get_any(BUNDLES, bundle).and_then(|bundle| bundle.fields.integer("contract"));
    let mut invoices = contract.into_iter().flat_map(|contract| books.store.linked(INVOICES, "contract", contract));
    match invoices.any(|(_, invoice)| is_posted(books, &invoice.fields)) {
        true => Err(refusal("A bundle of a contract that has posted invoices")),
        false => Ok(()),
    }
}

/// Refuses a posted invoice of a contract that has a bundle.
pub(crate) fn check_invoice(books: &Books<'_>, invoice: i64) -> Result<(), Reply> {
    let Some(record) = books.store.get(INVOICES, invoice).filter(|invoice| is_posted(books, &invoice.fields)) else {
        return Ok(());
    };
    let contract = record.fields.integer("contract");
    match contract.is_some_and(|contract| books.store.linked(BUNDLES, "contract", contract).next().is_some()) {
        true => Err(refusal("A posted invoice of a contract that has a bundle")),
        false => Ok(()),
    }
}

/// Returns `true` if an invoice has an entry that a bundle would rebalance.
fn is_posted(books: &Books<'_>, invoice: &Fields) -> bool {
    let has_entry = invoice.integer("journal_entry").is_some_and(|id| entry::date(books, id).is_some());
    has_entry && !invoice.contains("voided_date")
}

fn refusal(what: &str) -> Reply {
    let reason = "The reference does not say how the bundle rebalances the entries of the invoices. Delete one of the two \
                  first, or keep the invoice a `draft`.";
    Reply::unmodelled(what, Some(reason))
}
