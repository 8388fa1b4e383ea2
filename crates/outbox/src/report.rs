//! [`Report`]: what became of the creates of a log.

use std::fmt;

use crate::intent::{Counts, Intent};
use crate::machine::Status;

/// How many entries of a kind are printed.
const SHOWN: usize = 20;

/// What became of the creates of a log.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// How many creates are in which stage.
    pub counts: Counts,
    /// The creates that were refused; the detail of each names the fields.
    pub refused: Vec<Intent>,
    /// The creates whose outcome is unknown: held for a decision, or claimed by a worker.
    pub open: Vec<Intent>,
    /// How many records existed already when the run began. `None` if the report is not that of a run.
    pub earlier: Option<u64>,
}

impl Report {
    /// Returns the number of records that the server confirmed.
    pub fn created(&self) -> u64 {
        self.counts.of(Status::Created)
    }

    /// Returns the number of records that were found in a list, after their response was lost.
    pub fn found(&self) -> u64 {
        self.counts.of(Status::Found)
    }

    /// Returns `true` if every record exists.
    pub fn is_complete(&self) -> bool {
        self.created() + self.found() == self.counts.total()
    }
}

/// Prints the counts, then what was refused and what is open, a line each.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = Status::ALL
            .iter()
            .map(|status| (self.counts.of(*status), status))
            .filter(|(count, _)| *count > 0)
            .map(|(count, status)| format!("{count} {status}"))
            .collect();
        f.write_str(&counts.join(", "))?;
        if let Some(earlier @ 1..) = self.earlier {
            let existing = self.created() + self.found();
            write!(f, " ({} in this run, {earlier} earlier)", existing.saturating_sub(earlier))?;
        }
        for intents in [&self.refused, &self.open] {
            for Intent { key, state, .. } in intents.iter().take(SHOWN) {
                write!(f, "\n  {key}: {}", state.status)?;
                state.detail.iter().try_for_each(|detail| write!(f, ": {detail}"))?;
            }
            if let Some(more @ 1..) = intents.len().checked_sub(SHOWN) {
                write!(f, "\n  and {more} more")?;
            }
        }
        Ok(())
    }
}
