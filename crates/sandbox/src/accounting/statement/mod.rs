//! Statements, computed from posted lines.

mod account;
pub(super) mod balance_sheet;
pub(super) mod cash_activity;
pub(super) mod cash_flow;
pub(super) mod general_ledger;
mod group;
pub(super) mod income_statement;
mod posted;
mod table;
pub(super) mod trial_balance;
