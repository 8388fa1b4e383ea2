//! Files: what the server sends as one, and what is uploaded.

pub(crate) mod download;
pub(crate) mod upload;
