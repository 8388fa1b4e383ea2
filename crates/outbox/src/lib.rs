//! Creates records of the Campfire API exactly once, through crashes and lost responses: so far, the state machine.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod machine;
