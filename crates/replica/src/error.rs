//! [`Error`]: why a copy cannot be made or read.

use std::error::Error as StdError;
use std::fmt;

/// Why a copy cannot be made or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A call of the API failed.
    Api(Box<campfire::Error>),
    /// The place where the copy is kept cannot be read or written.
    Storage(StorageError),
    /// The copy is not what this operation needs: the message says what is wrong and what to do.
    Copy(String),
}

/// The place where a copy is kept cannot be read or written.
#[derive(Debug)]
#[non_exhaustive]
pub struct StorageError {
    /// What was being done: "write to the table `transactions`".
    pub action: String,
    /// Why it failed.
    pub cause: Box<dyn StdError + Send + Sync>,
}

impl Error {
    /// Creates the error of a place that cannot be read or written: `action` completes "cannot …".
    pub fn storage(action: impl Into<String>, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Storage(StorageError { action: action.into(), cause: cause.into() })
    }

    /// Creates the error of a copy that is not what an operation needs.
    pub fn copy(message: impl Into<String>) -> Self {
        Self::Copy(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::Storage(StorageError { action, cause }) => {
                write!(f, "cannot {action}: {cause}")?;
                // Databases say what happened in the sources of their errors only.
                let mut source = cause.source();
                while let Some(error) = source {
                    write!(f, ": {error}")?;
                    source = error.source();
                }
                Ok(())
            }
            Self::Copy(message) => f.write_str(message),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Api(error) => Some(error),
            Self::Storage(error) => Some(&*error.cause),
            Self::Copy(_) => None,
        }
    }
}

impl From<campfire::Error> for Error {
    fn from(error: campfire::Error) -> Self {
        Self::Api(Box::new(error))
    }
}
