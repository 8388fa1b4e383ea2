//! What the program prints. If nobody reads it any more, that is no reason to stop serving.

use std::fmt::Arguments;
use std::io::{self, Write};

/// Prints a line.
pub(crate) fn line(text: Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Prints a line about something that went wrong.
pub(crate) fn problem(text: Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{text}");
}
