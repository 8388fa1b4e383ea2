//! Banks: feeds of bank lines, and the reconciliation of ledger accounts with statements.

pub(crate) mod feed;
pub(crate) mod reconciliation;
