//! The API as data.

pub(crate) mod api;
pub(crate) mod route;
pub(crate) mod whole;
