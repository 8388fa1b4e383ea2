//! Lists: from one page to all of them, to the changes of an hour, and to the child records of every parent.
//!
//! A request builder of a list implements [`List`](source::List) through a macro. [`walk`] decides which request comes next
//! and which of its records are new. [`pages`] sends requests, ahead of the user; [`records`] takes pages apart;
//! [`changes`] reads only what has changed; [`children`] reads the child lists of every parent.

pub(crate) mod changes;
pub(crate) mod children;
pub(crate) mod macros;
pub(crate) mod options;
pub(crate) mod page;
pub(crate) mod pages;
pub(crate) mod position;
pub(crate) mod progress;
pub(crate) mod record;
pub(crate) mod records;
pub(crate) mod source;
mod task;
pub(crate) mod token;
mod walk;
