//! The integration tests, in one binary: each test binary links the whole SDK.

mod support;

#[cfg(all(
    feature = "sandbox",
    feature = "accounts-payable",
    feature = "accounts-receivable",
    feature = "core-accounting",
    feature = "financial-statements",
    feature = "revenue-recognition",
))]
mod accounting;
#[cfg(all(
    feature = "sandbox",
    feature = "accounts-payable",
    feature = "accounts-receivable",
    feature = "core-accounting",
    feature = "financial-statements",
    feature = "revenue-recognition",
))]
mod accounting_properties;
#[cfg(all(feature = "blocking", feature = "sandbox", feature = "revenue-recognition"))]
mod blocking;
#[cfg(all(
    feature = "sandbox",
    feature = "accounts-receivable",
    feature = "company-objects",
    feature = "core-accounting",
))]
mod changes;
#[cfg(all(feature = "sandbox", feature = "company-objects", feature = "revenue-recognition"))]
mod child_records;
#[cfg(all(feature = "core-accounting", feature = "revenue-recognition", feature = "settings"))]
mod client;
#[cfg(all(feature = "sandbox", feature = "accounts-receivable"))]
mod conversions;
#[cfg(feature = "accounts-receivable")]
mod decoding;
#[cfg(all(feature = "sandbox", feature = "revenue-recognition", feature = "settings"))]
mod downloads;
#[cfg(feature = "revenue-recognition")]
mod errors;
#[cfg(all(feature = "sandbox", feature = "areas"))]
mod examples;
#[cfg(feature = "revenue-recognition")]
mod fetch_ahead;
#[cfg(feature = "__fuzz")]
mod fuzz_seeds;
#[cfg(all(feature = "sandbox", feature = "revenue-recognition"))]
mod hooks;
#[cfg(all(
    feature = "sandbox",
    feature = "accounts-payable",
    feature = "accounts-receivable",
    feature = "revenue-recognition",
))]
mod ids;
#[cfg(feature = "__fuzz")]
mod json_properties;
#[cfg(all(
    feature = "sandbox",
    feature = "accounts-receivable",
    feature = "company-objects",
    feature = "revenue-recognition",
))]
mod lists;
#[cfg(all(feature = "mock", feature = "accounts-receivable", feature = "revenue-recognition"))]
mod mock;
#[cfg(feature = "accounts-receivable")]
mod money;
#[cfg(feature = "sandbox")]
mod operations;
#[cfg(all(feature = "operations", feature = "sandbox", feature = "areas"))]
mod operations_by_id;
mod payload_properties;
mod payloads;
#[cfg(all(feature = "core-accounting", feature = "revenue-recognition"))]
mod reliability;
#[cfg(all(
    feature = "sandbox",
    feature = "accounts-payable",
    feature = "accounts-receivable",
    feature = "company-objects",
    feature = "revenue-recognition",
))]
mod request_validation;
#[cfg(feature = "revenue-recognition")]
mod response_limits;
#[cfg(feature = "revenue-recognition")]
mod responses;
#[cfg(all(feature = "sandbox", feature = "revenue-recognition"))]
mod sandbox;
#[cfg(all(feature = "sandbox", feature = "accounts-receivable", feature = "revenue-recognition"))]
mod sandbox_control;
#[cfg(all(feature = "sandbox", feature = "financial-statements"))]
mod statements;
#[cfg(all(feature = "sandbox", feature = "core-accounting", unix))]
mod sync_example;
#[cfg(all(feature = "sandbox", feature = "areas"))]
mod tables;
#[cfg(all(feature = "mock", feature = "revenue-recognition"))]
mod unlisted;
#[cfg(all(feature = "accounts-receivable", feature = "revenue-recognition", feature = "settings"))]
mod untrusted_lists;
#[cfg(all(feature = "sandbox", feature = "settings"))]
mod uploads;
mod values;
