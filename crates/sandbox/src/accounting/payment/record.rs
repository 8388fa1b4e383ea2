//! Records of payments.

use campfire_values::{Date, Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::kind::Document;
use crate::accounting::values::{date_json, ids_json, object};
use crate::messages::reply::Reply;
use crate::state::fields::Fields;

/// The records that a call has created.
#[derive(Default)]
pub(super) struct Created {
    pub(super) entries: Vec<i64>,
    pub(super) payments: Vec<i64>,
    /// Credit memos for overpayments, as the response shows them.
    pub(super) memos: Vec<Json>,
}

impl Created {
    pub(super) fn into_json(self) -> Json {
        let mut json =
            object([("journal_entry_ids", ids_json(self.entries)), ("payment_ids", ids_json(self.payments))]);
        if let (Json::Object(json), false) = (&mut json, self.memos.is_empty()) {
            json.insert("auto_created_credit_memos".to_owned(), Json::Array(self.memos));
        }
        json
    }
}

/// Adds a payment to a document, and returns its id. `fields` holds how it was paid.
pub(super) fn add(
    books: &mut Books<'_>,
    document: Document,
    amount: Decimal,
    date: Date,
    mut fields: Fields,
) -> Result<i64, Reply> {
    let layout = document.layout();
    fields.set("currency", document.fields(books)?.value("currency"));
    fields.set(layout.link, document.id);
    fields.set("amount", amount);
    fields.set("payment_date", date_json(date));
    let parents = vec![(layout.path_parameter.into(), document.id)];
    Ok(books.store.add_below(layout.payments, fields, parents))
}

/// Returns the fields of a payment of a document.
pub(super) fn fields(books: &Books<'_>, document: Document, payment: i64) -> Result<Fields, Reply> {
    let layout = document.layout();
    let record = books.store.get(layout.payments, payment).ok_or_else(Reply::not_found)?;
    match record.fields.integer(layout.link) == Some(document.id) {
        true => Ok(record.fields.clone()),
        false => Err(Reply::not_found()),
    }
}
