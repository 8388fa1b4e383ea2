//! [`Decimal`]: money, quantities, rates and percentages, exact to the digit.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::raw::{RAW_TOKEN, raw_text, serialize_number};

/// An exact decimal number of up to 28 significant digits.
///
/// Every amount, quantity, rate and percentage of the API has this type. It is read digit by digit from a JSON number or
/// a string (the server sends both), and written as a JSON number with the same digits: `0.10` stays `0.10`. A number
/// that does not fit is an error and is never rounded. The documentation of each field names the currency.
///
/// ```
/// use campfire_values::Decimal;
///
/// let price: Decimal = "12345678901234567.89".parse()?;
/// assert_eq!(serde_json::to_string(&price).unwrap(), "12345678901234567.89");
/// assert_eq!(serde_json::from_str::<Decimal>("\"0.10\"").unwrap().to_string(), "0.10");
/// assert_eq!(price.checked_add(Decimal::new(11, 2)).unwrap().to_string(), "12345678901234568.00");
/// # Ok::<(), campfire_values::ParseDecimalError>(())
/// ```
///
/// There is no conversion from `f64`, which cannot represent cents. For arithmetic beyond sums and products, convert to
/// and from the [`rust_decimal`](https://docs.rs/rust_decimal) crate's type.
///
/// `serde_json::to_value` turns the number into an `f64`, as it does with every number. Serialize to text (`to_string`,
/// `to_vec`) or use [`Json`](crate::Json) to keep the digits.
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
        let product = self.0.checked_mul(other.0)?;
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
        Decimal(-self.0)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
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

/// Parses up to 18 digits, which fit an `i64`, without sign of a zero and without exponent: nearly all numbers.
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
    if number == 0 || (fraction_at.is_some() && scale == 0) {
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
    let mut number = rust_decimal::Decimal::from_str_exact(mantissa).map_err(|_| TOO_LONG)?;
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

/// Converts a float that another deserializer has already made of the text. Up to 15 digits the float still identifies
/// the decimal that it came from; longer ones are rejected.
pub(crate) fn from_f64<E: de::Error>(value: f64) -> Result<Decimal, E> {
    let text = value.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count() - usize::from(value.abs() < 1.0);
    if !value.is_finite() || digits > 15 {
        return Err(E::custom(format_args!(
            "the number {text} went through binary floating point and may have lost digits; decode from JSON text"
        )));
    }
    text.parse().map_err(E::custom)
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_number(&self.0.to_string(), serializer)
    }
}

impl<'de> de::Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW_TOKEN, DecimalVisitor)
    }
}

struct DecimalVisitor;

impl<'de> Visitor<'de> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Decimal::EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Decimal, A::Error> {
        match raw_text(&mut map)? {
            Ok(text) => from_raw(&text).map_err(Raw::into_error),
            Err(_) => Err(de::Error::invalid_type(de::Unexpected::Map, &self)),
        }
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Decimal, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
        text.trim().parse().map_err(E::custom)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Decimal, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Decimal, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Decimal, E> {
        from_f64(value)
    }
}

enum Raw {
    Text(ParseDecimalError),
    Other(de::Unexpected<'static>),
}

impl Raw {
    fn into_error<E: de::Error>(self) -> E {
        match self {
            Raw::Other(unexpected) => E::invalid_type(unexpected, &DecimalVisitor),
            Raw::Text(error) => E::custom(error),
        }
    }
}

/// Reads a decimal from the text of one JSON value.
fn from_raw(text: &str) -> Result<Decimal, Raw> {
    let text = text.trim();
    match text.as_bytes().first() {
        Some(b'"') => {
            // Escapes in a number are odd but legal; only they need a copy.
            let unescaped: std::borrow::Cow<'_, str> = if text.contains('\\') {
                serde_json::from_str::<String>(text).map_err(|_| Raw::Other(de::Unexpected::Other("string")))?.into()
            } else {
                text.trim_matches('"').into()
            };
            unescaped.trim().parse().map_err(Raw::Text)
        }
        Some(b'{') => Err(Raw::Other(de::Unexpected::Map)),
        Some(b'[') => Err(Raw::Other(de::Unexpected::Seq)),
        Some(b'n') => Err(Raw::Other(de::Unexpected::Unit)),
        Some(b't') => Err(Raw::Other(de::Unexpected::Bool(true))),
        Some(b'f') => Err(Raw::Other(de::Unexpected::Bool(false))),
        _ => text.parse().map_err(Raw::Text),
    }
}
