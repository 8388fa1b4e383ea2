//! Requests and replies, independent of any operation.

pub(crate) mod multipart;
pub(crate) mod origin;
pub(crate) mod pdf;
pub(crate) mod query;
pub(crate) mod reply;
pub(crate) mod request;
