//! Completing intercompany lines before they are posted.

use std::collections::BTreeMap;

use campfire_values::{Json, JsonObject};

use crate::accounting::books::Books;
use crate::accounting::journal::amounts::{self, Layers};
use crate::accounting::journal::conversion::Currencies;
use crate::accounting::request::Outcome;
use crate::accounting::values::list_in;
use crate::messages::reply::Reply;
use crate::state::fields::Fields;

/// Returns a body with the amounts of its lines filled in. Stores nothing.
///
/// # Errors
/// If the lines of an entity do not balance: the reference does not say to which accounts the balancing lines are posted.
pub(crate) fn complete(books: &Books<'_>, body: &JsonObject) -> Result<Outcome, Reply> {
    let mut lines = Vec::new();
    let mut sums: BTreeMap<Option<i64>, Layers> = BTreeMap::new();
    for item in list_in(body, "transactions").iter().filter_map(Json::as_object) {
        let fields = completed(books, body, item)?;
        let sum = sums.entry(fields.integer("entity")).or_default();
        *sum = sum.minus(amounts::layers(&fields))?;
        lines.push(Json::Object(fields.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()));
    }
    if sums.values().any(|sum| *sum != Layers::default()) {
        let reason = "The reference does not say to which accounts the balancing lines are posted.";
        return Err(Reply::unmodelled(
            "`intercompany_journal_entries.balance` for lines that do not balance",
            Some(reason),
        ));
    }
    let mut completed = body.clone();
    completed.insert("transactions".to_owned(), Json::Array(lines));
    Ok(Outcome::Value(Json::Object(completed)))
}

/// Returns a line with its amounts in all layers.
fn completed(books: &Books<'_>, body: &JsonObject, item: &JsonObject) -> Result<Fields, Reply> {
    let Some(currencies) = Currencies::of(books, item, None) else {
        return Err(Reply::field_error("transactions", "Every line needs an entity that exists."));
    };
    let unknown = |missing: &str| {
        let call = format!("`intercompany_journal_entries.balance` without {missing}");
        Reply::unmodelled(&call, Some("The sandbox has no exchange rates of its own."))
    };
    let rates = currencies.rates(item, body).map_err(|problem| problem.reply(unknown))?;
    let mut fields = Fields::default();
    for (name, value) in item {
        fields.set(name.clone(), value.clone());
    }
    fields.set("entity_currency", currencies.book);
    fields.set("currency", currencies.native);
    amounts::complete(&mut fields, rates)?;
    Ok(fields)
}
