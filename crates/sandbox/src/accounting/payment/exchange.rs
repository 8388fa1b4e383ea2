//! Realized gains and losses: the difference between the rates of a document and the rates of what settles it.
//!
//! A document is settled at its own rates, so its control account returns to zero in every layer. The difference is
//! posted to an account of its own.

use campfire_values::Decimal;

use crate::accounting::books::Books;
use crate::accounting::chart::{self, Purpose};
use crate::accounting::journal::amounts::{self, Layers, Rates};
use crate::accounting::journal::entry::NewLine;
use crate::accounting::journal::line;
use crate::accounting::kind::Document;
use crate::accounting::values::product;
use crate::messages::reply::Reply;
use crate::model::ledger::LINES;
use crate::state::fields::Fields;

/// Returns the currency of a document.
pub(super) fn currency(books: &Books<'_>, document: Document) -> Result<String, Reply> {
    Ok(document.fields(books)?.text("currency").unwrap_or("USD").to_owned())
}

/// Returns the currency of a document's entity.
pub(super) fn book_currency(books: &Books<'_>, document: Document) -> Result<String, Reply> {
    let entity = document.fields(books)?.integer("entity");
    Ok(books.entity_currency(entity).unwrap_or("USD").to_owned())
}

/// Returns the line that balances others in the book and consolidated layers, unless they balance already.
pub(super) fn balancing_line(
    books: &mut Books<'_>,
    document: Document,
    others: &[Layers],
) -> Result<Option<NewLine>, Reply> {
    let mut rest = Layers::default();
    for layers in others {
        rest = rest.minus(*layers)?;
    }
    if rest.book.is_zero() && rest.consolidated.is_zero() {
        return Ok(None);
    }
    let account = chart::account(books, Purpose::RealizedGainLoss);
    let mut line = document.line(books, account, rest.book)?;
    line.fields.set("currency", book_currency(books, document)?);
    amounts::set_layers(&mut line.fields, Layers { native: rest.book, ..rest });
    Ok(Some(line))
}

/// Returns the layers of an amount of a document.
pub(super) fn at_rates_of(books: &Books<'_>, document: Document, amount: Decimal) -> Result<Layers, Reply> {
    let fields = document.fields(books)?;
    let is_in_root_currency = books.is_in_root_currency(fields.integer("entity"));
    let Rates { book, consolidated } = Rates::of(fields).in_root_currency(is_in_root_currency);
    let converted = |rate: Option<Decimal>| rate.map_or(Ok(amount), |rate| product(amount, rate));
    Ok(Layers { native: amount, book: converted(book)?, consolidated: converted(consolidated)? })
}

/// Carries a posted line at the rates of the document that it settles. Returns the line of the gain or loss, if there
/// is any.
pub(super) fn realize(books: &mut Books<'_>, document: Document, settling: i64) -> Result<Option<i64>, Reply> {
    let fields = books.store.fields(LINES, settling);
    let Some(entry) = fields.integer("journal") else { return Ok(None) };
    let paid = amounts::layers(&fields);
    let settled = at_rates_of(books, document, paid.native)?;
    // What the line loses, the balancing line gains.
    let change = settled.minus(paid)?;
    let Some(balancing) = balancing_line(books, document, &[change])? else { return Ok(None) };
    books.store.change(LINES, settling, |record| amounts::set_layers(&mut record.fields, settled));
    let mut fields = balancing.fields;
    fields.set("account", balancing.account);
    let id = line::add(books, entry, fields)?;
    line::check_balance(books, entry)?;
    Ok(Some(id))
}

/// Takes back [`realize`]: the line gets its amounts back, and the gain or loss is deleted.
pub(super) fn unrealize(books: &mut Books<'_>, settling: i64, payment: &Fields) -> Result<(), Reply> {
    let Some(gain) = payment.integer("fx_gain_loss_realized_transaction") else { return Ok(()) };
    let settled = amounts::layers(&books.store.fields(LINES, settling));
    let difference = amounts::layers(&books.store.fields(LINES, gain));
    let paid = settled.minus(Layers { native: Decimal::ZERO, ..difference.negated() })?;
    books.store.change(LINES, settling, |record| amounts::set_layers(&mut record.fields, paid));
    books.store.delete(LINES, gain);
    Ok(())
}
