//! Compares operations: which ones match, and their parameters, bodies and responses.

mod compare;
mod comparison;
mod content;
mod document;
mod operation;
mod parameters;

pub(crate) use compare::compare;
pub(crate) use comparison::Found;
