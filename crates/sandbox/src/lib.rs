//! A stateful server on loopback that stands in for the Campfire API, for tests and first steps.
//!
//! The sandbox is driven by the model that `campfire-codegen` writes from the API description, so it serves the same
//! operations as the client. `campfire-sdk` wraps it as `campfire::sandbox` and adds `client()`; another SDK implements
//! [`Sdk`].
//!
//! # What it is and is not
//!
//! - **Every compiled operation responds in its documented shape.** Records that are created can be read, listed,
//!   changed, and deleted. Ids and times are set as the server sets them, and bodies are checked against the description
//!   and refused as Django REST Framework refuses them.
//! - **The books are real.** Entries balance, invoices and bills post, payments settle them, voiding reverses, closed
//!   periods refuse postings, and statements are computed from what was posted. `docs/sandbox.md` lists the rules.
//! - **Tests can control it**: several [tenants](Sandbox::add_tenant), [roles](Role), a
//!   [rate limit](SandboxBuilder::requests_per_second), [faults](FaultRule), a [demo company](Demo),
//!   [snapshots](Tenant::snapshot), a clock that can be [moved](Tenant::advance), and a [log](Sandbox::requests) of
//!   requests. A POST that repeats an `Idempotency-Key` gets the first response; with another body it is a conflict.
//! - **Links are checked leniently.** The id of another record must exist only if its resource has any records, so that
//!   tests need not seed what they do not use.
//! - **State is in memory** and is lost when the [`Sandbox`] is dropped, unless [`SandboxBuilder::data`] names a file.
//! - **It is not the live server.** It was built from the reference and from recorded responses, and has never been
//!   compared with the live server.
//!
//! # Layout
//!
//! Modules depend only on modules above them:
//!
//! | module | holds |
//! | --- | --- |
//! | `model` | the API as data: operations, schemas, links |
//! | `state` | records, the clock, snapshots |
//! | `messages` | requests and replies |
//! | `records` | checking, storing, and showing records |
//! | `list` | filters, order, and pages |
//! | `accounting` | the books, a file per rule |
//! | `webhooks` | events, and their delivery |
//! | `operations` | routing requests and performing operations |
//! | `server` | tenants, API keys, faults, limits, and the log |
//! | `expectation`, `seed`, `adopt`, `demo`, `tenant`, `control` | the tools for tests, in process and over HTTP |
//! | `connection` | connections, and responses that break on demand |
//! | `builder`, `sandbox` | starting and stopping |

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod accounting;
mod adopt;
mod beginning;
mod builder;
mod connection;
mod control;
mod demo;
mod error;
mod expectation;
mod list;
mod messages;
mod model;
mod operations;
mod records;
mod response_style;
mod role;
mod sandbox;
mod sdk;
mod seed;
mod server;
mod state;
mod tenant;
mod webhooks;

pub use builder::SandboxBuilder;
pub use demo::options::Demo;
pub use error::Error;
pub use expectation::Expectation;
pub use model::source::ModelSource;
pub use response_style::ResponseStyle;
pub use role::Role;
pub use sandbox::Sandbox;
pub use sdk::{NoSdk, Sdk};
pub use server::fault::{Fault, FaultRule, Moment};
pub use server::log::LoggedRequest;
pub use tenant::Tenant;
