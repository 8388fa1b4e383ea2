//! The state of a running server: tenants, API keys, limits, faults, and the log of requests.

pub(crate) mod authorized;
pub(crate) mod courier;
pub(crate) mod fault;
pub(crate) mod idempotency;
pub(crate) mod log;
pub(crate) mod pattern;
pub(crate) mod persistence;
pub(crate) mod shared;
pub(crate) mod throttle;
