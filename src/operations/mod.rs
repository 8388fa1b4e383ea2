//! The operations of the API as data, and calls by operation id (feature `operations`).
//!
//! For programs that learn only at run time what to call: commands, importers, agents. Everyone else is better served by the
//! typed methods of [`Client`](crate::Client).
//!
#![cfg_attr(all(feature = "revenue-recognition", feature = "sandbox"), doc = "```")]
#![cfg_attr(not(all(feature = "revenue-recognition", feature = "sandbox")), doc = "```ignore")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = campfire::sandbox::Sandbox::start().await?;
//! # let campfire = sandbox.client()?;
//! let contract = campfire.operation("contracts.create")?.body(r#"{"deal_name": "Northwind 2027"}"#.parse()?).await?;
//! let id = contract["id"].as_i64().unwrap_or_default();
//! let contract = campfire.operation("contracts.retrieve")?.parameter("id", id).await?;
//! assert_eq!(contract["deal_name"], "Northwind 2027");
//!
//! let operation = campfire::operations::get("contracts.usage.create").ok_or("no such operation")?;
//! assert_eq!(operation.path_parameters[0].name, "contract_id");
//! # Ok(())
//! # }
//! ```

mod parameter;
mod request;
#[cfg(not(test))]
mod table;
mod untyped;

pub use campfire_operation_table::{
    Body, Bound, EnumValue, ErrorStatus, Field, Limits, Money, Operation, Paging, Parameter, Response, Retry, Schema,
    SchemaKind, Type,
};
pub use request::PreparedRequest;
#[cfg(not(test))]
pub use table::{get, ids, schema, similar};
pub use untyped::UntypedCall;
