//! Errors of starting and preparing a sandbox.

use std::fmt;

/// An error from starting or preparing a sandbox.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The sandbox cannot listen on the port.
    Listen(std::io::Error),
    /// The bundled model of the API cannot be read. This is a bug in this crate.
    Model(String),
    /// The client cannot be built.
    Client(Box<dyn std::error::Error + Send + Sync>),
    /// There is no resource with this name.
    Resource(String),
    /// The JSON is not a snapshot.
    Snapshot(String),
    /// The data file cannot be read or written: its path, and the reason.
    Data(String, String),
    /// The fault could never do what it says, for example because its operation does not exist.
    Fault(String),
    /// The demo company cannot be posted.
    Demo(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Listen(error) => write!(f, "the sandbox cannot listen on loopback: {error}"),
            Error::Model(message) => f.write_str(message),
            Error::Client(error) => write!(f, "the sandbox cannot build a client: {error}"),
            Error::Resource(name) => {
                write!(f, "there is no resource `{name}`; resource names look like `contracts.usage`")
            }
            Error::Snapshot(reason) => write!(f, "the snapshot cannot be restored: {reason}"),
            Error::Data(path, reason) => write!(f, "the sandbox's data file {path} cannot be used: {reason}"),
            Error::Fault(reason) => write!(f, "the fault cannot be added: {reason}"),
            Error::Demo(reason) => write!(f, "the demo company cannot be posted: {reason}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Listen(error) => Some(error),
            Error::Client(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}
