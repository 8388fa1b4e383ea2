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
        /// Splits the price of a contract over its products.
        Allocate = "allocate",
        /// Returns the allocation of a contract.
        Allocations = "allocations",
        /// Computes the balance sheet.
        BalanceSheet = "balance_sheet",
        /// Creates several records in one call.
        BulkCreate = "bulk_create",
        /// Applies payments to several documents.
        BulkPay = "bulk_pay",
        /// Returns the payment that would settle a document.
        CalculatePayment = "calculate_payment",
        /// Computes the cash flow of a period.
        CashActivity = "cash_activity",
        /// Settles a document with its default payment.
        DefaultPayment = "default_payment",
        /// Lists the postings per account.
        GeneralLedger = "general_ledger",
        /// Computes the income statement.
        IncomeStatement = "income_statement",
        /// Merges offsetting lines of a journal entry.
        Merge = "merge",
        /// Returns the number that the next document will have.
        NextNumber = "next_number",
        /// Applies payments to a document.
        Pay = "pay",
        /// Returns what a merge would change, and changes nothing.
        PreviewMerge = "preview_merge",
        /// Turns a draft into a bill.
        Promote = "promote",
        /// Deletes a payment and its entry.
        RemovePayment = "remove_payment",
        /// Reopens a voided document.
        Reopen = "reopen",
        /// Terminates a contract and voids its open invoices.
        Terminate = "terminate",
        /// Computes the trial balance.
        TrialBalance = "trial_balance",
        /// Uses up a memo with a refund.
        Use = "use",
        /// Voids a document by reversing its entry.
        Void = "void",
        /// Voids a payment by reversing its entry.
        VoidPayment = "void_payment",
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
