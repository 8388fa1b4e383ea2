//! Compares operations: which ones match, and their parameters, bodies and responses.

mod compare;
mod comparison;
mod content;
mod document;
mod headers;
mod operation;
mod parameters;
mod responses;
mod security;

pub(crate) use compare::{Operations, compare};
pub(crate) use comparison::Found;
