//! The kinds of documents, with the field names and entry types of each.

use campfire_sandbox_model::DocumentKind;
use campfire_values::Decimal;

use crate::accounting::chart::Purpose;
use crate::model::api::Api;
use crate::state::markers::RecordRef;

/// A kind of record that the books keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum BookRecord {
    JournalEntry,
    IntercompanyEntry,
    Document(Kind),
}

impl BookRecord {
    /// Returns the kind of the records of a resource.
    pub(super) fn of(api: &Api, resource: &str) -> Option<Self> {
        Some(match api.document(resource)? {
            DocumentKind::JournalEntry => BookRecord::JournalEntry,
            DocumentKind::IntercompanyEntry => BookRecord::IntercompanyEntry,
            DocumentKind::Invoice => BookRecord::Document(Kind::Invoice),
            DocumentKind::Bill => BookRecord::Document(Kind::Bill),
            DocumentKind::CreditMemo => BookRecord::Document(Kind::CreditMemo),
            DocumentKind::DebitMemo => BookRecord::Document(Kind::DebitMemo),
        })
    }
}

/// A kind of document: it posts an entry, and payments settle it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Invoice,
    Bill,
    CreditMemo,
    DebitMemo,
}

/// A document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Document {
    pub(crate) kind: Kind,
    pub(crate) id: i64,
}

impl Document {
    pub(crate) fn new(kind: Kind, id: i64) -> Self {
        Self { kind, id }
    }

    pub(crate) fn layout(self) -> &'static Layout {
        self.kind.layout()
    }

    pub(super) fn reference(self) -> RecordRef {
        RecordRef::new(self.layout().resource, self.id)
    }
}

/// The names and entry types of a kind of document.
pub(crate) struct Layout {
    pub(crate) resource: &'static str,
    /// The resource of its payments, the field in which they reference it, and its parameter in their path.
    pub(super) payments: &'static str,
    pub(super) link: &'static str,
    pub(super) path_parameter: &'static str,
    /// The types of its entry and of its payments' entries, and the types of the entries that reverse them.
    pub(super) entry_type: &'static str,
    pub(super) payment_entry_type: &'static str,
    pub(super) void_entry_type: &'static str,
    pub(super) void_payment_entry_type: &'static str,
    /// The field of its printed number, and the prefix of that number.
    pub(super) number: &'static str,
    pub(super) number_prefix: &'static str,
    pub(super) date: &'static str,
    /// The field of the customer or vendor.
    pub(super) party: &'static str,
    /// The field of its control account, and the purpose of that account.
    pub(super) control_account: &'static str,
    pub(super) purpose: Purpose,
    /// `true` if posting it debits the control account.
    pub(super) debits_control: bool,
    /// The field of its stored status, and the values for: nothing settled, partly settled, settled.
    pub(super) status: &'static str,
    pub(super) statuses: [&'static str; 3],
    /// The field of the date on which it was settled.
    pub(super) settled_date: &'static str,
    /// The field of the amount that is left to settle.
    pub(crate) open_amount: &'static str,
}

const INVOICE: Layout = Layout {
    resource: "invoices",
    payments: "invoices.payments",
    link: "invoice",
    path_parameter: "invoice_id",
    entry_type: "invoice",
    payment_entry_type: "invoice_payment",
    void_entry_type: "void_invoice",
    void_payment_entry_type: "void_invoice_payment",
    number: "invoice_number",
    number_prefix: "INV",
    date: "invoice_date",
    party: "client",
    control_account: "ar_account",
    purpose: Purpose::Receivables,
    debits_control: true,
    status: "payment_status",
    statuses: ["open", "partial", "paid"],
    settled_date: "paid_date",
    open_amount: "amount_due",
};

const BILL: Layout = Layout {
    resource: "bills",
    payments: "bills.payments",
    link: "bill",
    path_parameter: "bill_id",
    entry_type: "bill",
    payment_entry_type: "bill_payment",
    void_entry_type: "void_bill",
    void_payment_entry_type: "void_bill_payment",
    number: "bill_number",
    number_prefix: "BILL",
    date: "bill_date",
    party: "vendor",
    control_account: "ap_account",
    purpose: Purpose::Payables,
    debits_control: false,
    status: "payment_status",
    statuses: ["open", "partial", "paid"],
    settled_date: "paid_date",
    open_amount: "amount_due",
};

const CREDIT_MEMO: Layout = Layout {
    resource: "credit_memos",
    payments: "credit_memos.payments",
    link: "credit_memo",
    path_parameter: "credit_memo_id",
    entry_type: "credit_memo",
    payment_entry_type: "credit_memo_payment",
    void_entry_type: "void_credit_memo",
    void_payment_entry_type: "void_credit_memo_payment",
    number: "credit_memo_number",
    number_prefix: "CM",
    date: "credit_memo_date",
    party: "client",
    control_account: "credit_account",
    purpose: Purpose::Receivables,
    debits_control: false,
    status: "application_status",
    statuses: ["open", "partially_used", "used"],
    settled_date: "applied_date",
    open_amount: "amount_remaining",
};

const DEBIT_MEMO: Layout = Layout {
    resource: "debit_memos",
    payments: "debit_memos.payments",
    link: "debit_memo",
    path_parameter: "debit_memo_id",
    entry_type: "debit_memo",
    payment_entry_type: "debit_memo_payment",
    // The reference lists no type for the reversal of a debit memo.
    void_entry_type: "debit_memo",
    void_payment_entry_type: "void_debit_memo_payment",
    number: "debit_memo_number",
    number_prefix: "DM",
    date: "debit_memo_date",
    party: "vendor",
    control_account: "debit_account",
    purpose: Purpose::Payables,
    debits_control: true,
    status: "application_status",
    statuses: ["open", "partially_used", "used"],
    settled_date: "applied_date",
    open_amount: "amount_remaining",
};

impl Layout {
    /// Returns the amount with the sign that it has on the control account when the document is posted.
    pub(super) fn posted(&self, amount: Decimal) -> Decimal {
        if self.debits_control { amount } else { -amount }
    }

    /// Returns the amount with the sign that it has on the control account when the document is settled.
    pub(super) fn settled(&self, amount: Decimal) -> Decimal {
        self.posted(-amount)
    }
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::Invoice, Kind::Bill, Kind::CreditMemo, Kind::DebitMemo];

    pub(crate) fn layout(self) -> &'static Layout {
        match self {
            Kind::Invoice => &INVOICE,
            Kind::Bill => &BILL,
            Kind::CreditMemo => &CREDIT_MEMO,
            Kind::DebitMemo => &DEBIT_MEMO,
        }
    }

    /// Returns the kind whose payments are in a resource.
    pub(super) fn with_payments(resource: &str) -> Option<Self> {
        Kind::ALL.into_iter().find(|kind| kind.layout().payments == resource)
    }

    /// Returns the kind of memo that settles it.
    pub(super) fn memo(self) -> Kind {
        if self == Kind::Bill { Kind::DebitMemo } else { Kind::CreditMemo }
    }
}
