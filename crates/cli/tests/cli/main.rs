//! The command, run as a function against a sandbox, and as a process.

mod accounts;
mod commands;
mod every_operation;
mod output;
mod processes;
mod random;
mod support;
mod writes;
