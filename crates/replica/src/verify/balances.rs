//! [`Balances`]: the sums of a copy of the ledger.

use std::collections::BTreeMap;

use campfire::Json;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::sums::Sides;
use crate::error::Error;

/// The balances of a copy of the ledger: the sums of its lines by account.
///
/// [`Report`](super::report::Report) has those of a copy. Saved and handed to [`Carry`](super::carry::Carry), they lead to the
/// balances that the copy should have after the next run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balances {
    /// Sums by account.
    accounts: BTreeMap<i64, Sides>,
    /// The sums of the lines without an account.
    unassigned: Sides,
    /// The number of lines.
    lines: u64,
}

impl Balances {
    /// Returns the sums of an account, or of the lines without one.
    pub fn account(&self, account: Option<i64>) -> Sides {
        match account {
            Some(account) => self.accounts.get(&account).copied().unwrap_or_default(),
            None => self.unassigned,
        }
    }

    /// Returns the accounts that have lines.
    pub fn accounts(&self) -> impl Iterator<Item = i64> {
        self.accounts.keys().copied()
    }

    /// Returns the number of lines.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Records that a line was written to the copy (`before` is `None`), replaced, or deleted (`after` is `None`). Both are
    /// records of the table `transactions`.
    ///
    /// # Errors
    /// If a record is not a ledger line, or if more lines are deleted than there are.
    pub fn replace(&mut self, before: Option<&Json>, after: Option<&Json>) -> Result<(), Error> {
        if let Some(line) = before {
            self.remove(&Line::read(line)?)?;
        }
        if let Some(line) = after {
            self.insert(&Line::read(line)?)?;
        }
        Ok(())
    }

    pub(super) fn insert(&mut self, line: &Line) -> Result<(), Error> {
        let sum = self.slot(line.account);
        *sum = sum.plus(line.sides())?;
        self.lines += 1;
        Ok(())
    }

    fn remove(&mut self, line: &Line) -> Result<(), Error> {
        let sum = self.slot(line.account);
        *sum = sum.minus(line.sides())?;
        let lines = self.lines.checked_sub(1);
        self.lines = lines.ok_or_else(|| Error::copy("more ledger lines were deleted than the balances have"))?;
        Ok(())
    }

    fn slot(&mut self, account: Option<i64>) -> &mut Sides {
        match account {
            Some(account) => self.accounts.entry(account).or_default(),
            None => &mut self.unassigned,
        }
    }
}
