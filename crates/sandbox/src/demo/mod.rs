//! The demo company. What it posts goes through the books like any call.

mod business;
mod company;
mod founding;
pub(crate) mod history;
pub(crate) mod options;
mod random;
