//! Payments: settling documents with bank transactions, manual payments, and memos, and undoing it.

pub(crate) mod apply;
mod bank;
pub(super) mod bulk;
mod exchange;
mod manual;
mod memo;
mod overpayment;
pub(super) mod preview;
mod record;
mod terms;
pub(super) mod undo;
pub(super) mod use_memo;
