//! How a table is brought up to date.
//!
//! [`table`] chooses how, and [`job`] writes batches. [`changes`] reads what has changed, [`comparison`] reads everything, [`children`]
//! everything below each parent; the latter two compare it with what is [`known`]. [`state`] is saved with each batch. [`probe`] counts a
//! list.

pub(crate) mod changes;
pub(crate) mod children;
pub(crate) mod comparison;
pub(crate) mod job;
pub(crate) mod known;
pub(crate) mod probe;
pub(crate) mod settings;
pub(crate) mod table;
