//! Payloads shaped like live responses decode without losing a leaf or a digit.

#![cfg_attr(not(feature = "areas"), allow(dead_code, unused_imports))]

use campfire::types;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::json_leaves::leaves;

fn read(file: &str) -> String {
    let path = format!("{}/tests/payloads/{file}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn keeps_every_leaf<T: DeserializeOwned + Serialize>(file: &str) {
    let text = read(file);
    let decoded: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let encoded = serde_json::to_string(&decoded).unwrap();
    let (before, after) = (leaves(&text), leaves(&encoded));
    assert!(!before.is_empty());
    assert_eq!(before, after, "{file}");
    // Encoding is stable.
    assert_eq!(serde_json::to_string(&serde_json::from_str::<T>(&encoded).unwrap()).unwrap(), encoded);
}

macro_rules! payloads {
    ($($area:literal: $($file:ident => $ty:ident),+;)*) => {
        $($(
            #[cfg(feature = $area)]
            #[test]
            fn $file() {
                keeps_every_leaf::<types::$ty>(stringify!($file));
            }
        )+)*
    };
}

payloads! {
    "revenue-recognition": contract => Contract, product => Product, contract_subscription => ContractSubscription,
        contract_usage => ContractUsage, contract_milestone => ContractMilestone, prepaid_commit => PrepaidCommit,
        customer => Customer, revenue_transaction => RevenueTransaction, product_bundle => ProductBundle;
    "accounts-receivable": invoice => Invoice, credit_memo => CreditMemo, invoice_summary => InvoiceSummary,
        invoice_payment_record => InvoicePaymentRecord;
    "accounts-payable": bill => Bill, debit_memo => DebitMemo, bill_draft => BillDraft,
        bill_payment_record => BillPaymentRecord;
    "core-accounting": transaction => Transaction, journal_entry => JournalEntry, budget => Budget,
        intercompany_journal_entry => IntercompanyJournalEntry, fixed_asset => FixedAsset,
        transaction_match => TransactionMatch;
    "company-objects": vendor => Vendor, account => Account, department => Department, tag => Tag,
        vendor_summary => VendorSummary, cost_allocation => CostAllocation, custom_field => CustomField;
    "financial-statements": balance_sheet => BalanceSheet, income_statement => IncomeStatement, trial_balance => TrialBalance,
        cash_flow_activity => CashFlowActivity;
    "cash-management": bank_account => BankAccount, bank_transaction => BankTransaction;
    "bank-reconciliation": reconciliation => Reconciliation,
        reconciliation_source_transaction => ReconciliationSourceTransaction;
    "settings": file => File, entity => Entity, currency => Currency;
    "integrations": webhook => Webhook, webhook_event => WebhookEvent;
}

#[cfg(feature = "revenue-recognition")]
#[test]
fn unknown_fields_are_kept_in_extra() {
    let contract: types::Contract = serde_json::from_str(&read("contract")).unwrap();
    assert_eq!(contract.extra.keys().collect::<Vec<_>>(), ["custom_field_framework_agreement"]);
    assert_eq!(contract.total_contract_value.unwrap().to_string(), "12345678901234567.89");
}
