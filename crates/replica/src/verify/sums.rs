//! [`Sides`]: sums of debits and credits.

use std::collections::BTreeMap;

use campfire::Decimal;
use serde::{Deserialize, Serialize};

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
