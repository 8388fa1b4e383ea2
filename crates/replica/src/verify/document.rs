//! [`Document`]: an invoice, bill or memo, as far as verification compares it.

use campfire::{Date, Decimal, Json, Timestamp};

use super::fields::{Fields, differences};
use super::finding::{Fault, FieldDifference, Finding};
use crate::error::Error;

/// A kind of document that is posted to a control account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DocumentKind {
    Invoice,
    CreditMemo,
    Bill,
    DebitMemo,
}

/// The control accounts, by their subtype, and the documents that are posted to them.
pub(super) const CONTROLS: [(&str, [DocumentKind; 2]); 2] = [
    ("ACCOUNTS_RECEIVABLE", [DocumentKind::Invoice, DocumentKind::CreditMemo]),
    ("ACCOUNTS_PAYABLE", [DocumentKind::Bill, DocumentKind::DebitMemo]),
];

impl DocumentKind {
    /// Returns the table of the documents.
    pub(super) fn table(self) -> &'static str {
        match self {
            DocumentKind::Invoice => "invoices",
            DocumentKind::CreditMemo => "credit_memos",
            DocumentKind::Bill => "bills",
            DocumentKind::DebitMemo => "debit_memos",
        }
    }

    /// Returns `true` if the server can select documents by day and entity.
    pub(super) fn has_filters(self) -> bool {
        self != DocumentKind::DebitMemo
    }

    fn date_field(self) -> &'static str {
        match self {
            DocumentKind::Invoice => "invoice_date",
            DocumentKind::CreditMemo => "credit_memo_date",
            DocumentKind::Bill => "bill_date",
            DocumentKind::DebitMemo => "debit_memo_date",
        }
    }

    fn open_field(self) -> &'static str {
        match self {
            DocumentKind::Invoice | DocumentKind::Bill => "amount_due",
            DocumentKind::CreditMemo | DocumentKind::DebitMemo => "amount_remaining",
        }
    }
}

/// An invoice, bill or memo: the fields that verification compares.
#[derive(Clone, Debug)]
pub(super) struct Document {
    kind: DocumentKind,
    pub(super) id: i64,
    pub(super) entity: Option<i64>,
    pub(super) currency: Option<String>,
    pub(super) date: Option<Date>,
    total: Decimal,
    /// What is left to settle; zero if the document is void or written off.
    pub(super) open: Decimal,
    /// The time of its last change, as the server tells it.
    pub(super) modified: Option<Timestamp>,
}

impl Document {
    /// Reads a document as the API returns it.
    pub(super) fn read(kind: DocumentKind, record: &Json) -> Result<Self, Error> {
        let fields = Fields::new(kind.table(), record)?;
        let is_closed = ["voided_date", "uncollectible_date"].iter().any(|name| fields.text(name).is_some());
        Ok(Document {
            kind,
            id: fields.id,
            entity: fields.id("entity")?,
            currency: fields.text("currency"),
            date: fields.parsed(kind.date_field())?,
            total: fields.amount("total_amount")?,
            open: if is_closed { Decimal::ZERO } else { fields.amount(kind.open_field())? },
            modified: fields.parsed("last_modified_at")?,
        })
    }

    /// Returns the open amount with the sign that it has on the control account.
    pub(super) fn on_control(&self) -> Decimal {
        match self.kind {
            DocumentKind::Invoice | DocumentKind::DebitMemo => self.open,
            DocumentKind::CreditMemo | DocumentKind::Bill => -self.open,
        }
    }

    /// Returns a finding about this document.
    pub(super) fn finding(&self, fault: Fault) -> Finding {
        let (id, date, amount) = (Some(self.id), self.date, Some(self.total));
        Finding { id, date, amount, ..Finding::new(fault, self.kind.table()) }
    }

    /// Returns the fields in which the document of a copy differs from the server's.
    pub(super) fn differences(&self, server: &Document) -> Vec<FieldDifference> {
        differences((self.texts(), self.amounts()), (server.texts(), server.amounts()))
    }

    fn texts(&self) -> [(&'static str, Option<String>); 3] {
        [
            ("entity", self.entity.map(|id| id.to_string())),
            ("currency", self.currency.clone()),
            (self.kind.date_field(), self.date.map(|date| date.to_string())),
        ]
    }

    fn amounts(&self) -> [(&'static str, Decimal); 2] {
        [("total_amount", self.total), (self.kind.open_field(), self.open)]
    }
}
