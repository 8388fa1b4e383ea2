//! Collects values into lists and maps, within the memory that the text may take.

use std::collections::BTreeMap;

use super::memory::EXPANSION;
use super::tokens::Reader;
use crate::read_error::ReadJsonError;

/// Returns the number of items that a list makes room for at first. Most lists are short, and those of a record take more memory than
/// the rest of it.
const fn first_room(size: usize) -> usize {
    match size {
        0..=64 => 4,
        65..=128 => 2,
        _ => 1,
    }
}

impl Reader<'_> {
    /// Returns `true` if a value failed because the text would take too much memory.
    pub fn is_exhausted(&self) -> bool {
        self.memory.is_exhausted()
    }

    /// Adds an item to a list.
    ///
    /// # Errors
    /// If the values of the text would take too much memory.
    #[inline]
    pub fn push<T>(&mut self, items: &mut Vec<T>, item: T) -> Result<(), ReadJsonError> {
        let before = items.capacity();
        if items.len() == before {
            let more = before.max(const { first_room(size_of::<T>()) });
            // While the items move, they are there twice.
            self.claim((before + more).saturating_mul(size_of::<T>()))?;
            items.reserve_exact(more);
            self.memory.release(before * size_of::<T>());
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

    /// Counts memory that a value takes.
    pub(super) fn claim(&mut self, bytes: usize) -> Result<(), ReadJsonError> {
        if self.memory.claim(bytes) {
            return Ok(());
        }
        Err(self.error(format!("takes more than {EXPANSION} times the memory of its text: request less at a time")))
    }
}
