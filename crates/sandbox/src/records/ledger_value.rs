//! Values that the ledger gives accounts and lines.

use campfire_sandbox_model::LedgerValue;
use campfire_values::{Date, Decimal};

use crate::model::ledger::{ACCOUNTS, LINES, REPORTS};
use crate::state::fields::Fields;
use crate::state::store::Store;

/// A value from the ledger, if there is one.
pub(super) enum Found<'s> {
    Amount(Option<Decimal>),
    /// A field of an account.
    Account(Option<i64>, &'static str),
    /// A field of a reconciliation.
    Report(Option<&'s Fields>, &'static str),
}

/// Returns the value of the account or line with this id.
pub(super) fn find(store: &Store, today: Date, value: LedgerValue, id: i64) -> Found<'_> {
    match value {
        LedgerValue::Balance => Found::Amount(balance(store, id, store.account_balances(today).consolidated(id))),
        LedgerValue::BalanceBook => Found::Amount(balance(store, id, store.account_balances(today).book(id))),
        LedgerValue::Change => Found::Amount(change(store, id)),
        LedgerValue::OpposingName => Found::Account(opposing(store, id), "name_and_number"),
        LedgerValue::OpposingNumber => Found::Account(opposing(store, id), "number"),
        LedgerValue::ReconciledThrough => Found::Report(last_approved(store, id), "statement_ending_date"),
        LedgerValue::ReconciledBalance => Found::Report(last_approved(store, id), "ending_balance"),
    }
}

/// Returns a balance with the sign of the natural side of an account: credits increase liabilities, equity, and income.
pub(crate) fn natural(account_type: Option<&str>, debits_less_credits: Decimal) -> Decimal {
    match account_type {
        Some("LIABILITY" | "EQUITY" | "REVENUE" | "OTHER_INCOME") => -debits_less_credits,
        _ => debits_less_credits,
    }
}

fn balance(store: &Store, account: i64, debits_less_credits: Option<Decimal>) -> Option<Decimal> {
    let account = store.get(ACCOUNTS, account)?;
    Some(natural(account.fields.text("account_type"), debits_less_credits?))
}

fn change(store: &Store, line: i64) -> Option<Decimal> {
    let line = &store.get(LINES, line)?.fields;
    let account = line.integer("account").and_then(|account| store.get(ACCOUNTS, account));
    let debit = line.decimal("debit_amount").unwrap_or_default();
    let amount = debit.checked_sub(line.decimal("credit_amount").unwrap_or_default())?;
    Some(natural(account.and_then(|account| account.fields.text("account_type")), amount))
}

/// Returns the account on the other side of the entry of a line, if there is only one.
fn opposing(store: &Store, line: i64) -> Option<i64> {
    let line = &store.get(LINES, line)?.fields;
    let other_side = if is_debit(line) { is_credit } else { is_debit };
    let entry = store.linked(LINES, "journal", line.integer("journal")?);
    let others = entry.filter(|(_, other)| other_side(&other.fields));
    let mut accounts = others.map(|(_, other)| other.fields.integer("account"));
    let account = accounts.next()?;
    account.filter(|_| accounts.all(|other| other == account))
}

/// Returns the reconciliation of an account that ends last, of those that are approved.
fn last_approved(store: &Store, account: i64) -> Option<&Fields> {
    let reports = store.linked(REPORTS, "account", account);
    let approved = reports.filter(|(_, report)| report.fields.text("status") == Some("APPROVED"));
    let last = approved.max_by_key(|(id, report)| (report.fields.date("statement_ending_date"), *id));
    last.map(|(_, report)| &report.fields)
}

fn is_debit(line: &Fields) -> bool {
    line.decimal("debit_amount").is_some_and(|amount| !amount.is_zero())
}

fn is_credit(line: &Fields) -> bool {
    line.decimal("credit_amount").is_some_and(|amount| !amount.is_zero())
}
