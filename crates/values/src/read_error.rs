//! [`ReadJsonError`]: why a JSON text is not the expected value, and where.

use std::fmt;

/// The error for JSON text that is not the expected value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadJsonError(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    /// From the inside out, because each level adds its own step.
    path: Vec<Step>,
    reason: String,
    at: usize,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl ReadJsonError {
    pub(crate) fn new(reason: String, at: usize) -> Self {
        Self(Box::new(Details { path: Vec::new(), reason, at }))
    }

    /// Adds the key that the value belongs to.
    #[cold]
    #[must_use]
    pub fn at_key(mut self, key: impl Into<String>) -> Self {
        self.0.path.push(Step::Key(key.into()));
        self
    }

    /// Adds the index of the value in its list.
    #[cold]
    #[must_use]
    pub fn at_index(mut self, index: usize) -> Self {
        self.0.path.push(Step::Index(index));
        self
    }

    /// Returns the path of the value: `lines[2].tax`. It is empty for the text as a whole.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for step in self.0.path.iter().rev() {
            match step {
                Step::Index(index) => path.push_str(&format!("[{index}]")),
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
            }
        }
        path
    }

    /// Returns what was expected and what was found.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Returns the index of the byte behind the value.
    pub fn position(&self) -> usize {
        self.0.at
    }
}

impl fmt::Display for ReadJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.path.is_empty() {
            write!(f, "`{}`: ", self.path())?;
        }
        f.write_str(&self.0.reason)
    }
}

impl std::error::Error for ReadJsonError {}
