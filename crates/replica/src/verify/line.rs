//! [`Line`]: a line of the general ledger, as far as verification compares it.

use campfire::{Date, Decimal, Json, Timestamp};

use super::fields::{Fields, differences};
use super::finding::{Fault, FieldDifference, Finding};
use super::sums::Sides;
use crate::error::Error;

/// The table of ledger lines.
pub(super) const LINES: &str = "transactions";

/// An amount in the three currencies of a line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Layers {
    /// In the currency of the transaction.
    pub(super) native: Decimal,
    /// In the currency of the entity.
    pub(super) book: Decimal,
    /// In the currency of the root entity, which statements use.
    pub(super) consolidated: Decimal,
}

/// A line of the general ledger: the fields that verification compares.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub(super) id: i64,
    /// The id of its journal entry.
    pub(super) entry: Option<i64>,
    pub(super) account: Option<i64>,
    pub(super) entity: Option<i64>,
    /// The day on which it is posted.
    pub(super) date: Option<Date>,
    /// The currency of its native amounts.
    pub(super) currency: Option<String>,
    /// Zero for a credit.
    pub(super) debit: Layers,
    /// Zero for a debit.
    pub(super) credit: Layers,
    vendor: Option<i64>,
    department: Option<i64>,
    description: Option<String>,
    note: Option<String>,
    /// The time of its last change, as the server tells it.
    pub(super) modified: Option<Timestamp>,
}

impl Line {
    /// Reads a line as the API returns it.
    pub(super) fn read(record: &Json) -> Result<Self, Error> {
        let record = Fields::new(LINES, record)?;
        let layers = |side: &str| {
            Ok::<_, Error>(Layers {
                native: record.amount(&format!("{side}_amount_native"))?,
                book: record.amount(&format!("{side}_amount_book"))?,
                consolidated: record.amount(&format!("{side}_amount"))?,
            })
        };
        Ok(Line {
            id: record.id,
            entry: record.id("journal")?,
            account: record.id("account")?,
            entity: record.id("entity")?,
            date: record.parsed("posted_at")?,
            currency: record.text("currency"),
            debit: layers("debit")?,
            credit: layers("credit")?,
            vendor: record.id("vendor")?,
            department: record.id("department")?,
            description: record.text("bank_description"),
            note: record.text("note"),
            modified: record.parsed("last_modified_at")?,
        })
    }

    /// Returns the sides that statements count.
    pub(super) fn sides(&self) -> Sides {
        Sides { debits: self.debit.consolidated, credits: self.credit.consolidated }
    }

    /// Returns debits minus credits in the consolidated layer.
    fn amount(&self) -> Option<Decimal> {
        self.debit.consolidated.checked_sub(self.credit.consolidated)
    }

    /// Returns a finding about this line.
    pub(super) fn finding(&self, fault: Fault) -> Finding {
        Finding {
            id: Some(self.id),
            entry: self.entry,
            account: self.account,
            date: self.date,
            amount: self.amount(),
            ..Finding::new(fault, LINES)
        }
    }

    /// Returns the fields in which the line of a copy differs from the server's.
    pub(super) fn differences(&self, server: &Line) -> Vec<FieldDifference> {
        differences((self.texts(), self.amounts()), (server.texts(), server.amounts()))
    }

    /// Returns `true` if statements count both lines in the same way.
    pub(super) fn counts_as(&self, other: &Line) -> bool {
        (self.account, self.date) == (other.account, other.date) && self.sides() == other.sides()
    }

    fn texts(&self) -> [(&'static str, Option<String>); 9] {
        let id = |id: Option<i64>| id.map(|id| id.to_string());
        [
            ("account", id(self.account)),
            ("entity", id(self.entity)),
            ("journal", id(self.entry)),
            ("posted_at", self.date.map(|date| date.to_string())),
            ("currency", self.currency.clone()),
            ("vendor", id(self.vendor)),
            ("department", id(self.department)),
            ("bank_description", self.description.clone()),
            ("note", self.note.clone()),
        ]
    }

    fn amounts(&self) -> [(&'static str, Decimal); 6] {
        [
            ("debit_amount_native", self.debit.native),
            ("debit_amount_book", self.debit.book),
            ("debit_amount", self.debit.consolidated),
            ("credit_amount_native", self.credit.native),
            ("credit_amount_book", self.credit.book),
            ("credit_amount", self.credit.consolidated),
        ]
    }
}
