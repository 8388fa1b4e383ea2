//! The values of the Campfire API: exact decimals, timestamps, JSON that keeps every digit, and patches.
//!
//! No HTTP and no types of the API here. Users of `campfire-sdk` reach all of this through `campfire`.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod custom_fields;
mod decimal;
pub mod fields;
pub mod fields_writer;
mod id;
pub mod json;
pub mod limits;
mod macros;
mod money;
mod patch;
pub mod raw;
mod read_error;
pub mod read_json;
pub mod reader;
mod record_text;
#[cfg(feature = "schemars")]
pub mod schema;
pub mod serialization;
mod timestamp;

/// A calendar day: `chrono`'s [`NaiveDate`](chrono::NaiveDate). The API's days have no time zone.
pub use chrono::NaiveDate as Date;

pub use decimal::{Decimal, ParseDecimalError};
pub use json::{Json, JsonNumber, JsonObject, ParseJsonError};
pub use money::{Money, MoneyError};
pub use patch::Patch;
pub use read_error::ReadJsonError;
pub use record_text::{FieldText, RecordText};
pub use timestamp::{DateOrTimestamp, ParseTimestampError, Timestamp};
