//! A client for the [Campfire](https://docs.campfire.ai/) accounting API: ledger, invoices, bills, contracts and
//! revenue recognition, statements.
//!
//! Start with a [`Client`]. Its methods are the resources of the API, as a tree: `campfire.contracts().usage(42).list()`.
//! A method that calls the API returns a request builder: set options on it, then await it.
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
//! let deal = ContractCreate::default().deal_name("Northwind 2027");
//! let contract = campfire.contracts().create(&deal).await?;
//! let body = ContractUsageCreate::new(contract.id);
//! let usage = campfire.contracts().usage(contract.id).create(&body).await?;
//! let mut contracts = campfire.contracts().list().page_size(500).stream();
//! while let Some(contract) = contracts.try_next().await? {
//!     println!("{:?}: {:?}", contract.deal_name, contract.total_contract_value);
//! }
//! # assert_eq!(usage.contract, Some(contract.id));
//! # Ok(())
//! # }
//! ```
//!
//! # Overview
//!
//! | item | purpose |
//! | --- | --- |
//! | [`guide`] | whole jobs, step by step: journals, invoices, lists, tests of your own code |
//! | [`Client`] | API key, connections, settings |
//! | [`api`] | the resources and their requests |
//! | [`types`] | the objects and enums of the API |
//! | [`ids`] | the IDs of records, a type per resource |
//! | [`Response`], [`Page`], [`Download`] | results of calls |
//! | [`RecordStream`], [`PageStream`], [`PageToken`] | lists of any size, and resuming them |
//! | [`ChangeStream`], [`Watermark`] | what has changed since the last run |
//! | [`ChildRecords`] | the child records of every parent |
//! | [`List`], [`Syncable`], [`Record`], [`tables`] | code that works on any list |
//! | [`Error`] | what went wrong, and what to do about it |
//! | [`Decimal`], [`Money`], [`Timestamp`], [`Date`], [`Patch`], [`Json`] | the values that everything is made of |
#![cfg_attr(
    feature = "operations",
    doc = "| [`operations`] (feature) | the operations as data, and calls by operation id |"
)]
#![cfg_attr(feature = "sandbox", doc = "| [`sandbox`] (feature) | the API on your own machine |")]
//!
//! # Guarantees
//!
//! - A type that responses contain guarantees only its identity (`id`). Every other field may be missing, whatever the
//!   vendor's reference says, and is an `Option`. Unknown fields are kept in `extra`.
//! - Money is a [`Decimal`], exact to the digit. The documentation of each field names its currency; a plain `amount` is in
//!   the currency of the document on invoices, bills and memos, and in the consolidation currency on ledger transactions.
//! - An update distinguishes between leaving a field alone, clearing it and setting it ([`Patch`]).
//! - Retries depend on what the operation does, not on its HTTP method, and never post anything twice ([`RetryPolicy`],
//!   `docs/reliability.md`). If the response to a call that must not be retried is lost, the error is
//!   [`Error::OutcomeUnknown`] and says where to check.
//! - Cloning a [`Client`] is cheap, and all clones share connections.
//!
//! None of this has been checked against the live server, because there is no public test system.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Unused parts: without some areas, and in unit tests, which are built without the generated code to save its second build.
#![cfg_attr(any(test, not(feature = "areas")), allow(dead_code, unreachable_pub, unused_imports, unused_macros))]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
mod client;
#[cfg(not(test))]
mod convert;
mod files;
#[cfg(all(feature = "__fuzz", not(test)))]
#[doc(hidden)]
pub mod fuzz;
// Only in the documentation; its code is tested with the features that it uses.
#[cfg(doc)]
#[cfg(any(not(doctest), all(feature = "areas", feature = "sandbox", feature = "mock")))]
pub mod guide;
#[cfg(not(test))]
pub mod ids;
mod list;
#[cfg(all(feature = "mock", not(test)))]
pub mod mock;
#[cfg(feature = "operations")]
pub mod operations;
mod requests;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod send;
#[cfg(all(feature = "financial-statements", not(test)))]
pub mod statements;
#[cfg(not(test))]
pub mod tables;
mod unlisted;
mod wire;

/// What the description says about the server.
mod server {
    include!(concat!(env!("OUT_DIR"), "/server.rs"));
}

#[doc(inline)]
pub use campfire_values::{
    Date, DateOrTimestamp, Decimal, FieldText, Json, JsonNumber, JsonObject, Money, MoneyError, ParseDecimalError,
    ParseJsonError, ParseTimestampError, Patch, RecordText, Timestamp,
};
/// The version of `schemars` whose `JsonSchema` all types implement.
#[cfg(feature = "schemars")]
pub use schemars;

pub use campfire_transport::outcome::error::Error;
pub use campfire_transport::outcome::event::{AttemptEvent, CallEvent, Event, RetryEvent};
pub use campfire_transport::outcome::operation::{ClientKey, Operation, Retry};
pub use campfire_transport::outcome::rejected::{RejectedRecord, RejectedRecords};
pub use campfire_transport::outcome::response::Response;
pub use campfire_transport::retry::RetryPolicy;
pub use client::{Client, ClientBuilder};
pub use files::download::Download;
pub use files::upload::FilePart;
pub use http::Method;
pub use list::any::{List, Syncable};
pub use list::changes::{Change, ChangePage, ChangeStream, Deleted};
pub use list::children::{ChildRecordError, ChildRecordStream, ChildRecords};
pub use list::page::ListPage;
pub use list::pages::PageStream;
pub use list::progress::Progress;
pub use list::record::Record;
pub use list::records::RecordStream;
pub use list::token::PageToken;
pub use list::watermark::{SyncWarning, Watermark};
pub use send::ResponseFuture;
pub use unlisted::UnlistedRequest;
pub use wire::page::Page;

/// The details of an [`Error`].
pub mod error {
    #[cfg(not(test))]
    pub use crate::convert::MissingField;
    pub use campfire_transport::outcome::error::{
        ApiError, ConfigurationError, DecodeError, FieldError, OutcomeUnknown, RecordError, RequestError, TimeoutError,
        TimeoutPhase, TransportError,
    };
}

/// Progenitor's methods, one per operation: each builds a request.
#[cfg(not(test))]
#[allow(clippy::all, clippy::pedantic, unused_imports)]
mod generated {
    use crate::requests::Requests;

    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

/// The objects and enums of the API.
#[cfg(not(test))]
#[allow(clippy::all, clippy::pedantic, deprecated)]
#[cfg_attr(not(feature = "areas"), allow(rustdoc::broken_intra_doc_links))]
pub mod types {
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}

/// The resources of the API and their requests, as a tree that mirrors the operation ids. The reference of the vendor is at
/// <https://docs.campfire.ai/>.
#[cfg(not(test))]
#[allow(clippy::all, clippy::pedantic, deprecated)]
#[cfg_attr(not(feature = "areas"), allow(rustdoc::broken_intra_doc_links))]
pub mod api {
    include!(concat!(env!("OUT_DIR"), "/resources.rs"));
}

/// Compiles the code of the README.
#[cfg(all(doctest, feature = "areas"))]
#[doc = include_str!("../README.md")]
struct Readme;
