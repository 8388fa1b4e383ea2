//! Requests and replies, independent of what an operation does.

pub(crate) mod multipart;
pub(crate) mod query;
pub(crate) mod reply;
pub(crate) mod request;
