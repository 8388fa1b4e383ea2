//! [`Reader`]: words, strings, lists, and whatever is skipped.

use std::borrow::Cow;
use std::fmt;

use super::memory::Memory;
use super::names::Names;
use super::order::{FieldOrder, NO_FIELDS};
use super::scan::{closing_quote, string_end};
use crate::read_error::ReadJsonError;

/// How deep values may be nested, as in `serde_json`.
const MAX_DEPTH: u32 = 127;

/// Reads JSON text, value by value.
pub struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    depth: u32,
    pub(super) orders: Vec<FieldOrder>,
    /// The names of the fields of records that are read as text.
    pub(super) names: Option<Box<Names<'a>>>,
    pub(super) memory: Memory,
}

/// A place in the text to return to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    at: usize,
    depth: u32,
    memory: Memory,
}

impl<'a> Reader<'a> {
    /// Returns a reader at the start of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, orders: Vec::new(), names: None, memory: Memory::unlimited() }
    }

    /// Returns a reader of a text from somebody who cannot be trusted: values take at most
    /// [`EXPANSION`](super::EXPANSION) times the memory of the text.
    pub fn bounded(text: &'a str) -> Self {
        Self { memory: Memory::for_text(text), ..Self::new(text) }
    }

    /// Returns a reader of a part of the text, whose values count as values of the text.
    pub fn part(&self, text: &'a str) -> Self {
        Self { memory: self.memory, ..Self::new(text) }
    }

    /// Counts what was read from a [`part`](Self::part).
    pub fn count(&mut self, part: &Reader<'_>) {
        self.memory = part.memory;
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
    pub(super) fn eat(&mut self, byte: u8) -> bool {
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

    #[inline]
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

    pub(super) fn descend(&mut self) -> Result<(), ReadJsonError> {
        self.at += 1;
        if self.depth == MAX_DEPTH {
            return Err(self.syntax("recursion limit exceeded"));
        }
        self.depth += 1;
        Ok(())
    }

    /// Leaves a list or an object. Returns `false`, as there is no further item.
    pub(super) fn ascend(&mut self) -> bool {
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
        Mark { at: self.at, depth: self.depth, memory: self.memory }
    }

    /// Returns to an earlier place. The values that were read since must have been dropped.
    pub fn back(&mut self, mark: Mark) {
        (self.at, self.depth, self.memory) = (mark.at, mark.depth, mark.memory);
    }

    /// Returns an error for the value that was read last.
    #[cold]
    pub fn error(&self, reason: impl Into<String>) -> ReadJsonError {
        ReadJsonError::new(reason.into(), self.at)
    }

    #[cold]
    pub(super) fn syntax(&self, reason: &str) -> ReadJsonError {
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
