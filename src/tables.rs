//! The lists of the API as data: for programs that copy or show them all, without naming each.
//!
#![cfg_attr(all(feature = "core-accounting", feature = "sandbox"), doc = "```")]
#![cfg_attr(not(all(feature = "core-accounting", feature = "sandbox")), doc = "```ignore")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = campfire::sandbox::Sandbox::start().await?;
//! # let campfire = sandbox.client()?;
//! use campfire::{List, tables};
//!
//! let table = tables::get("transactions").ok_or("no such table")?;
//! println!("{} has {} fields", table.kind(), table.schema().fields().len());
//! let mut records = table.list(&campfire, &[])?.stream();
//! while let Some(record) = records.try_next().await? {
//!     println!("{}: {}", record["id"], record["amount"]);
//! }
//! # Ok(())
//! # }
//! ```

pub use crate::list::schema::{Field, FieldType, RecordSchema};
pub use crate::list::table::{Table, TableList};

/// Returns all tables, parents before their children: every list that needs no parameters but the ids in its path, in the
/// areas whose features are enabled.
pub fn all() -> &'static [Table] {
    crate::api::TABLES
}

/// Returns the table of this name: `contracts_subscriptions`.
pub fn get(name: &str) -> Option<&'static Table> {
    all().iter().find(|table| table.name() == name)
}
