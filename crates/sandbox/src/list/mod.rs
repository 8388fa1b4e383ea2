//! Lists: the records that match a query, their order, and their pages.

mod cursor;
pub(crate) mod filter;
pub(crate) mod page;
pub(crate) mod selection;
mod sort;
mod status;
pub(crate) mod window;
