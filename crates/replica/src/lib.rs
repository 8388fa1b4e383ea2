//! Copies of the data of the Campfire accounting API: made, and kept current.
//!
#![cfg_attr(feature = "sink-sqlite", doc = "```no_run")]
#![cfg_attr(not(feature = "sink-sqlite"), doc = "```ignore")]
//! use campfire_replica::replica::Replica;
//! use campfire_replica::sink::sqlite::Sqlite;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let campfire = campfire::Client::from_env()?;
//! let report = Replica::new(campfire, Sqlite::open("campfire.db")?).tables(["transactions", "vendors"]).run().await?;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
//!
//! The first run copies everything, later runs what has changed. Kill it at any moment and run it again: rows and progress are
//! committed together, so it resumes where it stopped, and no row is lost or doubled.
//!
//! | | |
//! | --- | --- |
//! | [`replica`] | makes a copy and keeps it current |
//! | [`sink`] | the places where a copy can be kept |
//! | [`copy`] | how a copy is read back |
//! | [`verify`] | holds a copy against the server's ledger |

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(feature = "arrow")]
pub mod arrow;
pub mod copy;
pub mod error;
pub mod layout;
pub mod plan;
pub mod replica;
pub mod report;
mod run;
pub mod sink;
mod state;
pub mod verify;
