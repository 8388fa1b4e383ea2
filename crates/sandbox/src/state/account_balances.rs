//! The balances of accounts.

use std::collections::BTreeMap;

use campfire_values::{Date, Decimal};

use crate::state::fields::Fields;

/// The fields of a debit and a credit in each layer: in the currency of the root entity, and in that of the entity.
const LAYERS: [(&str, &str); 2] = [("debit_amount", "credit_amount"), ("debit_amount_book", "credit_amount_book")];

/// Debits less credits by account and layer. `None` stands for a sum that cannot be exact.
#[derive(Debug, Default)]
pub(crate) struct AccountBalances(BTreeMap<i64, [Option<Decimal>; 2]>);

impl AccountBalances {
    /// Adds up the lines through a day.
    pub(super) fn of<'a>(lines: impl Iterator<Item = &'a Fields>, through: Date) -> Self {
        let mut balances = AccountBalances::default();
        for line in lines.filter(|line| line.date("posted_at").is_some_and(|day| day <= through)) {
            let Some(account) = line.integer("account") else { continue };
            let sums = balances.0.entry(account).or_insert([Some(Decimal::ZERO); 2]);
            for (sum, (debit, credit)) in sums.iter_mut().zip(LAYERS) {
                *sum = sum.and_then(|sum| {
                    sum.checked_add(line.decimal(debit).unwrap_or_default())?
                        .checked_sub(line.decimal(credit).unwrap_or_default())
                });
            }
        }
        balances
    }

    /// Returns debits less credits of an account in the currency of the root entity.
    pub(crate) fn consolidated(&self, account: i64) -> Option<Decimal> {
        self.0.get(&account).map_or(Some(Decimal::ZERO), |[consolidated, _]| *consolidated)
    }

    /// Returns debits less credits of an account in the currency of the entity.
    pub(crate) fn book(&self, account: i64) -> Option<Decimal> {
        self.0.get(&account).map_or(Some(Decimal::ZERO), |[_, book]| *book)
    }
}
