//! The status that follows from payments.

use campfire_values::Date;

use crate::accounting::books::Books;
use crate::accounting::kind::Document;
use crate::accounting::values::date_json;
use crate::messages::reply::Reply;

/// Updates the stored status of a document after its payments have changed.
pub(crate) fn update(books: &mut Books<'_>, document: Document) -> Result<(), Reply> {
    let layout = document.layout();
    if ["voided", "draft", "uncollectible"].contains(&document.status(books)?) {
        return Ok(());
    }
    let last = document.active_payments(books).filter_map(|(_, payment)| payment.fields.date("payment_date")).max();
    let [open, partly_settled, settled] = layout.statuses;
    let (status, settled_on): (&str, Option<Date>) = match (last, document.open_amount(books).is_zero()) {
        (None, _) => (open, None),
        (Some(_), false) => (partly_settled, None),
        (Some(last), true) => (settled, Some(last)),
    };
    books.store.change(layout.resource, document.id, |record| {
        record.fields.set(layout.status, status);
        record.fields.set_option(layout.settled_date, settled_on.map(date_json));
    });
    Ok(())
}
