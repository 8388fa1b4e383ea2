//! The API as data: operations, schemas, and the names that the books rely on.

pub(crate) mod api;
pub(crate) mod ledger;
pub(crate) mod source;
