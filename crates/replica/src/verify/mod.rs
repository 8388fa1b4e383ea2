//! Verifies a copy against the server, to the cent.
//!
//! ```no_run
//! # use campfire_replica::verify::memory::MemoryCopy;
//! # use campfire_replica::verify::run::Verify;
//! # async fn example(client: campfire::Client, copy: MemoryCopy) -> Result<(), campfire_replica::error::Error> {
//! let report = Verify::new(&client, &copy).run().await?;
//! println!("{report}");
//! assert!(report.is_clean());
//! # Ok(())
//! # }
//! ```
//!
//! The ledger has laws, and a copy that breaks one of them is wrong: every entry balances; the lines of each account and
//! month add up to the server's trial balance; open invoices and bills add up to their control accounts; and what a run
//! changed leads from yesterday's balances to today's. [`Verify`](run::Verify) checks them, narrows each difference down to a
//! few records with filtered queries, and names the records that are missing, doubled, stale, or gone from the server.
//!
//! | | |
//! | --- | --- |
//! | [`run`] | verifies a copy |
//! | [`report`], [`finding`] | what was found |
//! | [`balances`], [`sums`], [`carry`] | balances, and how they are followed through a run |
//! | [`memory`] | a copy in memory |

// From the ground up. Both sides: `server` asks the API, and `reader` and `scan` read the copy. `ledger`, `changes` and
// `documents` find sums that differ; `bucket` narrows these down, and `question` compares the lines below them.
pub mod balances;
mod bucket;
pub mod carry;
mod changes;
mod days;
mod display;
mod document;
mod documents;
mod entries;
mod fields;
pub mod finding;
mod job;
mod ledger;
mod line;
pub mod memory;
mod question;
mod reader;
pub mod report;
pub mod run;
mod scan;
mod scope;
mod server;
pub mod sums;
