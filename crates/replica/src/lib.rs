//! Copies of the data of the Campfire accounting API: made, kept current, and verified.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod copy;
pub mod error;
pub mod verify;
