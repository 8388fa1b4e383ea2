//! Connections: accepting them, exchanging requests and responses, and breaking them on demand.

mod body;
mod exchange;
pub(crate) mod serve;
mod stream;
