//! Exchange rates that an intercompany body gives: for each entity, from the currency of a line to that of the entity, and
//! from there to that of the root entity.

use campfire_values::{Decimal, Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::journal::amounts::Rates;
use crate::accounting::values::{list_in, product};
use crate::messages::reply::Reply;

/// The reason why a line has no rates.
pub(super) enum NoRates {
    /// The body would have to give a rate.
    Missing {
        from: String,
        to: String,
        entity: i64,
    },
    Refused(Reply),
}

impl NoRates {
    /// Returns the refusal. `missing` makes it from the description of a missing rate.
    pub(super) fn reply(self, missing: impl FnOnce(&str) -> Reply) -> Reply {
        match self {
            NoRates::Missing { from, to, entity } => {
                missing(&format!("a rate from {from} to {to} for entity {entity}"))
            }
            NoRates::Refused(reply) => reply,
        }
    }
}

impl From<Reply> for NoRates {
    fn from(reply: Reply) -> Self {
        NoRates::Refused(reply)
    }
}

/// The currencies of a line.
pub(super) struct Currencies<'a> {
    pub(super) entity: i64,
    pub(super) native: &'a str,
    pub(super) book: &'a str,
    pub(super) root: &'a str,
}

impl<'a> Currencies<'a> {
    /// Returns the currencies of a line. `None` if its entity is not known.
    pub(super) fn of(books: &'a Books<'_>, line: &'a JsonObject, default: Option<&'a str>) -> Option<Self> {
        let entity = line.get("entity").and_then(Json::as_i64)?;
        let book = books.entity_currency(Some(entity))?;
        let native = line.get("currency").and_then(Json::as_str).or(default).unwrap_or(book);
        Some(Currencies { entity, native, book, root: books.root_currency().unwrap_or(book) })
    }

    /// Returns the rates of the line: its own, or else those that the body gives. A layer whose amount is given needs none.
    pub(super) fn rates(&self, line: &JsonObject, body: &JsonObject) -> Result<Rates, NoRates> {
        let own = |name: &str| line.get(name).and_then(Json::as_decimal);
        let is_given =
            |layer: &str| ["debit_amount", "credit_amount"].iter().any(|side| own(&format!("{side}{layer}")).is_some());
        let to_book = || own("exchange_rate_book").map_or_else(|| self.given(body, self.native, self.book), Ok);
        let book = if is_given("_book") { own("exchange_rate_book") } else { Some(to_book()?) };
        let consolidated = match own("exchange_rate") {
            None if !is_given("") => Some(product(to_book()?, self.given(body, self.book, self.root)?)?),
            own => own,
        };
        Ok(Rates { book, consolidated })
    }

    fn given(&self, body: &JsonObject, from: &str, to: &str) -> Result<Decimal, NoRates> {
        if from == to {
            return Ok(Decimal::new(1, 0));
        }
        let is_it = |rate: &&Json| {
            let is = |name: &str, expected: &str| rate.get(name).and_then(Json::as_str) == Some(expected);
            rate.get("entity").and_then(Json::as_i64) == Some(self.entity)
                && is("originating_currency", from)
                && is("target_currency", to)
        };
        let found = list_in(body, "exchange_rates").iter().find(is_it);
        let rate = found.and_then(|rate| rate.get("exchange_rate")?.as_decimal());
        rate.ok_or_else(|| NoRates::Missing { from: from.to_owned(), to: to.to_owned(), entity: self.entity })
    }
}
