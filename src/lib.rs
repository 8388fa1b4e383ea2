//! A client for the [Campfire](https://docs.campfire.ai/) accounting API: ledger, invoices, bills, contracts and
//! revenue recognition, statements.
//!
//! Begin with a [`Client`]; its methods are the resources of the API, as a tree: `campfire.contracts().usage(42).list()`.
//! A method that calls the API gives a request, to set options on and then to await.
//!
#![cfg_attr(all(feature = "revenue-recognition", feature = "sandbox"), doc = "```")]
#![cfg_attr(not(all(feature = "revenue-recognition", feature = "sandbox")), doc = "```ignore")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = campfire::sandbox::Sandbox::start().await?;
//! # let campfire = sandbox.client()?;
//! use campfire::types::{ContractCreate, ContractUsageCreate};
//!
//! // let campfire = campfire::Client::from_env()?;
//! let deal = ContractCreate { deal_name: Some("Northwind 2027".into()), ..Default::default() };
//! let contract = campfire.contracts().create(&deal).await?;
//! let usage = campfire.contracts().usage(contract.id).create(&ContractUsageCreate::new(contract.id)).await?;
//! let mut contracts = campfire.contracts().list().page_size(500).stream();
//! while let Some(contract) = contracts.try_next().await? {
//!     println!("{:?}: {:?}", contract.deal_name, contract.total_contract_value);
//! }
//! # assert_eq!(usage.contract, Some(contract.id));
//! # Ok(())
//! # }
//! ```
//!
//! # Where things are
//!
//! | | |
//! | --- | --- |
//! | [`Client`] | key, connections, settings |
//! | [`api`] | the resources and their requests |
//! | [`types`] | the objects and enums of the API |
//! | [`Response`], [`Page`], [`Rows`] | what calls give |
//! | [`Changes`], [`FanOut`], [`PageToken`] | lists of any size: what has changed, what is below all parents, going on later |
//! | [`Error`] | what goes wrong, and what to do about it |
//! | [`Decimal`], [`Timestamp`], [`Date`], [`Patch`], [`Json`] | the values that everything is made of |
//! | `sandbox` (feature) | the API on your own machine |
//!
//! # What to rely on
//!
//! - A read type promises its identity (`id`) only. Everything else may be missing, whatever the vendor's reference
//!   says, and is an `Option`. What is not known is in `extra`.
//! - Money is a [`Decimal`], exact to the digit. Its currency is said at each field; note that a plain `amount` is in the
//!   document's currency on invoices, bills and memos, and in the consolidation currency on ledger transactions.
//! - An update ([`Patch`]) tells apart leaving a field alone, clearing and setting it.
//! - Calls are repeated by what they mean, never so that something is posted twice ([`RetryPolicy`], `docs/reliability.md`).
//!   Where the answer to such a call is lost, the error is [`Error::OutcomeUnknown`] and says where to look.
//! - Cloning a [`Client`] is cheap, and all clones share connections.
//!
//! None of this was ever checked against the live server: there is no public test system.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
// Some parts serve only some areas (uploads, cursors): without the others they are unused.
#![cfg_attr(not(feature = "areas"), allow(dead_code, unused_imports, unused_macros))]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
mod client;
mod decode;
mod download;
pub mod error;
mod event;
#[cfg(feature = "__fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod limits;
mod list;
#[cfg(feature = "mock")]
pub mod mock;
mod open_enum;
mod operation;
mod page;
mod response;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(feature = "schemars")]
mod schema;
mod transport;
mod upload;
mod wire;

#[doc(inline)]
pub use campfire_values::{
    Date, DateOrTimestamp, Decimal, Json, JsonNumber, JsonObject, ParseDecimalError, ParseJsonError, ParseTimestampError,
    Patch, Timestamp,
};
pub use client::{Client, ClientBuilder};
pub use download::Download;
pub use error::{ApiError, DecodeError, Error};
pub use event::{AttemptEvent, CallEvent, Event, RetryEvent};
pub use list::{
    Change, Changes, Deleted, FanOut, FanOutError, FanOutRows, PageToken, Pages, Progress, Rows, Watermark,
};
pub use operation::{Operation, Retry};
pub use page::{BadRecord, Page, Rejected};
pub use response::Response;
/// The crate whose `JsonSchema` all types implement, in the version that they implement it of.
#[cfg(feature = "schemars")]
pub use schemars;
pub use transport::retry::RetryPolicy;
pub use upload::FilePart;

pub(crate) use call::request;
pub(crate) use list::{list, sync};
pub(crate) use open_enum::open_enum;

/// Progenitor's methods, one per operation: each builds a request.
#[allow(clippy::all, clippy::pedantic, unused_imports)]
mod generated {
    use crate::transport::request::Requests;

    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

/// The objects and enums of the API.
#[allow(clippy::all, clippy::pedantic, deprecated)]
pub mod types {
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}

/// The resources of the API and the requests that they make, as a tree that mirrors the operation ids.
#[allow(clippy::all, clippy::pedantic, deprecated)]
pub mod api {
    include!(concat!(env!("OUT_DIR"), "/resources.rs"));
}

/// The code of the README compiles.
#[cfg(all(doctest, feature = "revenue-recognition"))]
#[doc = include_str!("../README.md")]
struct Readme;
