//! The words that the sandbox overlay and the model may use, each defined once.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Defines an enum of words: its variants, their spelling in YAML and JSON, and the list of all of them.
macro_rules! vocabulary {
    (
        $(#[$attribute:meta])*
        $name:ident {
            $($(#[$variant_attribute:meta])* $variant:ident = $word:tt,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_attribute])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every value, in the order of the definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the word as written in YAML and JSON.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// An accounting action: the value of `do` in an [`Effect`](crate::Effect).
    Action {
        /// Splits the amount of a record over products.
        Allocate = "allocate",
        /// Returns the split of a record over products.
        Allocations = "allocations",
        /// Fills in the amounts of intercompany lines without storing them.
        BalanceIntercompany = "balance_intercompany",
        /// Computes the balance sheet.
        BalanceSheet = "balance_sheet",
        /// Creates several documents, or none.
        BulkCreate = "bulk_create",
        /// Spreads a transaction over documents, the earliest due date first.
        BulkPay = "bulk_pay",
        /// Returns the amount that remains due after a mix of payments.
        CalculatePayment = "calculate_payment",
        /// Computes the cash flow statement, a row per account.
        CashFlow = "cash_flow",
        /// Computes the cash flow statement by the indirect method, in sections.
        CashFlowV2 = "cash_flow_v2",
        /// Computes the cash flow of bank accounts per period.
        CashActivity = "cash_activity",
        /// Draws the statement of a customer: what is due, as a file.
        ClientStatement = "client_statement",
        /// Fixes the ledger lines of a reconciliation.
        ConfirmReconciliation = "confirm_reconciliation",
        /// Counts the records.
        Count = "count",
        /// Decides on a suggestion.
        Decide = "decide",
        /// Returns the payment to propose: everything that is due.
        DefaultPayment = "default_payment",
        /// Returns the department and tags to propose for a manual payment.
        DefaultDepartment = "default_department",
        /// Lists the opening balance, postings, and closing balance of each account.
        GeneralLedger = "general_ledger",
        /// Imports lines and balances of a bank account.
        ImportFeed = "import_feed",
        /// Computes the income statement.
        IncomeStatement = "income_statement",
        /// Pairs ledger lines with lines of a statement.
        MatchStatement = "match_statement",
        /// Merges the entries of two offsetting transactions.
        Merge = "merge",
        /// Computes a changed subscription schedule.
        ModifySchedule = "modify_schedule",
        /// Returns the number of the next document.
        NextNumber = "next_number",
        /// Applies payments to a document, all or none.
        Pay = "pay",
        /// Draws a document as a file.
        Pdf = "pdf",
        /// Returns the result of a merge without merging.
        PreviewMerge = "preview_merge",
        /// Creates the bill of a draft.
        Promote = "promote",
        /// Deletes a payment without a trace.
        RemovePayment = "remove_payment",
        /// Numbers records in the order of the body.
        Reorder = "reorder",
        /// Reopens a voided document and deletes the reversing entry.
        Reopen = "reopen",
        /// Turns postings into fixed assets, as the rules say.
        RunAssetRules = "run_asset_rules",
        /// Lists the ledger lines that are open to a reconciliation.
        SourceTransactions = "source_transactions",
        /// Voids the invoices that the termination of a contract names.
        Terminate = "terminate",
        /// Computes the trial balance.
        TrialBalance = "trial_balance",
        /// Lists the ledger lines on the accounts of fixed assets that no asset explains.
        UnmatchedAssetLines = "unmatched_asset_lines",
        /// Uses up a memo with the transaction that paid it out.
        Use = "use",
        /// Voids a document by reversing its entry.
        Void = "void",
        /// Voids a payment by reversing its entry.
        VoidPayment = "void_payment",
        /// Lists the deliveries of a webhook.
        WebhookEvents = "webhook_events",
    }
}

vocabulary! {
    /// A value that the ledger gives an account or a line: the value of `ledger` of a property.
    LedgerValue {
        /// The balance of the account through today in the currency of the root entity, positive on its natural side.
        Balance = "balance",
        /// The balance of the account through today in the currency of the entity, positive on its natural side.
        BalanceBook = "balance_book",
        /// The amount by which the line changes the balance of its account.
        Change = "change",
        /// The name of the account on the other side of the entry, if there is only one.
        OpposingName = "opposing_name",
        /// The number of the account on the other side of the entry, if there is only one.
        OpposingNumber = "opposing_number",
        /// The end of the latest approved reconciliation of the account.
        ReconciledThrough = "reconciled_through",
        /// The ending balance of the statement in that reconciliation.
        ReconciledBalance = "reconciled_balance",
    }
}

vocabulary! {
    /// The kind of accounting document that the records of a schema are.
    DocumentKind {
        /// A journal entry of one entity.
        JournalEntry = "journal-entry",
        /// A journal entry across several entities.
        IntercompanyEntry = "intercompany-entry",
        /// An invoice to a customer.
        Invoice = "invoice",
        /// A bill from a vendor.
        Bill = "bill",
        /// A credit memo to a customer.
        CreditMemo = "credit-memo",
        /// A debit memo to a vendor.
        DebitMemo = "debit-memo",
    }
}

vocabulary! {
    /// The result of a call with an API key that may not act without approval.
    #[derive(Default)]
    Approval {
        /// The call is refused.
        #[default]
        Required = "required",
        /// The call creates a draft that waits for approval.
        Draft = "draft",
        /// The call succeeds: it posts nothing, so it needs no approval.
        None = "none",
    }
}

vocabulary! {
    /// The test of a query parameter.
    #[derive(Default)]
    Test {
        /// A value equals one of those in the query.
        #[default]
        AnyOf = "any_of",
        /// No value equals one of those in the query.
        NoneOf = "none_of",
        /// A number or date is the one in the query or more.
        AtLeast = "at_least",
        /// A number or date is the one in the query or less.
        AtMost = "at_most",
        /// The text contains the one in the query.
        Contains = "contains",
        /// A value is the record in the query or below it.
        Within = "within",
        /// `true`: a value is set; `false`: none is.
        Has = "has",
        /// `true`: a value is set; `false` changes nothing.
        Set = "set",
        /// `true`: no value is set; `false` changes nothing.
        Unset = "unset",
        /// `false`: no value is set; `true` changes nothing.
        Unless = "unless",
        /// The parameter changes nothing.
        Ignored = "ignored",
        /// A call with the parameter is not modelled.
        Unmodelled = "unmodelled",
    }
}
