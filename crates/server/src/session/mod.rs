//! Recorded sessions: what they hold, and what they must not hold.

pub(crate) mod exchange;
pub(crate) mod pseudonym;
pub(crate) mod redact;
