//! Revenue recognition: what the items of a contract earn, month by month.
//!
//! - [`plan`] derives the revenue of an item: a subscription, a milestone, or the use of a prepaid commit.
//! - [`rows`] keeps the revenue transactions of an item equal to its plan.
//! - [`posting`] posts the entry of a revenue transaction.
//! - [`position`] divides what is posted between deferred and unbilled revenue.
//! - [`billed`] ties revenue transactions to the invoices that bill them.
//! - [`bundle`] keeps bundles and posted invoices apart.
//! - [`modification`] computes a changed schedule.
//! - [`refresh`] runs all of it for a contract.

pub(super) mod billed;
pub(super) mod bundle;
pub(super) mod commit;
pub(super) mod modification;
pub(super) mod plan;
pub(super) mod position;
mod posting;
pub(super) mod refresh;
mod rows;
