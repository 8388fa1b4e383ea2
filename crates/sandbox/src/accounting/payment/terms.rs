//! Discounts for early payment, which payment terms may hold. The reference documents neither the fields of a term nor where the
//! discount is posted.

use crate::accounting::books::Books;
use crate::accounting::kind::Document;
use crate::messages::reply::Reply;
use crate::model::ledger::PAYMENT_TERMS;
use crate::records::unmodelled::asks_for_something;

/// Refuses a document whose payment term has a discount: a field with that word in its name, added by a test.
pub(super) fn check(books: &Books<'_>, document: Document) -> Result<(), Reply> {
    let term = document.fields(books)?.integer("payment_term").and_then(|term| books.store.get(PAYMENT_TERMS, term));
    let mut fields = term.into_iter().flat_map(|term| term.fields.iter());
    match fields.find(|(name, value)| name.contains("discount") && asks_for_something(value)) {
        Some((name, _)) => {
            let what = format!("A payment of a document whose payment term has `{name}`");
            let reason = "The reference does not say when the discount applies, nor where it is posted. Give the document a \
                          payment term without one.";
            Err(Reply::unmodelled(&what, Some(reason)))
        }
        None => Ok(()),
    }
}
