//! The revenue transactions that an invoice bills.

use campfire_values::Json;

use crate::accounting::books::Books;
use crate::model::ledger::REVENUE;

/// Ties the rows that an invoice names in `revenue_transactions` to it, and releases those that it no longer names.
/// Without the field, the rows stay as they are.
pub(crate) fn update(books: &mut Books<'_>, invoice: i64) {
    let fields = books.store.fields("invoices", invoice);
    if !fields.contains("revenue_transactions") {
        return;
    }
    let named: Vec<i64> = fields.items("revenue_transactions").iter().filter_map(Json::as_i64).collect();
    for row in rows(books, invoice) {
        if !named.contains(&row) {
            books.store.set(REVENUE, row, "invoice", Json::Null);
        }
    }
    for row in named {
        if books.store.get(REVENUE, row).is_some_and(|row| row.fields.integer("invoice") != Some(invoice)) {
            books.store.set(REVENUE, row, "invoice", invoice);
        }
    }
}

/// Releases the rows of a deleted invoice.
pub(crate) fn release(books: &mut Books<'_>, invoice: i64) {
    for row in rows(books, invoice) {
        books.store.set(REVENUE, row, "invoice", Json::Null);
    }
}

fn rows(books: &Books<'_>, invoice: i64) -> Vec<i64> {
    books.store.linked(REVENUE, "invoice", invoice).map(|(row, _)| row).collect()
}
