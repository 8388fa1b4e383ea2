//! [`Money`]: an amount and its currency.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Neg;

use crate::decimal::Decimal;

/// An amount of money in a currency, such as `1234.50 EUR`.
///
/// Amounts of different currencies cannot be added, subtracted, or compared: [`convert`](Self::convert) needs a rate. All
/// arithmetic is exact. Rounding is always a call of [`round`](Self::round).
///
/// ```
/// # use campfire_values as campfire;
/// use campfire::{Decimal, Money};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let price = Money::new(Decimal::new(1_234_50, 2), "EUR");
/// assert_eq!(price.to_string(), "1234.50 EUR");
///
/// let fee = Money::new(10, "USD");
/// assert!(price.checked_add(&fee).is_err());
/// let fee = fee.convert("0.9".parse()?, "EUR")?;
/// assert_eq!(price.checked_add(&fee)?.to_string(), "1243.50 EUR");
/// # Ok(())
/// # }
/// ```
///
/// Formatting with a precision rounds, as it does for a [`Decimal`]: `{:.2}`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Money {
    amount: Decimal,
    currency: String,
}

impl Money {
    /// Returns an amount in a currency, named by its code.
    pub fn new(amount: impl Into<Decimal>, currency: impl Into<String>) -> Self {
        Self { amount: amount.into(), currency: currency.into() }
    }

    /// Returns the amount of a record with its currency, if it has both.
    #[doc(hidden)]
    pub fn of_record(amount: Option<Decimal>, currency: Option<&str>) -> Option<Self> {
        Some(Self::new(amount?, currency.filter(|code| !code.is_empty())?))
    }

    /// Returns the amount.
    pub fn amount(&self) -> Decimal {
        self.amount
    }

    /// Returns the code of the currency, such as `EUR`.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Returns the exact sum.
    ///
    /// # Errors
    /// If the currencies differ, or the sum needs more than 28 digits.
    pub fn checked_add(&self, other: &Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::DifferentCurrencies(self.currency.clone(), other.currency.clone()));
        }
        self.with(self.amount.checked_add(other.amount))
    }

    /// Returns the exact difference.
    ///
    /// # Errors
    /// If the currencies differ, or the difference needs more than 28 digits.
    pub fn checked_sub(&self, other: &Money) -> Result<Money, MoneyError> {
        self.checked_add(&-other.clone())
    }

    /// Returns the exact product with a number, such as a quantity.
    ///
    /// # Errors
    /// If the product needs more than 28 digits.
    pub fn checked_mul(&self, factor: Decimal) -> Result<Money, MoneyError> {
        self.with(self.amount.checked_mul(factor))
    }

    /// Converts the amount to another currency: multiplies it by a rate, which is the price of one unit of this currency in
    /// the other. The result is exact and not rounded.
    ///
    /// # Errors
    /// If the result needs more than 28 digits.
    pub fn convert(&self, rate: Decimal, to: impl Into<String>) -> Result<Money, MoneyError> {
        Ok(Money { currency: to.into(), ..self.checked_mul(rate)? })
    }

    /// Returns the amount with at most this many digits after the decimal point, rounded half away from zero.
    #[must_use]
    pub fn round(self, decimals: u32) -> Money {
        Money { amount: self.amount.round(decimals), ..self }
    }

    fn with(&self, amount: Option<Decimal>) -> Result<Money, MoneyError> {
        amount.map(|amount| Money { amount, currency: self.currency.clone() }).ok_or(MoneyError::TooManyDigits)
    }
}

impl Neg for Money {
    type Output = Money;

    fn neg(self) -> Money {
        Money { amount: -self.amount, ..self }
    }
}

/// Amounts of different currencies are neither equal nor more or less than each other.
impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Money) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.amount.cmp(&other.amount))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = match f.precision() {
            Some(decimals) => format!("{:.decimals$}", self.amount),
            None => self.amount.to_string(),
        };
        // The sign and the width concern the whole, which `pad_integral` treats as a number.
        let is_nonnegative = !amount.starts_with('-');
        f.pad_integral(is_nonnegative, "", &format!("{} {}", amount.trim_start_matches('-'), self.currency))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The error of arithmetic with [`Money`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MoneyError {
    /// The amounts are in different currencies, which are named by their codes.
    DifferentCurrencies(String, String),
    /// The exact result needs more than 28 digits.
    TooManyDigits,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DifferentCurrencies(one, other) => {
                write!(f, "amounts in {one} and {other} cannot be combined without a rate: use `Money::convert`")
            }
            Self::TooManyDigits => f.write_str("the exact result needs more than 28 digits"),
        }
    }
}

impl std::error::Error for MoneyError {}
