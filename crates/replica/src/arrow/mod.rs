//! Lists and their changes as Arrow record batches.
//!
#![cfg_attr(feature = "arrow", doc = "```no_run")]
//! use campfire_replica::arrow;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let campfire = campfire::Client::from_env()?;
//! let mut batches = arrow::read(campfire.transactions().list().all_time(true).page_size(500));
//! while let Some(page) = batches.try_next().await? {
//!     println!("{} rows, {} columns", page.batch.num_rows(), page.batch.num_columns());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A batch has the fields of the records as columns, in the order of the description, and these:
//!
//! | column | type | |
//! | --- | --- | --- |
//! | `_parent` | Int64 | the id of the parent of a child record, in copies |
//! | `_extra` | Utf8 | a JSON object of what no other column holds |
//! | `_checksum` | Int64 | a checksum of the record |
//! | `_deleted` | Boolean | in changes only: the record was deleted, and all columns but `id` are null |
//!
//! | field | column |
//! | --- | --- |
//! | decimal | Decimal128(38, 18): 20 digits before the point and 18 after it |
//! | integer | Int64 |
//! | boolean | Boolean |
//! | string | Utf8 |
//! | date | Date32 |
//! | time | Timestamp in microseconds, UTC |
//! | list | List |
//! | object with known fields | Struct of its fields, and of an `_extra` of its own |
//! | any JSON, objects whose keys are data, lists of these | Utf8: JSON text |
//!
//! A value that does not fit its column exactly is null there and part of the nearest `_extra`: nothing is rounded, and no value
//! passes through a float. Fields that are null are like fields that are absent, zeros at the end of a fraction are not kept
//! (`0.10` is read back as `0.1`), and times are read back in UTC.

mod column;
// Only the sink reads batches back.
#[cfg_attr(not(feature = "parquet"), allow(dead_code))]
pub(crate) mod record;
pub(crate) mod rows;
#[cfg_attr(not(feature = "parquet"), allow(dead_code))]
pub(crate) mod scalar;
#[cfg_attr(not(feature = "parquet"), allow(dead_code))]
pub(crate) mod shape;
pub mod stream;

pub use stream::{read, read_changes, read_changes_of, read_table};

use arrow_schema::SchemaRef;
use campfire::tables::Table;

use crate::layout::Layout;

/// Returns the schema of the batches of a table.
pub fn schema(table: &Table) -> SchemaRef {
    rows::schema(&Layout::of(table))
}
