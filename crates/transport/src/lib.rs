//! The transport: everything between a call and the network. It knows requests and bytes, and no types of the API.
//!
//! Users depend on `campfire-sdk`, which re-exports what they need of this. The rest is public for that crate alone and hidden in
//! the documentation.
//!
//! [`outcome`] holds what a call can end in, and [`defaults`] the default of each limit. An `exchange` is one call on its way.
//! `request` is the ground for progenitor's methods, which build its requests; `http` makes HTTP clients, and `pools` chooses
//! one; `handover` knows if a request was sent. One file per policy: `retry` repeats attempts, `budget` and `pause` keep
//! retries from becoming a storm, `pace` spreads requests over time, `limit` ends what takes too long. `in_box` boxes futures. `hooks` and `trace`
//! report what happens. `body` reads bodies within limits, `gzip` decompresses them, `received` turns them into successes,
//! `api_error` and `failure` into errors; `error_body` reads what a server says, without the `secret`.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[doc(hidden)]
pub mod address;
#[doc(hidden)]
pub mod api_error;
#[doc(hidden)]
pub mod body;
mod budget;
pub mod defaults;
pub mod disposition;
mod error_body;
#[doc(hidden)]
pub mod exchange;
#[doc(hidden)]
pub mod failure;
mod gzip;
mod handover;
#[doc(hidden)]
pub mod hooks;
#[doc(hidden)]
pub mod http;
#[doc(hidden)]
pub mod in_box;
#[doc(hidden)]
pub mod limit;
pub mod outcome;
#[doc(hidden)]
pub mod pace;
mod pause;
#[doc(hidden)]
pub mod pools;
#[doc(hidden)]
pub mod received;
#[doc(hidden)]
pub mod request;
pub mod retry;
#[doc(hidden)]
pub mod secret;
#[doc(hidden)]
pub mod settings;
mod trace;
