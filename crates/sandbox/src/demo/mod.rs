//! The demo company. What it posts goes through the books like any call.

mod business;
pub(crate) mod company;
mod founding;
pub(crate) mod options;
mod random;
