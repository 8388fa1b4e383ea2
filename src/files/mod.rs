//! Files: what the server sends as one, and what is uploaded.

pub(crate) mod download;
mod stream;
pub(crate) mod upload;
