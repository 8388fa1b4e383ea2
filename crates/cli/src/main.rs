//! The command `campfire`.

use std::process::ExitCode;

fn main() -> ExitCode {
    campfire_cli::main()
}
