//! Operations: routing a request, and doing what its operation asks for.

mod approval;
mod body;
mod call;
mod effect;
pub(crate) mod files;
mod item;
mod list;
pub(crate) mod perform;
pub(crate) mod route;
mod search;
