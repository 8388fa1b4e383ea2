//! Writes Rust and data from a description: forms of types, progenitor's input and output, builders, tests, the sandbox's
//! model.

pub mod calls;
pub mod deviations;
mod docs;
pub mod facade;
pub mod forms;
pub mod lower;
pub mod mocks;
pub mod model;
pub(crate) mod progenitor;
pub mod resources;
pub mod surface;
pub mod types;
