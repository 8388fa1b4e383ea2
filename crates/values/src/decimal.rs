//! [`Decimal`]: money, quantities, rates and percentages, exact to the digit.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use rust_decimal::RoundingStrategy;

/// An exact decimal number of up to 28 significant digits.
///
/// Every amount, quantity, rate and percentage of the API has this type. It is read digit by digit from a JSON number or
/// a string (the server sends both), and written as a JSON number with the same digits: `0.10` stays `0.10`. A number
/// that does not fit is an error and is never rounded. The documentation of each field names the currency.
///
/// ```
/// # use campfire_values as campfire;
/// use campfire::Decimal;
///
/// let price: Decimal = "12345678901234567.89".parse()?;
/// assert_eq!(serde_json::to_string(&price).unwrap(), "12345678901234567.89");
/// assert_eq!(serde_json::from_str::<Decimal>("\"0.10\"").unwrap().to_string(), "0.10");
/// assert_eq!(price.checked_add(Decimal::new(11, 2)).unwrap().to_string(), "12345678901234568.00");
/// # Ok::<(), campfire_values::ParseDecimalError>(())
/// ```
///
/// There is no conversion from `f64`, which cannot represent cents. Arithmetic is exact: `+`, `-`, `sum()` and the
/// `checked_…` methods never round, and [`round`](Self::round) says how it does. For more, convert to and from the
/// [`rust_decimal`](https://docs.rs/rust_decimal) crate's type. The sign of a zero is not kept: `-0.00` is `0.00`.
///
/// Other serializers than that of JSON text have no numbers that keep every digit. With them (`serde_json::to_value`,
/// YAML, TOML, CSV, binary formats) a decimal becomes a number if that number gives back the same digits, and a string
/// otherwise (`0.10`). Reading accepts both.
///
/// Formatting with a precision rounds half away from zero: `{:.2}` makes `1.01` of `1.005`, and `-1.01` of `-1.005`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(rust_decimal::Decimal);

impl Decimal {
    pub(crate) const EXPECTED: &'static str = "a decimal number or a string that holds one";

    /// `0`
    pub const ZERO: Decimal = Decimal(rust_decimal::Decimal::ZERO);
    /// `1`
    pub const ONE: Decimal = Decimal(rust_decimal::Decimal::ONE);

    /// Returns `digits` divided by 10 to the power of `scale`: `Decimal::new(1999, 2)` is `19.99`.
    ///
    /// # Panics
    /// If `scale` is above 28.
    pub fn new(digits: i64, scale: u32) -> Self {
        Decimal(rust_decimal::Decimal::new(digits, scale))
    }

    /// Returns `true` if the number is zero.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Returns `true` if the number is below zero.
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }

    /// Returns the number as an integer, or `None` if it has a fraction or does not fit 64 bits.
    pub fn to_i64(self) -> Option<i64> {
        self.0.normalize().to_string().parse().ok()
    }

    /// Returns the number without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Decimal(self.0.abs())
    }

    /// Returns the number with at most this many digits after the decimal point, rounded half away from zero: `1.005`
    /// becomes `1.01`, and `-1.005` becomes `-1.01`.
    #[must_use]
    pub fn round(self, decimals: u32) -> Self {
        Decimal(self.0.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero))
    }

    /// Returns the number with at most this many digits after the decimal point, rounded half to even: `1.005` becomes
    /// `1.00`, and `1.015` becomes `1.02`.
    #[must_use]
    pub fn round_half_even(self, decimals: u32) -> Self {
        Decimal(self.0.round_dp_with_strategy(decimals, RoundingStrategy::MidpointNearestEven))
    }

    /// Returns the number of digits after the decimal point, including trailing zeros.
    pub fn scale(self) -> u32 {
        self.0.scale()
    }

    /// Returns the exact sum, or `None` if it needs more than 28 digits.
    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        let mut sum = self.0.checked_add(other.0)?;
        if self.is_zero() || other.is_zero() {
            // `rust_decimal` drops the scale of a zero operand, but 5 + 0.00 is 5.00.
            sum.rescale(self.scale().max(other.scale()));
        }
        (sum.scale() == self.scale().max(other.scale())).then_some(Decimal(sum))
    }

    /// Returns the exact difference, or `None` if it needs more than 28 digits.
    pub fn checked_sub(self, other: Decimal) -> Option<Decimal> {
        self.checked_add(-other)
    }

    /// Returns the exact product, or `None` if it needs more than 28 digits.
    pub fn checked_mul(self, other: Decimal) -> Option<Decimal> {
        let mut product = self.0.checked_mul(other.0)?;
        if self.is_zero() || other.is_zero() {
            // `rust_decimal` drops the scale of zero.
            product.rescale((self.scale() + other.scale()).min(28));
            return Some(Decimal(product));
        }
        (product.scale() == self.scale() + other.scale()).then_some(Decimal(product))
    }

    /// Returns the exact sum of all numbers, or `None` if it needs more than 28 digits.
    pub fn checked_sum(numbers: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
        numbers.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add)
    }
}

impl std::ops::Neg for Decimal {
    type Output = Decimal;

    fn neg(self) -> Decimal {
        if self.is_zero() { self } else { Decimal(-self.0) }
    }
}

/// # Panics
/// If the sum needs more than 28 digits, as sums of integers do when they overflow. [`Decimal::checked_add`] returns
/// `None` instead.
impl std::ops::Add for Decimal {
    type Output = Decimal;

    fn add(self, other: Decimal) -> Decimal {
        exact(self.checked_add(other))
    }
}

/// # Panics
/// If the difference needs more than 28 digits. [`Decimal::checked_sub`] returns `None` instead.
impl std::ops::Sub for Decimal {
    type Output = Decimal;

    fn sub(self, other: Decimal) -> Decimal {
        exact(self.checked_sub(other))
    }
}

/// # Panics
/// If the sum needs more than 28 digits.
impl std::ops::AddAssign for Decimal {
    fn add_assign(&mut self, other: Decimal) {
        *self = *self + other;
    }
}

/// # Panics
/// If the difference needs more than 28 digits.
impl std::ops::SubAssign for Decimal {
    fn sub_assign(&mut self, other: Decimal) {
        *self = *self - other;
    }
}

/// # Panics
/// If the sum needs more than 28 digits. [`Decimal::checked_sum`] returns `None` instead.
impl std::iter::Sum for Decimal {
    fn sum<I: Iterator<Item = Decimal>>(numbers: I) -> Decimal {
        exact(Decimal::checked_sum(numbers))
    }
}

/// Operators cannot return `None`, and a sum that is wrong is worse than none.
#[allow(clippy::panic)]
fn exact(result: Option<Decimal>) -> Decimal {
    match result {
        Some(decimal) => decimal,
        None => panic!("the result needs more than 28 digits: use the `checked_` method"),
    }
}

impl PartialEq<i64> for Decimal {
    fn eq(&self, other: &i64) -> bool {
        *self == Decimal::from(*other)
    }
}

impl PartialOrd<i64> for Decimal {
    fn partial_cmp(&self, other: &i64) -> Option<Ordering> {
        self.partial_cmp(&Decimal::from(*other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded =
            f.precision().and_then(|decimals| u32::try_from(decimals).ok()).map(|decimals| self.round(decimals));
        fmt::Display::fmt(&rounded.unwrap_or(*self).0, f)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

macro_rules! from_integers {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Decimal {
            fn from(value: $integer) -> Self {
                Decimal(value.into())
            }
        }
    )*};
}
from_integers!(i32 u32 i64 u64);

impl From<rust_decimal::Decimal> for Decimal {
    fn from(value: rust_decimal::Decimal) -> Self {
        Decimal(value)
    }
}

impl From<Decimal> for rust_decimal::Decimal {
    fn from(value: Decimal) -> Self {
        value.0
    }
}

/// The error for text that is not a decimal number, or is one that would have to be rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseDecimalError {
    text: String,
    reason: &'static str,
}

impl fmt::Display for ParseDecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.text, self.reason)
    }
}

impl std::error::Error for ParseDecimalError {}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// Parses `-12.50` and the exponent form `1.25e-3` exactly.
    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        if let Some(decimal) = parse_short(text.as_bytes()) {
            return Ok(decimal);
        }
        parse(text).map(Decimal).map_err(|reason| ParseDecimalError { text: text.chars().take(80).collect(), reason })
    }
}

const NOT_A_NUMBER: &str = "is not a decimal number";
const TOO_LONG: &str = "does not fit 28 digits and would have to be rounded";

/// Parses up to 18 digits, which fit an `i64`, without exponent: nearly all numbers.
fn parse_short(text: &[u8]) -> Option<Decimal> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.len() > 19 {
        return None;
    }
    let (mut number, mut count, mut fraction_at) = (0_i64, 0_u32, None);
    for byte in digits {
        match byte {
            b'0'..=b'9' if count < 18 => {
                number = number * 10 + i64::from(byte - b'0');
                count += 1;
            }
            b'.' if fraction_at.is_none() && count > 0 => fraction_at = Some(count),
            _ => return None,
        }
    }
    let scale = fraction_at.map_or(0, |whole| count - whole);
    if count == 0 || (fraction_at.is_some() && scale == 0) {
        return None;
    }
    Some(Decimal::new(if digits.len() < text.len() { -number } else { number }, scale))
}

fn parse(text: &str) -> Result<rust_decimal::Decimal, &'static str> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(NOT_A_NUMBER);
            }
            (mantissa, exponent.parse::<i32>().map_err(|_| TOO_LONG)?)
        }
        None => (text, 0),
    };
    let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    // `rust_decimal` also accepts underscores and `.5`, which the server never means.
    if !digits(whole) || !digits(fraction) {
        return Err(NOT_A_NUMBER);
    }
    let mut number = rust_decimal::Decimal::from_str_exact(shortest(mantissa)).map_err(|_| TOO_LONG)?;
    if number.is_zero() {
        number.set_sign_positive(true);
    }
    if exponent != 0 && number.is_zero() {
        return Ok(number);
    }
    let scale = i64::from(number.scale()) - i64::from(exponent);
    if scale >= 0 {
        let scale = u32::try_from(scale).ok().filter(|scale| *scale <= 28).ok_or(TOO_LONG)?;
        number.set_scale(scale).map_err(|_| TOO_LONG)?;
    } else {
        number.set_scale(0).map_err(|_| TOO_LONG)?;
        for _ in scale..0 {
            number = number.checked_mul(rust_decimal::Decimal::TEN).ok_or(TOO_LONG)?;
        }
    }
    Ok(number)
}

/// Drops zeros at the end of a fraction, as far as there are too many digits: they change nothing.
fn shortest(mantissa: &str) -> &str {
    const MOST: usize = 28;
    let Some(point) = mantissa.find('.') else { return mantissa };
    let mut end = mantissa.len();
    while end - point - 1 > MOST && mantissa.as_bytes()[end - 1] == b'0' {
        end -= 1;
    }
    &mantissa[..end]
}
