//! The API on your own machine: a stateful server on loopback, driven by the same description as the client.
//!
#![cfg_attr(feature = "revenue-recognition", doc = "```")]
#![cfg_attr(not(feature = "revenue-recognition"), doc = "```ignore")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use campfire::{sandbox::Sandbox, types::ContractCreate};
//!
//! let sandbox = Sandbox::start().await?;
//! let campfire = sandbox.client()?;
//! let body = ContractCreate { deal_name: Some("Northwind 2027".into()), ..ContractCreate::default() };
//! let contract = campfire.contracts().create(&body).await?;
//! assert_eq!(campfire.contracts().retrieve(contract.id).await?.deal_name, contract.deal_name);
//! # Ok(())
//! # }
//! ```
//!
//! A [`Demo`] company fills it with a year of business:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use campfire::sandbox::{Demo, Sandbox};
//!
//! let sandbox = Sandbox::start().await?;
//! sandbox.demo(&Demo::default().rows(500).seed(7))?;
//! assert!(sandbox.count("transactions") >= 500);
//! # Ok(())
//! # }
//! ```
//!
//! See [`campfire_sandbox`] for what the sandbox is and is not, and `docs/sandbox.md` for its accounting rules.

pub use campfire_sandbox::{Demo, Error, Expectation, Fault, FaultRule, LoggedRequest, Moment, ResponseStyle, Role};
use campfire_sandbox::{ModelSource, Sdk};

use crate::client::Client;

/// A running sandbox for the operations of the compiled areas. It stops when dropped.
pub type Sandbox = campfire_sandbox::Sandbox<Campfire>;

/// The settings of a [`Sandbox`] that has not been started.
pub type SandboxBuilder = campfire_sandbox::SandboxBuilder<Campfire>;

/// An organization in a [`Sandbox`]: its records, books, clock, and API keys.
pub type Tenant = campfire_sandbox::Tenant<Campfire>;

/// Connects the sandbox to this SDK: its model of the API, and its client.
#[derive(Clone, Copy, Debug)]
pub enum Campfire {}

impl Sdk for Campfire {
    type Client = Client;
    type Error = campfire_transport::outcome::error::Error;

    fn model() -> &'static ModelSource {
        static MODEL: ModelSource = ModelSource::new(include_str!(concat!(env!("OUT_DIR"), "/sandbox.json")));
        &MODEL
    }

    fn client(url: &str, key: &str) -> Result<Client, Self::Error> {
        Client::builder().api_key(key).base_url(url).build()
    }
}
