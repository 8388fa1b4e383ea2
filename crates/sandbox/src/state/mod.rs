//! The state of a tenant: records by resource, a clock, and the day through which the books are closed.

pub(crate) mod account_balances;
pub(crate) mod clock;
pub(crate) mod fields;
pub(crate) mod markers;
pub(crate) mod positions;
pub(crate) mod record;
mod sharing;
pub(crate) mod snapshot;
pub(crate) mod store;
mod table;
mod uuids;
