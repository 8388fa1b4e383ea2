//! [`Balances`]: sums of ledger lines.

use std::collections::BTreeMap;

use campfire::{Decimal, Json};
use serde::{Deserialize, Serialize};

use super::line::Line;
use crate::error::Error;

/// Debits and credits of ledger lines, in the currency of the root entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// The sum of the debits.
    pub debits: Decimal,
    /// The sum of the credits.
    pub credits: Decimal,
}

impl Sides {
    /// Returns the sides of a line.
    pub(super) fn of(line: &Line) -> Self {
        Sides { debits: line.debit.consolidated, credits: line.credit.consolidated }
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, Error> {
        Ok(Sides { debits: add(self.debits, other.debits)?, credits: add(self.credits, other.credits)? })
    }

    pub(super) fn minus(self, other: Self) -> Result<Self, Error> {
        self.plus(Sides { debits: -other.debits, credits: -other.credits })
    }

    /// Returns debits minus credits.
    pub(super) fn net(self) -> Result<Decimal, Error> {
        add(self.debits, -self.credits)
    }

    pub(super) fn is_zero(self) -> bool {
        self.debits.is_zero() && self.credits.is_zero()
    }

    /// Returns `true` if the sides are those of a statement: see [`agree`].
    pub(super) fn agree(self, statement: Self) -> bool {
        agree(self.debits, statement.debits) && agree(self.credits, statement.credits)
    }
}

/// Sums by account.
pub(super) type Totals = BTreeMap<i64, Sides>;

/// Returns the sums of an account.
pub(super) fn sum_of(totals: &Totals, account: i64) -> Sides {
    totals.get(&account).copied().unwrap_or_default()
}

/// Returns `true` if an exact sum is that of a statement, whose amounts may carry the noise of binary floating point: they
/// differ by less than half a cent.
pub(super) fn agree(sum: Decimal, statement: Decimal) -> bool {
    sum.checked_sub(statement).is_some_and(|difference| difference.abs() < Decimal::new(5, 3))
}

/// Adds exactly.
pub(super) fn add(one: Decimal, other: Decimal) -> Result<Decimal, Error> {
    one.checked_add(other).ok_or_else(|| Error::copy("a sum of ledger lines needs more than 28 digits"))
}

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
        *sum = sum.plus(Sides::of(line))?;
        self.lines += 1;
        Ok(())
    }

    fn remove(&mut self, line: &Line) -> Result<(), Error> {
        let sum = self.slot(line.account);
        *sum = sum.minus(Sides::of(line))?;
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
