//! [`Memory`]: what the values of a text may take.
//!
//! A few bytes of JSON can become a large value: `{"a":0}` takes more than 500 bytes, and a record of a list takes as much
//! as its type, whatever is set. Only lists and maps are counted, because strings take no more than their text.

use std::collections::BTreeMap;

use super::tokens::Reader;
use crate::read_error::ReadJsonError;

/// How many times the size of its text the values of a text may take.
pub const EXPANSION: usize = 8;

/// Small texts may take this much in any case.
const LEAST: usize = 16 << 20;

/// The memory that is left for values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    left: usize,
    is_exhausted: bool,
}

impl Memory {
    pub(super) fn unlimited() -> Self {
        Self { left: usize::MAX, is_exhausted: false }
    }

    pub(super) fn for_text(text: &str) -> Self {
        Self { left: text.len().saturating_mul(EXPANSION).max(LEAST), is_exhausted: false }
    }
}

impl Reader<'_> {
    /// Returns `true` if a value failed because the text would take too much memory.
    pub fn is_exhausted(&self) -> bool {
        self.memory.is_exhausted
    }

    /// Adds an item to a list.
    ///
    /// # Errors
    /// If the values of the text would take too much memory.
    #[inline]
    pub fn push<T>(&mut self, items: &mut Vec<T>, item: T) -> Result<(), ReadJsonError> {
        let before = items.capacity();
        if items.len() == before {
            let more = before.max(4);
            // While the items move, they are there twice.
            self.claim((before + more).saturating_mul(size_of::<T>()))?;
            items.reserve_exact(more);
            self.memory.left = self.memory.left.saturating_add(before * size_of::<T>());
        }
        items.push(item);
        Ok(())
    }

    /// Adds an entry to a map that does not have its key yet.
    ///
    /// # Errors
    /// If the values of the text would take too much memory.
    pub fn insert<T>(&mut self, members: &mut BTreeMap<String, T>, key: String, value: T) -> Result<(), ReadJsonError> {
        // A node has room for 11 entries, and at least 5 of them are taken.
        const ROOM: usize = 11;
        const TAKEN: usize = 5;
        const LINKS: usize = 16 * size_of::<usize>();
        if members.len().is_multiple_of(TAKEN) {
            self.claim(ROOM * size_of::<(String, T)>() + LINKS)?;
        }
        members.insert(key, value);
        Ok(())
    }

    fn claim(&mut self, bytes: usize) -> Result<(), ReadJsonError> {
        match self.memory.left.checked_sub(bytes) {
            Some(left) => {
                self.memory.left = left;
                Ok(())
            }
            None => {
                self.memory.is_exhausted = true;
                Err(self
                    .error(format!("takes more than {EXPANSION} times the memory of its text: request less at a time")))
            }
        }
    }
}
