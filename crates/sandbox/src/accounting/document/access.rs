//! Reading documents.

use campfire_values::{Decimal, Json};

use crate::accounting::books::Books;
use crate::accounting::chart;
use crate::accounting::kind::{Document, Kind};
use crate::messages::reply::Reply;
use crate::state::fields::Fields;
use crate::state::record::Record;

impl Document {
    pub(crate) fn fields<'a>(self, books: &'a Books<'_>) -> Result<&'a Fields, Reply> {
        let record = books.store.get(self.layout().resource, self.id);
        record.map(|record| &record.fields).ok_or_else(Reply::not_found)
    }

    /// Returns the stored status.
    pub(crate) fn status<'a>(self, books: &'a Books<'_>) -> Result<&'a str, Reply> {
        let layout = self.layout();
        Ok(self.fields(books)?.text(layout.status).unwrap_or(layout.statuses[0]))
    }

    /// Returns the amount that is left to settle.
    pub(crate) fn open_amount(self, books: &Books<'_>) -> Decimal {
        let layout = self.layout();
        books.amount(layout.resource, self.id, layout.open_amount)
    }

    /// Returns the account on which the document is open.
    pub(crate) fn control_account(self, books: &mut Books<'_>) -> Result<i64, Reply> {
        let layout = self.layout();
        let given = self.fields(books)?.integer(layout.control_account);
        Ok(given.unwrap_or_else(|| chart::account(books, layout.purpose)))
    }

    /// Returns the payments that are not voided.
    pub(crate) fn active_payments<'a>(self, books: &'a Books<'_>) -> impl Iterator<Item = (i64, &'a Record)> {
        let layout = self.layout();
        let payments = books.store.linked(layout.payments, layout.link, self.id);
        payments.filter(|(_, payment)| !payment.fields.contains("voided_date"))
    }
}

/// Returns a printed number, such as `INV-00042`.
pub(crate) fn printed_number(kind: Kind, count: usize) -> Json {
    Json::from(format!("{}-{count:05}", kind.layout().number_prefix))
}

/// Returns the printed number of the next document.
pub(crate) fn next_number(books: &Books<'_>, kind: Kind) -> Json {
    printed_number(kind, books.store.total(kind.layout().resource) + 1)
}
