//! The program as a process.
#![cfg(unix)]

mod front;
mod plants;
mod serving;
mod session;
mod sessions;
mod support;
