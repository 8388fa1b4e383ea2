//! The amounts of a line.
//!
//! A line is a debit or a credit, in three layers: the currency of the transaction (native), of the entity (book), and
//! of the root entity (consolidated). Amounts are products of the native amount and a rate. They are exact, so every
//! layer of an entry balances if the native one does.

use campfire_values::Decimal;

use crate::accounting::values::{product, total};
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
    pub(crate) book: Option<Decimal>,
    pub(crate) consolidated: Option<Decimal>,
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

    /// Returns the rates of an entity in the currency of the root entity, or another one: in the former, one rate is both.
    pub(crate) fn in_root_currency(self, is_in_root_currency: bool) -> Self {
        if !is_in_root_currency {
            return self;
        }
        Rates { book: self.book.or(self.consolidated), consolidated: self.consolidated.or(self.book) }
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

/// The amounts of a line in all layers: a debit if positive, a credit if negative.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Layers {
    pub(crate) native: Decimal,
    pub(crate) book: Decimal,
    pub(crate) consolidated: Decimal,
}

impl Layers {
    pub(crate) fn minus(self, other: Layers) -> Result<Layers, Reply> {
        Ok(Layers {
            native: total([self.native, -other.native])?,
            book: total([self.book, -other.book])?,
            consolidated: total([self.consolidated, -other.consolidated])?,
        })
    }

    pub(crate) fn negated(self) -> Layers {
        Layers { native: -self.native, book: -self.book, consolidated: -self.consolidated }
    }
}

/// Returns the amounts of a line.
pub(crate) fn layers(fields: &Fields) -> Layers {
    let signed = |index: usize| {
        let credit = fields.decimal(CREDITS[index]).map(|amount| -amount);
        fields.decimal(DEBITS[index]).or(credit).unwrap_or_default()
    };
    Layers { native: signed(0), book: signed(1), consolidated: signed(2) }
}

/// Replaces the amounts of a line. The native amount decides on which side they are.
pub(crate) fn set_layers(fields: &mut Fields, layers: Layers) {
    clear(fields);
    let amounts = [layers.native, layers.book, layers.consolidated];
    let is_credit = amounts.iter().find(|amount| !amount.is_zero()).is_some_and(|amount| amount.is_negative());
    for ((debit, credit), amount) in DEBITS.into_iter().zip(CREDITS).zip(amounts) {
        if is_credit {
            fields.set(credit, -amount);
        } else {
            fields.set(debit, amount);
        }
    }
}

/// Sets the native amount of a line without amounts: a debit if positive, a credit if negative.
pub(crate) fn set_signed(fields: &mut Fields, amount: Decimal) {
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

/// Returns `true` if a line has amounts.
pub(super) fn is_set(fields: &Fields) -> bool {
    DEBITS.iter().chain(&CREDITS).any(|name| fields.contains(name))
}

/// Removes all amounts of a line.
pub(crate) fn clear(fields: &mut Fields) {
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
    let ([.., debit], [.., credit]) = (DEBITS, CREDITS);
    let amount = |name| fields.decimal(name).unwrap_or_default();
    amount(debit).checked_sub(amount(credit)).unwrap_or_default()
}
