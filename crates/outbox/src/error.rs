//! [`Error`]: why the outbox could not do its work.

use std::fmt;

/// Why the outbox could not do its work. What becomes of single intents stands in the [report](crate::Report), not here.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The store failed. Nothing that it had confirmed is lost.
    Store(Box<dyn std::error::Error + Send + Sync>),
    /// The API refuses all calls, or cannot be reached. Run again later.
    Api(Box<campfire::Error>),
    /// A create cannot be planned.
    Plan(PlanError),
    /// There is no intent with this key in a stage that allows this.
    NoSuchIntent(String),
    /// The settings contradict each other.
    Settings(&'static str),
}

impl Error {
    pub(crate) fn store(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Store(error.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "the store of the outbox failed: {error}"),
            Self::Api(error) => write!(f, "the run stopped: {error}"),
            Self::Plan(error) => error.fmt(f),
            Self::NoSuchIntent(key) => write!(f, "no intent `{key}` is in a stage that allows this"),
            Self::Settings(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(&**error),
            Self::Api(error) => Some(error),
            _ => None,
        }
    }
}

/// A create that cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    key: String,
    message: String,
}

impl PlanError {
    pub(crate) fn new(key: &str, message: impl fmt::Display) -> Self {
        Self { key: key.to_owned(), message: message.to_string() }
    }

    /// Returns the key of the create.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be planned: {}", self.key, self.message)
    }
}

impl std::error::Error for PlanError {}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

/// The longest key. Fields that hold one take at least 100 characters.
pub(crate) const LONGEST_KEY: usize = 80;

/// Why a key cannot be put in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    Unusable,
    NotText(&'static str),
    Taken(&'static str),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusable => {
                let longest = LONGEST_KEY;
                write!(f, "a key has 1 to {longest} ASCII characters, without spaces, brackets, quotes and backslashes")
            }
            Self::NotText(field) => write!(f, "the field `{field}`, which takes the key, is not a string"),
            Self::Taken(field) => write!(f, "the field `{field}` has to take the key, but contains another one"),
        }
    }
}
