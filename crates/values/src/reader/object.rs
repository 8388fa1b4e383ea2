//! [`Object`]: reads objects, whose fields mostly come in the order of the record before.

use std::borrow::Cow;

use super::order::{FieldOrder, Fields, MAX_FIELDS, is_readable, name};
use super::tokens::Reader;
use crate::read_error::ReadJsonError;

/// The reason of an error for a key that appears twice.
pub(crate) const TWICE: &str = "appears twice in one object";

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
            Key::Field(index) => error.at_key(self.fields.get(index).map_or("", |field| name(field))),
            Key::Other => error,
        }
    }

    /// Returns the name of the last field.
    pub(crate) fn last_field(&self) -> &'static str {
        self.fields.get(self.place.wrapping_sub(1)).map_or("", |field| name(field))
    }

    /// Returns the last key that names no field.
    pub fn take_key(&mut self) -> Cow<'a, str> {
        std::mem::take(&mut self.key)
    }
}

impl<'a> Reader<'a> {
    /// Begins an object that has these fields, or returns `None` for null.
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
            debug_assert!(is_readable(fields), "too many fields, or one that JSON escapes");
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
        if let Some(index) = self.expected_field(object) {
            return self.field(object, index).map(Some);
        }
        if !self.next_key(&mut object.is_first)? {
            return Ok(None);
        }
        let key = self.key_name(object)?;
        self.colon()?;
        Ok(Some(key))
    }

    /// Moves to the next key of an object; returns `false` at its end.
    ///
    /// # Errors
    /// If neither stands here.
    #[inline]
    pub(super) fn next_key(&mut self, is_first: &mut bool) -> Result<bool, ReadJsonError> {
        match self.peek() {
            b'}' => return Ok(self.ascend()),
            b',' if !*is_first => {
                self.at += 1;
                if self.peek() == b'}' {
                    return Err(self.syntax("trailing comma"));
                }
            }
            _ if *is_first => {}
            0 if self.at == self.text.len() => return Err(self.syntax("EOF while parsing an object")),
            _ => return Err(self.syntax("expected `,` or `}`")),
        }
        *is_first = false;
        if self.peek() != b'"' {
            let at_end = self.at == self.text.len();
            return Err(self.syntax(if at_end { "EOF while parsing an object" } else { "key must be a string" }));
        }
        Ok(true)
    }

    /// Reads the colon behind a key.
    #[inline]
    pub(super) fn colon(&mut self) -> Result<(), ReadJsonError> {
        if self.eat(b':') {
            return Ok(());
        }
        let at_end = self.at == self.text.len();
        Err(self.syntax(if at_end { "EOF while parsing an object" } else { "expected `:`" }))
    }

    /// Moves to the value of the field that followed last time, if it is there and nothing else is between the two.
    #[inline]
    fn expected_field(&mut self, object: &Object<'a>) -> Option<usize> {
        let index = usize::from(*self.expected(object)?);
        let field = object.fields.get(index)?.as_bytes();
        let field = if object.is_first { &field[1..] } else { field };
        let is_there = self.text.as_bytes().get(self.at..)?.starts_with(field);
        self.at += if is_there { field.len() } else { 0 };
        is_there.then_some(index)
    }

    fn key_name(&mut self, object: &mut Object<'a>) -> Result<Key, ReadJsonError> {
        let key = self.string()?;
        let Some(index) = object.fields.iter().position(|field| name(field) == key) else {
            object.key = key;
            return Ok(Key::Other);
        };
        if let (Some(next), Ok(index)) = (self.expected(object), u16::try_from(index)) {
            *next = index;
        }
        self.field(object, index)
    }

    /// Notes that an object has a field.
    ///
    /// # Errors
    /// If it was there before.
    #[inline]
    fn field(&mut self, object: &mut Object<'a>, index: usize) -> Result<Key, ReadJsonError> {
        (object.place, object.is_first) = (index + 1, false);
        let (word, bit) = (&mut object.seen[index / 64], 1 << (index % 64));
        if *word & bit != 0 {
            return Err(self.error(TWICE).at_key(name(object.fields[index])));
        }
        *word |= bit;
        Ok(Key::Field(index))
    }

    /// The index of the field that followed last time.
    #[inline]
    fn expected(&mut self, object: &Object<'a>) -> Option<&mut u16> {
        self.orders.get_mut(object.order)?.next.get_mut(object.place)
    }
}
