//! Client for the [Campfire](https://docs.campfire.ai/) accounting API.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod call;
mod client;
pub mod decimal;
mod decode;
mod download;
pub mod error;
pub mod json;
mod limits;
mod open_enum;
mod operation;
mod page;
mod pagination;
mod patch;
mod response;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod timestamp;
mod transport;
mod upload;
mod wire;

/// A calendar day: `chrono`'s [`NaiveDate`](chrono::NaiveDate). The API means days without a zone.
pub use chrono::NaiveDate as Date;
pub use client::{Client, ClientBuilder};
pub use decimal::Decimal;
pub use download::Download;
pub use error::{ApiError, DecodeError, Error};
pub use json::{Json, JsonObject};
pub use operation::{Operation, Retry};
pub use page::{Page, Rejected};
pub use pagination::{Pages, Rows};
pub use patch::Patch;
pub use response::Response;
pub use timestamp::{DateOrTimestamp, Timestamp};
pub use upload::FilePart;

pub(crate) use call::request;
pub(crate) use open_enum::open_enum;
pub(crate) use pagination::list;

/// Progenitor's client. Private: none of its types reaches a user.
#[allow(
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    unused_imports,
    dead_code,
    mismatched_lifetime_syntaxes
)]
mod generated {
    use crate::types;

    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

/// The objects and enums of the API.
#[allow(clippy::all, clippy::pedantic)]
pub mod types {
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}

/// The resources of the API and the requests that they make, as a tree that mirrors the operation ids.
#[allow(clippy::all, clippy::pedantic)]
pub mod api {
    include!(concat!(env!("OUT_DIR"), "/resources.rs"));
}
