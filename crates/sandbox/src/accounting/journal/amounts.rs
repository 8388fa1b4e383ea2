//! The amounts of a line.
//!
//! A line is a debit or a credit, in three layers: the currency of the transaction (native), of the entity (book), and
//! of the root entity (consolidated). Amounts are products of the native amount and a rate. They are exact, so every
//! layer of an entry balances if the native one does.

use campfire_values::Decimal;

use crate::accounting::values::product;
use crate::messages::reply::Reply;
use crate::state::fields::Fields;

/// The fields of debits, by layer.
pub(super) const DEBITS: [&str; 3] = ["debit_amount_native", "debit_amount_book", "debit_amount"];
/// The fields of credits, by layer.
pub(super) const CREDITS: [&str; 3] = ["credit_amount_native", "credit_amount_book", "credit_amount"];
/// The names of the layers in error messages.
pub(super) const LAYERS: [&str; 3] = ["native", "book", "consolidated"];

/// The exchange rates from the native currency; 1 if absent.
#[derive(Clone, Copy)]
pub(crate) struct Rates {
    pub(super) book: Option<Decimal>,
    pub(super) consolidated: Option<Decimal>,
}

impl Rates {
    /// Returns the rates of an entry, a line, or a document.
    pub(crate) fn of(fields: &Fields) -> Self {
        Rates { book: fields.decimal("exchange_rate_book"), consolidated: fields.decimal("exchange_rate") }
    }

    /// Returns these rates, or others where these are absent.
    pub(super) fn or(self, other: Rates) -> Self {
        Rates { book: self.book.or(other.book), consolidated: self.consolidated.or(other.consolidated) }
    }
}

/// Fills in the layers of a line that are missing, and removes zeros from the other side.
pub(super) fn complete(fields: &mut Fields, rates: Rates) -> Result<(), Reply> {
    let given =
        |names: &[&str; 3]| names.iter().find_map(|name| fields.decimal(name)).filter(|amount| !amount.is_zero());
    let (names, others, native) = match (given(&DEBITS), given(&CREDITS)) {
        (Some(_), Some(_)) => {
            return Err(Reply::field_error("transactions", "A line is a debit or a credit, not both."));
        }
        (Some(debit), None) => (DEBITS, CREDITS, debit),
        (None, Some(credit)) => (CREDITS, DEBITS, credit),
        (None, None) => (DEBITS, CREDITS, Decimal::ZERO),
    };
    let [native_name, book_name, consolidated_name] = names;
    let given_native = fields.decimal(native_name).unwrap_or(native);
    fields.set(native_name, given_native);
    for (name, rate) in [(book_name, rates.book), (consolidated_name, rates.consolidated)] {
        if fields.decimal(name).is_none() {
            fields.set(name, rate.map_or(Ok(native), |rate| product(native, rate))?);
        }
    }
    for name in others {
        fields.remove(name);
    }
    Ok(())
}

/// Sets the native amount of a line without amounts: a debit if positive, a credit if negative.
pub(super) fn set_signed(fields: &mut Fields, amount: Decimal) {
    if amount.is_negative() {
        fields.set(CREDITS[0], -amount);
    } else {
        fields.set(DEBITS[0], amount);
    }
}

/// Turns debits into credits and credits into debits.
pub(super) fn reverse(fields: &mut Fields) {
    for (debit, credit) in DEBITS.into_iter().zip(CREDITS) {
        let (was_debit, was_credit) = (fields.remove(debit), fields.remove(credit));
        fields.set(debit, was_credit.unwrap_or_default());
        fields.set(credit, was_debit.unwrap_or_default());
    }
}

/// Removes all amounts of a line.
pub(super) fn clear(fields: &mut Fields) {
    for name in DEBITS.into_iter().chain(CREDITS) {
        fields.remove(name);
    }
}

/// Returns the native amount of a line, whichever side it is on.
pub(crate) fn native(fields: &Fields) -> Decimal {
    fields.decimal(DEBITS[0]).or_else(|| fields.decimal(CREDITS[0])).unwrap_or_default()
}

/// Returns debits minus credits of a line in the consolidated layer, which statements use.
pub(crate) fn consolidated(fields: &Fields) -> Decimal {
    let [.., debit] = DEBITS.map(|name| fields.decimal(name).unwrap_or_default());
    let [.., credit] = CREDITS.map(|name| fields.decimal(name).unwrap_or_default());
    debit.checked_sub(credit).unwrap_or_default()
}
