//! [`Number`]: reads numbers, each digit once.

use super::tokens::Reader;
use crate::decimal::{Decimal, ParseDecimalError};
use crate::read_error::ReadJsonError;

/// A number as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Number<'a> {
    text: &'a str,
    mantissa: u64,
    scale: usize,
    /// There is no exponent, and the digits fit the mantissa.
    is_short: bool,
}

impl<'a> Number<'a> {
    /// So many digits fit an `i64`.
    const SHORT: usize = 18;

    /// Returns its text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Returns the exact decimal.
    ///
    /// # Errors
    /// If it has more than 28 significant digits.
    pub fn decimal(&self) -> Result<Decimal, ParseDecimalError> {
        match (self.short(), u32::try_from(self.scale)) {
            (Some(digits), Ok(scale)) => Ok(Decimal::new(digits, scale)),
            _ => self.text.parse(),
        }
    }

    /// Returns the integer, or `None` if it has a fraction or does not fit 64 bits.
    pub fn integer(&self) -> Option<i64> {
        match self.short() {
            Some(digits) if self.scale == 0 => Some(digits),
            _ => self.text.parse().ok().or_else(|| self.decimal().ok()?.to_i64()),
        }
    }

    /// Returns the digits as an integer, if they fit.
    fn short(&self) -> Option<i64> {
        let digits = i64::try_from(self.mantissa).ok().filter(|_| self.is_short)?;
        Some(if self.text.starts_with('-') { -digits } else { digits })
    }
}

impl<'a> Reader<'a> {
    /// Reads a number.
    ///
    /// # Errors
    /// If something else stands here.
    pub fn number(&mut self) -> Result<Number<'a>, ReadJsonError> {
        if !matches!(self.peek(), b'-' | b'0'..=b'9') {
            return Err(self.unexpected("a number"));
        }
        let start = self.at;
        self.at += usize::from(self.looks_at(b'-'));
        let (whole, mut mantissa) = (self.at, 0);
        let has_leading_zero = self.looks_at(b'0');
        let mut digits = self.digits(&mut mantissa)?;
        if has_leading_zero && digits > 1 {
            self.at = whole + 1;
            return Err(self.syntax("invalid number"));
        }
        let mut scale = 0;
        if self.looks_at(b'.') {
            self.at += 1;
            scale = self.digits(&mut mantissa)?;
            digits += scale;
        }
        let has_exponent = self.looks_at(b'e') || self.looks_at(b'E');
        if has_exponent {
            self.at += 1;
            self.at += usize::from(self.looks_at(b'+') || self.looks_at(b'-'));
            self.digits(&mut 0)?;
        }
        let is_short = digits <= Number::SHORT && !has_exponent;
        Ok(Number { text: &self.text[start..self.at], mantissa, scale, is_short })
    }

    fn looks_at(&self, byte: u8) -> bool {
        self.text.as_bytes().get(self.at) == Some(&byte)
    }

    /// Reads digits, at least one, adds them to a number, and returns how many there were.
    #[inline]
    fn digits(&mut self, number: &mut u64) -> Result<usize, ReadJsonError> {
        let start = self.at;
        while let Some(digit) = self.text.as_bytes().get(self.at).map(|byte| byte.wrapping_sub(b'0'))
            && digit < 10
        {
            *number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
        if self.at == start {
            let at_end = self.at == self.text.len();
            return Err(self.syntax(if at_end { "EOF while parsing a value" } else { "invalid number" }));
        }
        Ok(self.at - start)
    }
}
