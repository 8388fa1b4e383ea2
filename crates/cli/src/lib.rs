//! `campfire`, a command for the Campfire accounting API.
//!
//! Every operation is a subcommand (`campfire contracts usage create 42 …`), built from the table of operations in
//! [`campfire::operations`]: nothing here knows an operation by name, except the commands that do more than one call. [`run`]
//! is the whole command as a function, with its input and output as arguments, so that tests need no process.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod account;
mod arguments;
mod call;
mod commands;
mod confirm;
mod failure;
mod finder;
mod globals;
mod output;
mod path;
#[cfg(feature = "copy")]
mod place;
#[cfg(feature = "postgres")]
mod postgres;
mod prose;
mod session;
mod tree;
mod waits;

use std::ffi::OsString;
use std::process::ExitCode;

pub use failure::exit;
pub use session::Session;

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the async runtime cannot be started: {error}");
            return ExitCode::from(exit::OTHER);
        }
    };
    let mut session = Session::of_process();
    ExitCode::from(runtime.block_on(run(std::env::args_os().collect(), &mut session)))
}

/// Runs the command with these arguments, of which the first is the name of the program. Returns the exit code.
pub async fn run(arguments: Vec<OsString>, session: &mut Session) -> u8 {
    let result = commands::dispatch(arguments, session).await;
    let result = result.and_then(|()| Ok(session.out.flush()?));
    match result {
        Ok(()) => exit::OK,
        Err(failure) => failure.report(session),
    }
}
