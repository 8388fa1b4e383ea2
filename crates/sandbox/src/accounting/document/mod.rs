//! Invoices, bills, credit memos, and debit memos.

pub(super) mod access;
pub(super) mod bulk;
pub(super) mod lifecycle;
pub(super) mod posting;
pub(super) mod print;
pub(super) mod promote;
pub(super) mod proposal;
pub(super) mod settlement;
pub(super) mod terminate;
mod write_off;
