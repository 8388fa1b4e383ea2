//! Guides: whole jobs, step by step. The code of each guide runs against the [sandbox](crate::sandbox) in the tests of this
//! crate.
//!
//! | guide | subject |
//! | --- | --- |
//! | [`getting_started`] | a client, the first calls, fields, updates |
//! | [`lists_and_copies`] | lists of any size, resuming them, keeping a copy current |
//! | [`journals`] | entries that balance, reverse themselves, or span entities |
//! | [`invoice_to_cash`] | a customer, an invoice, payments, credit memos |
//! | [`bill_to_payment`] | a vendor, a bill, its payment |
//! | [`contracts`] | contracts, subscriptions, usage, milestones, revenue |
//! | [`statements`] | trial balance, income statement, balance sheet |
//! | [`files`] | uploads and downloads |
//! | [`webhooks`] | subscriptions, and what is not documented about deliveries |
//! | [`custom_fields`] | values and definitions |
//! | [`errors_and_retries`] | what each error asks of you, and what is retried |
//! | [`testing`] | the sandbox and mocks in your own tests |
//! | [`money_and_currencies`] | exact amounts, and which currency they are in |
//! | [`upgrading`] | what may change from version to version |

#![cfg_attr(
    not(all(feature = "areas", feature = "blocking", feature = "mock", feature = "sandbox")),
    allow(rustdoc::broken_intra_doc_links)
)]

// For the links in the guides, which are short so that the files read well elsewhere, too.
#[cfg(feature = "blocking")]
#[allow(unused_imports)]
use crate::blocking;
#[allow(unused_imports)]
use crate::{
    Client, Date, Decimal, Download, Error, List, Money, Patch, Record, Response, Syncable, Timestamp, Watermark, api,
    ids, tables, types,
};

#[doc = include_str!("guide/getting-started.md")]
pub mod getting_started {}

#[doc = include_str!("guide/lists-and-copies.md")]
pub mod lists_and_copies {}

#[doc = include_str!("guide/journals.md")]
pub mod journals {}

#[doc = include_str!("guide/invoice-to-cash.md")]
pub mod invoice_to_cash {}

#[doc = include_str!("guide/bill-to-payment.md")]
pub mod bill_to_payment {}

#[doc = include_str!("guide/contracts.md")]
pub mod contracts {}

#[doc = include_str!("guide/statements.md")]
pub mod statements {}

#[doc = include_str!("guide/files.md")]
pub mod files {}

#[doc = include_str!("guide/webhooks.md")]
pub mod webhooks {}

#[doc = include_str!("guide/custom-fields.md")]
pub mod custom_fields {}

#[doc = include_str!("guide/errors-and-retries.md")]
pub mod errors_and_retries {}

#[doc = include_str!("guide/testing.md")]
pub mod testing {}

#[doc = include_str!("guide/money-and-currencies.md")]
pub mod money_and_currencies {}

#[doc = include_str!("guide/upgrading.md")]
pub mod upgrading {}
