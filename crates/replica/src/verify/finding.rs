//! [`Finding`]: what is wrong with a record of a copy.

use campfire::{Date, Decimal};
use serde::Serialize;

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The server has the record, the copy does not.
    Missing,
    /// The copy has the record more than once.
    Doubled,
    /// The record has changed on the server, and the copy has not followed.
    Stale,
    /// The copy has the record, the server does not: it was deleted, never existed, or has moved to an entity that this key
    /// cannot see.
    Extra,
    /// A sum differs, and no record explains it.
    Unexplained,
    /// The copy's balance is not what the balance before and the changes of the run add up to.
    CarriedForward,
}

/// A fault of the copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong.
    pub fault: Fault,
    /// The table of the record.
    pub table: String,
    /// The id of the record; `None` if only a sum is known to differ.
    pub id: Option<i64>,
    /// The id of the journal entry.
    pub entry: Option<i64>,
    /// The id of the account.
    pub account: Option<i64>,
    /// The number and name of the account.
    pub account_name: Option<String>,
    /// The day of the record, or the first day of the sum.
    pub date: Option<Date>,
    /// The amount of the record, or the difference of the sum, copy minus server: debits are positive, credits negative.
    pub amount: Option<Decimal>,
    /// The fields that differ.
    pub fields: Vec<FieldDifference>,
}

impl Finding {
    pub(super) fn new(fault: Fault, table: &str) -> Self {
        Finding {
            fault,
            table: table.to_owned(),
            id: None,
            entry: None,
            account: None,
            account_name: None,
            date: None,
            amount: None,
            fields: Vec::new(),
        }
    }
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldDifference {
    /// The name of the field.
    pub field: &'static str,
    /// Its value in the copy.
    pub copy: Option<String>,
    /// Its value on the server.
    pub server: Option<String>,
}
