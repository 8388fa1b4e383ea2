//! Journal entries and their lines. Every entry balances, or the call that writes it is refused.

pub(super) mod amounts;
pub(super) mod balancing;
pub(super) mod bank;
pub(crate) mod body;
mod conversion;
pub(super) mod entry;
pub(super) mod intercompany;
pub(super) mod line;
pub(super) mod protection;
pub(super) mod reversal;
