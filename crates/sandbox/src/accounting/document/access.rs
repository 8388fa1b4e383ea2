//! Reading documents.

use campfire_values::{Decimal, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::chart;
use crate::accounting::kind::{Document, Kind};
use crate::messages::reply::Reply;
use crate::model::ledger::NUMBER;
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
    printed_number(kind, free_number(books, kind, true))
}

/// Returns the first number that no document has: by their count, or later if a caller has given that number. `next` is
/// `false` if the document is already counted.
pub(super) fn free_number(books: &Books<'_>, kind: Kind, next: bool) -> usize {
    let resource = kind.layout().resource;
    let is_used = |number: &usize| {
        let number = i64::try_from(*number).unwrap_or(i64::MAX);
        books.store.linked(resource, NUMBER, number).next().is_some()
    };
    let first = books.store.total(resource) + usize::from(next);
    (first..).find(|number| !is_used(number)).unwrap_or(first)
}

/// Keeps the number in a printed number such as `INV-00042`, to find it.
pub(in crate::accounting) fn remember_number(kind: Kind, fields: &mut Fields) {
    let layout = kind.layout();
    let printed =
        fields.text(layout.number).and_then(|text| text.strip_prefix(layout.number_prefix)?.strip_prefix('-'));
    let number = printed.and_then(|digits| digits.parse::<i64>().ok());
    fields.set_option(NUMBER, number);
}

/// Fields of documents that only the books set. The server ignores them in bodies, although only some are read-only.
const SERVER_FIELDS: [&str; 3] = ["journal_entry", "voided_date", "voided_journal_entry"];

/// Returns a body without the fields that only the books set.
pub(crate) fn without_server_fields(body: &JsonObject) -> JsonObject {
    let fields = body.iter().filter(|(name, _)| !SERVER_FIELDS.contains(&name.as_str()));
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}
