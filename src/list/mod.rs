//! Lists: from one page to all of them, to the changes of an hour, and to the child records of every parent.
//!
//! A request builder of a list implements [`ListBuilder`](source::ListBuilder) through a macro. [`walk`] decides which request comes next
//! and which of its records are new; [`overlap`] and [`search`] follow records that move. [`reader`] sends requests, ahead
//! of the user; [`in_flight`] says how far ahead, and each page has a task that runs [`fetch`]. All of them work on pages
//! without the type of their records, so they are compiled once. [`pages`] gives pages their type back; [`records`] takes them apart; [`changes`] reads only what has changed since a [`watermark`];
//! [`children`] reads the child lists of every parent. [`any`] has the traits of all lists, [`table`] lists as data, and
//! [`schema`] the fields of their records.

pub(crate) mod any;
pub(crate) mod changes;
pub(crate) mod children;
pub(crate) mod erased;
mod fetch;
pub(crate) mod head;
mod in_flight;
pub(crate) mod macros;
pub(crate) mod options;
mod overlap;
pub(crate) mod page;
pub(crate) mod pages;
mod place;
pub(crate) mod position;
pub(crate) mod progress;
mod reader;
pub(crate) mod record;
pub(crate) mod records;
pub(crate) mod schema;
mod search;
#[cfg(test)]
mod simulation;
pub(crate) mod source;
pub(crate) mod table;
mod task;
pub(crate) mod token;
mod walk;
pub(crate) mod watermark;
