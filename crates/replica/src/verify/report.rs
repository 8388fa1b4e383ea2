//! [`Report`]: what a verification found.

use campfire::{Date, Decimal, Timestamp};
use serde::Serialize;

use super::balances::Balances;
use super::finding::Finding;

/// What a verification found. Its `Display` is a table; it serializes as JSON for tools.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// When the last run of the copy began: see [`Verify::copied_at`](super::run::Verify::copied_at). Without it, each
    /// difference counts as a fault of the copy.
    pub copied_at: Option<Timestamp>,
    /// What was checked, in order.
    pub checks: Vec<Check>,
    /// What is wrong with the copy.
    pub findings: Vec<Finding>,
    /// Differences that are none of the copy's faults: the server changed these records after
    /// [`copied_at`](Self::copied_at).
    pub later: Vec<Finding>,
    /// What could not be verified, and what is wrong on the server too.
    pub notes: Vec<Note>,
    /// The balances of the copy, which [`Carry`](super::carry::Carry) carries forward through the next run.
    pub balances: Balances,
    /// The number of questions that the server was asked. A list may take several requests.
    pub queries: u64,
}

impl Report {
    /// Returns `true` if nothing is wrong with the copy.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// What was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// The check: "entries balance".
    pub name: String,
    /// The number of things that were checked: entries, or accounts and months.
    pub checked: u64,
    /// The number of them that did not agree at first sight. Findings and notes say why.
    pub differing: u64,
}

/// What could not be verified, or is wrong on the server too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Note {
    /// The copy has records of an entity that this key cannot see, or of none. They were not compared.
    OutOfScope {
        /// The table of the records.
        table: String,
        /// The id of the entity.
        entity: Option<i64>,
        /// The ids of the records.
        ids: Vec<i64>,
    },
    /// The server's trial balance or list of lines counts what belongs to entities that this key cannot see, or to none.
    Hidden {
        /// The sum of the debits.
        debits: Decimal,
        /// The sum of the credits.
        credits: Decimal,
        /// The number of lines, if the server counts them.
        lines: Option<u64>,
    },
    /// The server counts more or fewer lines than it has by its own statements and lists.
    Count {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
        /// The number of lines of the copy after what differs was corrected.
        copy: u64,
        /// The number of lines that the server counts.
        server: u64,
    },
    /// An entry does not balance on the server either.
    UnbalancedEntry {
        /// The id of the entry.
        entry: i64,
    },
    /// Open documents do not equal their control accounts on the server either: postings by hand, for example.
    ControlAccount {
        /// The kind of account: `ACCOUNTS_RECEIVABLE` or `ACCOUNTS_PAYABLE`.
        subtype: String,
        /// The currency.
        currency: String,
        /// The balance of the accounts, debits minus credits.
        balance: Decimal,
        /// The sum of the open documents.
        open: Decimal,
    },
    /// The server does not count the lines of a list, so only sums were compared.
    NotCounted,
    /// The server's daily statements could not be read, so lines that moved within a month were not looked for.
    NoDailyStatements,
    /// The server's daily statements show other balances for some accounts than its trial balance, so lines of these that moved
    /// within a month were not looked for.
    Statements {
        /// The ids of the accounts.
        accounts: Vec<i64>,
    },
    /// The ledger lines do not say when they were changed, so changes that no sum shows were not looked for.
    NoChangeTimes,
    /// The copy does not have a table, so it was not verified.
    NoTable {
        /// The name of the table.
        table: String,
    },
    /// There are more differences than were looked into.
    Incomplete {
        /// The number of sums, entries or records that were left.
        left: u64,
    },
}

impl Note {
    /// Returns `true` if there are records that were not verified.
    pub(super) fn leaves_records_out(&self) -> bool {
        matches!(self, Note::OutOfScope { .. } | Note::Hidden { .. } | Note::NoTable { .. } | Note::Incomplete { .. })
    }
}
