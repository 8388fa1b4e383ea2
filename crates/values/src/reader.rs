//! [`Reader`]: reads JSON text, value by value.
//!
//! It is concrete where serde is generic: a type asks for the value it needs, and the reader checks the grammar as it
//! goes. It accepts exactly the texts that `serde_json` accepts, keeps the digits of numbers, and knows where it stands
//! when a value does not fit.

use std::borrow::Cow;
use std::fmt;

use crate::decimal::{Decimal, ParseDecimalError};
use crate::read_error::ReadJsonError;

/// How deep values may be nested, as in `serde_json`.
const MAX_DEPTH: u32 = 127;

/// The number of fields that a type may have.
pub const MAX_FIELDS: usize = 256;

/// The names of the fields of a type, at most [`MAX_FIELDS`].
pub type Fields = &'static [&'static str];

/// The names for an object whose keys are data.
pub const NO_FIELDS: Fields = &[];

/// Reads JSON text, value by value.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    orders: Vec<FieldOrder>,
}

/// The order in which the fields of a type came last. Records of a list have the same order, so that the next key is
/// compared with one name instead of all.
struct FieldOrder {
    fields: Fields,
    /// For each field, by index + 1, the index of the field that followed; for 0, the index of the first field.
    next: Box<[u16]>,
}

/// A place in the text to return to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Returns a reader at the start of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, orders: Vec::new() }
    }

    /// Returns the byte at which the next value, bracket or comma begins, or 0 at the end of the text.
    #[inline]
    pub fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                Some(byte) => return *byte,
                None => return 0,
            }
        }
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    /// Reads `null` if it stands here.
    ///
    /// # Errors
    /// If the word is not `null`.
    #[inline]
    pub fn null(&mut self) -> Result<bool, ReadJsonError> {
        if self.peek() != b'n' {
            return Ok(false);
        }
        self.word("null")?;
        Ok(true)
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// If something else stands here.
    pub fn boolean(&mut self) -> Result<bool, ReadJsonError> {
        match self.peek() {
            b't' => self.word("true").map(|()| true),
            b'f' => self.word("false").map(|()| false),
            _ => Err(self.unexpected("a boolean")),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), ReadJsonError> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.syntax("expected ident"));
        }
        self.at += word.len();
        Ok(())
    }

    /// Reads a string. It is borrowed from the text unless it contains escapes.
    ///
    /// # Errors
    /// If something else stands here, or the string is not valid.
    #[inline]
    pub fn string(&mut self) -> Result<Cow<'a, str>, ReadJsonError> {
        if self.peek() != b'"' {
            return Err(self.unexpected("a string"));
        }
        let start = self.at + 1;
        let end = string_end(self.text.as_bytes(), start);
        match self.text.as_bytes().get(end) {
            Some(b'"') => {
                self.at = end + 1;
                Ok(Cow::Borrowed(&self.text[start..end]))
            }
            Some(b'\\') => self.escaped_string(start).map(Cow::Owned),
            _ => Err(self.bad_string(end)),
        }
    }

    #[cold]
    fn escaped_string(&mut self, start: usize) -> Result<String, ReadJsonError> {
        let bytes = self.text.as_bytes();
        let mut end = start;
        loop {
            end = string_end(bytes, end);
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                _ => return Err(self.bad_string(end)),
            }
        }
        let literal = self.text.get(start - 1..=end).unwrap_or_default();
        let string = serde_json::from_str(literal);
        self.at = end + 1;
        string.map_err(|error| {
            let text = error.to_string();
            self.syntax(text.rfind(" at line ").map_or(&*text, |end| &text[..end]))
        })
    }

    #[cold]
    fn bad_string(&mut self, end: usize) -> ReadJsonError {
        self.at = end.min(self.text.len());
        if self.at == self.text.len() {
            return self.syntax("EOF while parsing a string");
        }
        self.syntax("control character (\\u0000-\\u001F) found while parsing a string")
    }

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

    /// Begins a list, or returns `None` for null.
    ///
    /// # Errors
    /// If something else stands here, or the nesting is too deep.
    pub fn list(&mut self) -> Result<Option<List>, ReadJsonError> {
        if self.null()? {
            return Ok(None);
        }
        if self.peek() != b'[' {
            return Err(self.unexpected("a list"));
        }
        self.descend()?;
        Ok(Some(List { items: 0 }))
    }

    /// Moves to the next item of a list; returns `false` at its end.
    ///
    /// # Errors
    /// If neither stands here.
    #[inline]
    pub fn item(&mut self, list: &mut List) -> Result<bool, ReadJsonError> {
        match self.peek() {
            b']' => return Ok(self.ascend()),
            b',' if list.items > 0 => {
                self.at += 1;
                if self.peek() == b']' {
                    return Err(self.syntax("trailing comma"));
                }
            }
            _ if list.items == 0 => {}
            0 if self.at == self.text.len() => return Err(self.syntax("EOF while parsing a list")),
            _ => return Err(self.syntax("expected `,` or `]`")),
        }
        list.items += 1;
        Ok(true)
    }

    /// Begins an object whose fields have these names, or returns `None` for null.
    ///
    /// # Errors
    /// If something else stands here, or the nesting is too deep. `expected` describes the object.
    pub fn object(&mut self, fields: Fields, expected: &str) -> Result<Option<Object<'a>>, ReadJsonError> {
        if self.null()? {
            return Ok(None);
        }
        if self.peek() != b'{' {
            return Err(self.unexpected(expected));
        }
        self.descend()?;
        let order = self.order(fields);
        Ok(Some(Object { fields, order, place: 0, is_first: true, seen: [0; MAX_FIELDS / 64], key: Cow::Borrowed("") }))
    }

    /// Returns the index of the order in which these fields came last.
    fn order(&mut self, fields: Fields) -> usize {
        let known = self.orders.iter().position(|order| std::ptr::eq(order.fields, fields));
        known.unwrap_or_else(|| {
            let next = (0..=fields.len()).map(|index| u16::try_from(index).unwrap_or(u16::MAX)).collect();
            self.orders.push(FieldOrder { fields, next });
            self.orders.len() - 1
        })
    }

    /// Moves to the value of the next key of an object, or returns `None` at its end.
    ///
    /// # Errors
    /// If neither stands here, or the key names a field that was there before.
    #[inline]
    pub fn key(&mut self, object: &mut Object<'a>) -> Result<Option<Key>, ReadJsonError> {
        match self.peek() {
            b'}' => {
                self.ascend();
                return Ok(None);
            }
            b',' if !object.is_first => {
                self.at += 1;
                if self.peek() == b'}' {
                    return Err(self.syntax("trailing comma"));
                }
            }
            _ if object.is_first => {}
            0 if self.at == self.text.len() => return Err(self.syntax("EOF while parsing an object")),
            _ => return Err(self.syntax("expected `,` or `}`")),
        }
        object.is_first = false;
        let key = self.key_name(object)?;
        if !self.eat(b':') {
            let at_end = self.at == self.text.len();
            return Err(self.syntax(if at_end { "EOF while parsing an object" } else { "expected `:`" }));
        }
        Ok(Some(key))
    }

    #[inline]
    fn key_name(&mut self, object: &mut Object<'a>) -> Result<Key, ReadJsonError> {
        if self.peek() != b'"' {
            let at_end = self.at == self.text.len();
            return Err(self.syntax(if at_end { "EOF while parsing an object" } else { "key must be a string" }));
        }
        let guess = self.expected(object).map_or(usize::MAX, |next| usize::from(*next));
        let start = self.at + 1;
        let index = match object.fields.get(guess) {
            Some(name) if is_key(&self.text.as_bytes()[start..], name) => {
                self.at = start + name.len() + 1;
                guess
            }
            _ => {
                let name = self.string()?;
                let Some(index) = object.fields.iter().position(|field| *field == name) else {
                    object.key = name;
                    return Ok(Key::Other);
                };
                if let (Some(next), Ok(index)) = (self.expected(object), u16::try_from(index)) {
                    *next = index;
                }
                index
            }
        };
        object.place = index + 1;
        let (word, bit) = (&mut object.seen[index / 64], 1 << (index % 64));
        if *word & bit != 0 {
            return Err(self.error("appears twice in one object").at_key(object.fields[index]));
        }
        *word |= bit;
        Ok(Key::Field(index))
    }

    /// The index of the field that followed last time.
    #[inline]
    fn expected(&mut self, object: &Object<'a>) -> Option<&mut u16> {
        self.orders.get_mut(object.order)?.next.get_mut(object.place)
    }

    fn descend(&mut self) -> Result<(), ReadJsonError> {
        self.at += 1;
        if self.depth == MAX_DEPTH {
            return Err(self.syntax("recursion limit exceeded"));
        }
        self.depth += 1;
        Ok(())
    }

    /// Leaves a list or an object. Returns `false`, as there is no further item.
    fn ascend(&mut self) -> bool {
        self.at += 1;
        self.depth = self.depth.saturating_sub(1);
        false
    }

    /// Reads any value, and returns its text.
    ///
    /// # Errors
    /// If no JSON value stands here.
    pub fn raw(&mut self) -> Result<&'a str, ReadJsonError> {
        self.peek();
        let start = self.at;
        self.skip()?;
        Ok(&self.text[start..self.at])
    }

    /// Reads any value, and drops it.
    ///
    /// # Errors
    /// If no JSON value stands here.
    pub fn skip(&mut self) -> Result<(), ReadJsonError> {
        match self.peek() {
            b'"' => drop(self.string()?),
            b'{' => {
                if let Some(mut object) = self.object(NO_FIELDS, "an object")? {
                    while self.key(&mut object)?.is_some() {
                        self.skip()?;
                    }
                }
            }
            b'[' => {
                if let Some(mut list) = self.list()? {
                    while self.item(&mut list)? {
                        self.skip()?;
                    }
                }
            }
            b't' | b'f' => drop(self.boolean()?),
            b'n' => self.word("null")?,
            b'-' | b'0'..=b'9' => drop(self.number()?),
            _ if self.at == self.text.len() => return Err(self.syntax("EOF while parsing a value")),
            _ => return Err(self.syntax("expected value")),
        }
        Ok(())
    }

    /// Returns the text of the value at a mark, found by its brackets and quotes alone, and continues behind it.
    ///
    /// It need not be valid JSON: this is how a list goes on after an item that is not.
    pub fn cut(&mut self, mark: Mark) -> &'a str {
        self.back(mark);
        self.peek();
        let (bytes, start, mut depth) = (self.text.as_bytes(), self.at, 0_u64);
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'"' => self.at = closing_quote(bytes, self.at + 1),
                b'{' | b'[' => depth += 1,
                b'}' | b']' | b',' if depth == 0 => break,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at = bytes.len().min(self.at + 1);
            if depth == 0 && matches!(byte, b'}' | b']') {
                break;
            }
        }
        self.text.get(start..self.at).unwrap_or_default().trim_end()
    }

    /// Checks that nothing follows but whitespace.
    ///
    /// # Errors
    /// If something follows.
    pub fn end(&mut self) -> Result<(), ReadJsonError> {
        self.peek();
        if self.at == self.text.len() { Ok(()) } else { Err(self.syntax("trailing characters")) }
    }

    /// Returns the present place.
    pub fn mark(&self) -> Mark {
        Mark { at: self.at, depth: self.depth }
    }

    /// Returns to an earlier place.
    pub fn back(&mut self, mark: Mark) {
        self.at = mark.at;
        self.depth = mark.depth;
    }

    /// Returns an error for the value that was read last.
    #[cold]
    pub fn error(&self, reason: impl Into<String>) -> ReadJsonError {
        ReadJsonError::new(reason.into(), self.at)
    }

    #[cold]
    fn syntax(&self, reason: &str) -> ReadJsonError {
        self.error(reason)
    }

    /// Returns the error for a value of the wrong type. The value is read, so that the error is behind it.
    #[cold]
    pub fn unexpected(&mut self, expected: &str) -> ReadJsonError {
        match self.raw() {
            Ok(text) => self.error(format!("invalid type: {}, expected {expected}", found(text))),
            Err(error) => error,
        }
    }
}

/// Describes a value for an error message.
fn found(text: &str) -> String {
    const LONGEST: usize = 400;
    let start: String = text.chars().take(LONGEST).collect();
    match text.as_bytes().first() {
        Some(b'"') => format!("string {start}"),
        Some(b'{') => "map".to_owned(),
        Some(b'[') => "sequence".to_owned(),
        Some(b'n') => "null".to_owned(),
        Some(b't' | b'f') => format!("boolean `{start}`"),
        _ if text.contains(['.', 'e', 'E']) => format!("floating point `{start}`"),
        _ => format!("integer `{start}`"),
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("at", &self.at).finish_non_exhaustive()
    }
}

/// A list that is being read.
#[derive(Debug)]
pub struct List {
    items: usize,
}

impl List {
    /// Returns the index of the present item.
    pub fn index(&self) -> usize {
        self.items.saturating_sub(1)
    }
}

/// The key that a value belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A field, by its index.
    Field(usize),
    /// A key that names no field: see [`Object::take_key`].
    Other,
}

/// An object that is being read.
#[derive(Debug)]
pub struct Object<'a> {
    fields: Fields,
    /// The index of the order in which the fields came last.
    order: usize,
    /// The place in that order: 0 at first, then the index of the last field + 1.
    place: usize,
    is_first: bool,
    /// A bit for each field.
    seen: [u64; MAX_FIELDS / 64],
    /// The last key that names no field.
    key: Cow<'a, str>,
}

impl<'a> Object<'a> {
    /// Adds the name of a field to the path of an error.
    #[cold]
    pub fn locate(&self, key: Key, error: ReadJsonError) -> ReadJsonError {
        match key {
            Key::Field(index) => error.at_key(self.fields.get(index).copied().unwrap_or_default()),
            Key::Other => error,
        }
    }

    /// Returns the last key that names no field.
    pub fn take_key(&mut self) -> Cow<'a, str> {
        std::mem::take(&mut self.key)
    }
}

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
            // `rust_decimal` keeps the sign of a zero, which comes from the text alone.
            (Some(digits), Ok(scale)) if digits != 0 => Ok(Decimal::new(digits, scale)),
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

/// Returns `true` if a text behind a quote is this key and the closing quote.
#[inline]
fn is_key(text: &[u8], key: &str) -> bool {
    text.get(key.len()) == Some(&b'"') && text.starts_with(key.as_bytes())
}

/// Returns the index of the first quote, backslash or control character.
#[inline]
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // A byte of `word ^ byte` is zero where the byte stands; the classic test for a zero byte finds the first one.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (zeros(word ^ (ONES * 0x22)) | zeros(word ^ (ONES * 0x5c)) | control) & HIGHS;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            break;
        }
        at += 1;
    }
    at
}

/// Returns the index of the quote that closes a string, or the end of the text.
fn closing_quote(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}
