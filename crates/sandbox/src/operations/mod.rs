//! Operations: routing a request and performing its operation.

mod approval;
mod body;
mod call;
mod caller;
mod effect;
pub(crate) mod files;
mod item;
mod list;
pub(crate) mod perform;
mod reassign;
pub(crate) mod route;
mod search;
mod source;
mod upkeep;
mod work;
