//! The options of the demo company.

/// A made-up company with a year of business.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Demo {
    pub(super) rows: usize,
    pub(super) seed: u64,
}

impl Default for Demo {
    fn default() -> Self {
        Demo { rows: 1_000, seed: 1 }
    }
}

impl Demo {
    /// Sets the minimum number of ledger lines, at least 10. A million is fine. Default: 1,000.
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows.max(10);
        self
    }

    /// Sets the seed. The same seed creates the same company on the same day. Default: 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}
