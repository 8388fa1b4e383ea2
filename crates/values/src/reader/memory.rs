//! [`Memory`]: what the values of a text may take.
//!
//! A few bytes of JSON can become a large value: `{"a":0}` takes more than 500 bytes, and a record of a list takes as much
//! as its type, whatever is set. Only lists and maps are counted, because strings take no more than their text.

/// How many times the size of its text the values of a text may take.
pub const EXPANSION: usize = 8;

/// Small texts may take this much in any case: a list of ten thousand records that have nothing but a name is no attack.
const LEAST: usize = 64 << 20;

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

    pub(super) fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// Takes memory. Returns `false` if there is not enough left.
    #[must_use]
    pub(super) fn claim(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => self.is_exhausted = true,
        }
        !self.is_exhausted
    }

    /// Gives memory back.
    pub(super) fn release(&mut self, bytes: usize) {
        self.left = self.left.saturating_add(bytes);
    }
}
