//! [`Names`]: the names of the fields of records, and [`Place`]: where a field stands.

use std::collections::HashMap;
use std::ops::Range;

/// Where a field stands in the text of its record, without the quotes of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) name: u32,
    pub(super) name_end: u32,
    pub(super) value: u32,
    pub(super) end: u32,
}

impl Place {
    #[inline]
    pub(crate) fn name(self) -> Range<usize> {
        self.name as usize..self.name_end as usize
    }

    #[inline]
    pub(crate) fn value(self) -> Range<usize> {
        self.value as usize..self.end as usize
    }
}

/// The name of a field, with its quotes and as it is written.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) text: &'a str,
    pub(super) is_escaped: bool,
    pub(super) sum: u64,
}

/// The names that the fields of records have had, and their order. Records of a list mostly have the same names in the same order,
/// so that each is compared with one name, and need not be read.
pub(super) struct Names<'a> {
    pub(super) known: Vec<KnownName<'a>>,
    by_sum: HashMap<u64, usize>,
    /// The number of records that were read.
    pub(super) record: usize,
    /// Memory for the places of the fields of a record.
    pub(super) places: Vec<Place>,
}

pub(super) struct KnownName<'a> {
    pub(super) name: Name<'a>,
    /// The index of the name that followed when this one was new.
    next: usize,
    /// The number of the last record that had it.
    record: usize,
}

impl<'a> Names<'a> {
    /// The index of what is before the first field. No key begins with a brace.
    pub(super) const START: usize = 0;
    /// About what a name takes.
    pub(super) const SIZE: usize = 2 * (size_of::<KnownName<'_>>() + size_of::<(u64, usize)>());

    pub(super) fn new() -> Self {
        let start = Name { text: "{", is_escaped: false, sum: 0 };
        let known = vec![KnownName { name: start, next: Self::START, record: 0 }];
        Self { known, by_sum: HashMap::new(), record: 0, places: Vec::new() }
    }

    /// Returns the index of the name that a text begins with, if it is one of those expected behind another name: some fields may
    /// be missing.
    #[inline]
    pub(super) fn expected(&self, text: &[u8], before: usize) -> Option<usize> {
        const MISSING: usize = 3;
        let mut index = self.known[before].next;
        for _ in 0..=MISSING {
            if text.starts_with(self.known[index].name.text.as_bytes()) {
                return Some(index);
            }
            index = self.known[index].next;
        }
        None
    }

    /// Returns the index of a name that comes behind another.
    pub(super) fn add(&mut self, name: Name<'a>, before: usize) -> usize {
        let (new, next) = (self.known.len(), self.known[before].next);
        let index = *self.by_sum.entry(name.sum).or_insert(new);
        if index == new {
            self.known.push(KnownName { name, next, record: 0 });
        }
        self.known[before].next = index;
        index
    }

    /// Notes that the record has a name. Returns `true` if it had it before.
    pub(super) fn note(&mut self, index: usize) -> bool {
        std::mem::replace(&mut self.known[index].record, self.record) == self.record
    }
}
