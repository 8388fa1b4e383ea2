//! The books: posting, settling, reversing, and adding up.
//!
//! Entries balance, documents equal their lines, payments reduce what is due, and statements are computed from posted
//! lines. There is a file per rule:
//!
//! - [`journal`] keeps entries balanced and reverses them.
//! - [`document`] posts invoices, bills, and memos, and voids them.
//! - [`payment`] settles documents and takes payments back.
//! - [`revenue`] recognizes what contracts earn, and [`asset`] depreciates fixed assets.
//! - [`banking`] imports bank lines and reconciles accounts.
//! - [`due`] does what falls due as the clock moves.
//! - [`statement`] adds up posted lines.
//! - [`chart`] finds control accounts, [`period`] protects closed books, [`merge`] joins offsetting lines, and
//!   [`allocation`] splits amounts over products.
//!
//! [`adopted`] infers what the books know of records that another server has shown.
//!
//! [`actions`] runs the action that the sandbox overlay assigns to an operation (`effect: {do: …}`), and [`hooks`] runs
//! when a call creates, changes, or deletes a record.

pub(crate) mod actions;
pub(crate) mod adopted;
mod allocation;
mod asset;
pub(crate) mod audit;
pub(crate) mod banking;
pub(crate) mod books;
mod chart;
mod contract;
pub(crate) mod document;
pub(crate) mod due;
pub(crate) mod hooks;
pub(crate) mod journal;
pub(crate) mod kind;
mod merge;
pub(crate) mod payment;
mod period;
pub(crate) mod request;
mod revenue;
mod spread;
mod statement;
mod values;
