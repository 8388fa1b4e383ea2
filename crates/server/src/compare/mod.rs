//! Comparing a recorded session with the sandbox.

mod adoption;
mod class;
mod difference;
mod ids;
mod replay;
mod report;
mod request;
mod walk;
mod yaml;

pub(crate) use replay::run;
