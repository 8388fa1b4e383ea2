//! The command, run as a function against a sandbox, and as a process.

mod accounts;
mod commands;
#[cfg(feature = "copy")]
mod copies;
mod every_operation;
mod features;
#[cfg(feature = "import")]
mod imports;
mod output;
mod processes;
mod random;
mod support;
mod writes;
