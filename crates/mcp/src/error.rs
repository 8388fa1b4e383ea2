//! [`Error`]: why the server ended.

use std::fmt;

/// Why the server could not start, or ended before its input did.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The agent did not begin with a valid handshake.
    Handshake(Box<dyn std::error::Error + Send + Sync>),
    /// The input could not be read.
    Input(std::io::Error),
    /// The server stopped because of a bug.
    Stopped(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Handshake(error) => write!(f, "the agent did not begin with a valid MCP handshake: {error}"),
            Error::Input(error) => write!(f, "the input cannot be read: {error}"),
            Error::Stopped(error) => write!(f, "the server stopped: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Handshake(error) | Error::Stopped(error) => Some(error.as_ref()),
            Error::Input(error) => Some(error),
        }
    }
}
