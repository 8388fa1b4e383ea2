//! Fixed assets.
//!
//! - [`schedule`] computes the rows by which an asset loses its value.
//! - [`depreciation`] keeps and posts those rows.
//! - [`rule`] makes assets of postings, and [`unmatched`] finds those that no asset explains.

pub(super) mod depreciation;
pub(super) mod rule;
mod schedule;
pub(super) mod unmatched;
