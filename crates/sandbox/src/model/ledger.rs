//! Resources and links that the books need, whichever areas are compiled.

/// Journal entries.
pub(crate) const ENTRIES: &str = "journal_entries";
/// Lines of journal entries, called transactions by the API.
pub(crate) const LINES: &str = "transactions";
/// Accounts of the chart of accounts.
pub(crate) const ACCOUNTS: &str = "accounts";
/// Intercompany entries, which consist of a journal entry per entity.
pub(crate) const INTERCOMPANY: &str = "intercompany_journal_entries";

/// The links that the books follow: a resource, and the field in which its records reference another record.
pub(crate) const LINKS: [(&str, &str); 6] = [
    (LINES, "journal"),
    (LINES, "intercompany_journal"),
    ("invoices.payments", "invoice"),
    ("bills.payments", "bill"),
    ("credit_memos.payments", "credit_memo"),
    ("debit_memos.payments", "debit_memo"),
];
