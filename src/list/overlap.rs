//! [`Overlap`]: where a page starts relative to the end of the page before, so that a list that moves can be followed.

/// How far back or ahead of the end of a page the next one starts.
///
/// Deletions move unread records toward the front, so pages share more records the faster others delete. Insertions move
/// records that were read into the next page. If they fill most of it, the page after that starts further ahead.
#[derive(Debug)]
pub(super) struct Overlap {
    /// The number of records that are read again.
    width: u64,
    /// The number of positions that are skipped because read records are expected there.
    lead: u64,
}

impl Overlap {
    /// The most pages to skip.
    const FURTHEST: u64 = 8;

    pub(super) fn new() -> Self {
        Self { width: 1, lead: 0 }
    }

    /// Returns how many records of a page of this size the next page shares. A page of one record leaves no room.
    pub(super) fn shared(&self, page: u64) -> u64 {
        self.width.min(page / 2)
    }

    pub(super) fn lead(&self) -> u64 {
        self.lead
    }

    /// A page did not start with a known record.
    pub(super) fn missed(&mut self) {
        if self.lead == 0 {
            self.width = self.width.saturating_mul(2);
        }
        self.lead = 0;
    }

    /// A page started with a known record. It shared this many records by plan, and `known` is the number of records up to
    /// the last known one.
    pub(super) fn followed(&mut self, shared: u64, known: u64, received: u64) {
        let inserted = (known + self.lead).saturating_sub(shared);
        let deleted = shared.saturating_sub(known + self.lead);
        // If the whole page was known there may be more behind; then this grows by a page each time.
        let is_worth_it = known > received / 2 && received > 2;
        self.lead = if is_worth_it { inserted.min(Self::FURTHEST.saturating_mul(received)) } else { 0 };
        if deleted.saturating_mul(2) < self.width {
            self.width = self.width.saturating_sub(1).max(1);
        } else {
            self.width = self.width.max(deleted.saturating_mul(2)).min(received / 2).max(1);
        }
    }
}
