//! [`Search`]: the search for records that were read before, which may have moved either way.

/// The offsets that were searched, and where to look next: one page toward the front, one toward the back, in turns.
#[derive(Debug)]
pub(super) struct Search {
    /// The range of offsets that was searched, without its end.
    looked: (u64, u64),
    /// The number of records that a page can hold.
    page: u64,
    towards_front: bool,
    /// The list ended on that side.
    front: bool,
    back: bool,
}

impl Search {
    pub(super) fn new(from: u64, page: u64) -> Self {
        Self { looked: (from, from), page, towards_front: false, front: false, back: false }
    }

    /// Returns the offset to look at after a page without known records, or `None` if the whole list was searched. `more`
    /// says if records follow the page.
    pub(super) fn elsewhere(&mut self, at: u64, received: u64, more: bool, floor: u64) -> Option<u64> {
        let end = at.saturating_add(received);
        self.page = self.page.max(received).max(1);
        self.front |= at <= floor;
        self.back |= !more && end >= self.looked.1;
        self.looked = (self.looked.0.min(at), self.looked.1.max(end));
        self.towards_front = !self.front && (!self.towards_front || self.back);
        if self.towards_front {
            return Some(self.looked.0.saturating_sub(self.page).max(floor));
        }
        (!self.back).then_some(self.looked.1)
    }
}
