//! Creates records of the [Campfire](https://docs.campfire.ai/) API exactly once, through crashes and lost responses.
//!
//! For most create operations, the server honors no idempotency key. If a response is lost, or the program dies while it
//! waits for one, nobody knows whether the record exists. An [`Outbox`] does: it writes each create into a log before the
//! request is sent, under a key of yours that becomes part of the record, and finds out by reading the list of the records.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = campfire::sandbox::Sandbox::start().await?;
//! # let campfire = sandbox.client()?;
//! # let contract = sandbox.seed("contracts", campfire::Json::from(campfire::JsonObject::default()))?;
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("outbox.db");
//! use std::time::Duration;
//!
//! use campfire::types::ContractUsageCreate;
//! use campfire_outbox::sqlite::SqliteStore;
//! use campfire_outbox::{Absence, Create, Outbox, RunOptions};
//!
//! // let campfire = campfire::Client::from_env()?;
//! let outbox = Outbox::new(&campfire, SqliteStore::open(file)?);
//! let usage = ContractUsageCreate::new(contract);
//! outbox.add([Create::new("usage-2026-11/17", "contracts.usage.create").id(contract).body(&usage)]).await?;
//!
//! let settle = Absence::SendAgainAfter(Duration::from_secs(120));
//! let report = outbox.run(&RunOptions::new(settle)).await?;
//! println!("{report}");
//! assert!(report.is_complete());
//! # Ok(())
//! # }
//! ```
//!
//! Run it again, as often as you like and in as many processes: what exists is not created again. `docs/outbox.md` says what
//! is guaranteed, under which assumptions, and what is not.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod call;
mod create;
mod error;
mod intent;
mod look;
pub mod machine;
mod marker;
mod outbox;
#[cfg(feature = "postgres")]
pub mod postgres;
mod progress;
mod report;
mod run;
mod settings;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod store;

pub use create::{Create, record_of};
pub use error::{Error, PlanError};
pub use intent::{Added, Claim, Counts, Intent, NewIntent, Outcome, Request, Turn};
pub use outbox::{DryRun, Outbox, Plan};
pub use progress::{Progress, Reason, Wait};
pub use report::Report;
pub use settings::{Absence, RunOptions, Stop};
