//! The options of the demo company.

/// A made-up company with a year of business.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Demo {
    pub(crate) rows: usize,
    pub(super) seed: u64,
}

impl Demo {
    /// The largest number of ledger lines that can be asked for; they take several gigabytes.
    pub const MAX_ROWS: usize = 5_000_000;
}

impl Default for Demo {
    fn default() -> Self {
        Demo { rows: 1_000, seed: 1 }
    }
}

impl Demo {
    /// Sets the minimum number of ledger lines, from 10 to five million. Default: 1,000.
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
