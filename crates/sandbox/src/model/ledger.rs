//! Resources and links that the books need, whichever areas are compiled.

/// Journal entries.
pub(crate) const ENTRIES: &str = "journal_entries";
/// Lines of journal entries, called transactions by the API.
pub(crate) const LINES: &str = "transactions";
/// Accounts of the chart of accounts.
pub(crate) const ACCOUNTS: &str = "accounts";
/// Intercompany entries, which consist of a journal entry per entity.
pub(crate) const INTERCOMPANY: &str = "intercompany_journal_entries";

/// Legal entities.
pub(crate) const ENTITIES: &str = "entities";
/// The accounts that postings use by default.
pub(crate) const SETTINGS: &str = "account_settings";
/// Bank accounts, and the lines on them.
pub(crate) const BANKS: &str = "bank_accounts";
pub(crate) const BANK_LINES: &str = "bank_transactions";
/// Reconciliations, and the ledger lines that they tie to them. No operation has the latter resource.
pub(crate) const REPORTS: &str = "reconciliations";
pub(crate) const RECONCILED: &str = "reconciliation_transactions";
/// Uploaded files.
pub(crate) const FILES: &str = "files";
/// Contracts with customers.
pub(crate) const CONTRACTS: &str = "contracts";
/// Subscriptions, which are items of contracts.
pub(crate) const SUBSCRIPTIONS: &str = "contracts.subscriptions";
/// Bundles, which divide what a contract invoices over products.
pub(crate) const BUNDLES: &str = "contracts.bundles";
/// Products and services.
pub(crate) const PRODUCTS: &str = "products";
/// Payment terms. No operation shows them.
pub(crate) const PAYMENT_TERMS: &str = "payment_terms";
/// Revenue transactions: what a contract earns in a month.
pub(crate) const REVENUE: &str = "revenue_transactions";
/// Fixed assets, and the classes that they take their accounts from.
pub(crate) const ASSETS: &str = "fixed_assets";
pub(crate) const ASSET_CLASSES: &str = "fixed_asset_classes";
/// The field that marks a ledger line that changes what a contract has billed and earned; no field of the API has this
/// name.
pub(crate) const CONTRACT: &str = "_contract";
/// The fields that mark the revenue of a month of consumption: from the pool of a commit, and beyond it.
pub(crate) const CONSUMED: &str = "_consumed";
pub(crate) const OVERUSED: &str = "_overused";

/// The field that holds the automatic number of a document; no field of the API has this name.
pub(crate) const NUMBER: &str = "_number";

/// The links that the books follow: a resource, and the field in which its records reference another record.
pub(crate) const LINKS: [(&str, &str); 27] = [
    (ENTRIES, "reversal_of"),
    (INTERCOMPANY, "reversal_of"),
    (LINES, "journal"),
    ("invoices", NUMBER),
    ("bills", NUMBER),
    ("credit_memos", NUMBER),
    ("debit_memos", NUMBER),
    (LINES, "intercompany_journal"),
    (LINES, CONTRACT),
    (BANK_LINES, "account"),
    (RECONCILED, "report"),
    (REPORTS, "account"),
    (SUBSCRIPTIONS, "contract"),
    ("contracts.milestones", "contract"),
    (BUNDLES, "contract"),
    ("contracts.prepaid_commits", "contract"),
    ("contracts.prepaid_commits.consumption", "prepaid_commit"),
    (REVENUE, "contract"),
    (REVENUE, "invoice"),
    (REVENUE, "contract_subscription"),
    (REVENUE, "contract_milestone"),
    (REVENUE, CONSUMED),
    (REVENUE, OVERUSED),
    ("invoices.payments", "invoice"),
    ("bills.payments", "bill"),
    ("credit_memos.payments", "credit_memo"),
    ("debit_memos.payments", "debit_memo"),
];
