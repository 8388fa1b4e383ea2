//! Patterns of operation ids.

use std::fmt;

use crate::model::api::Api;

/// An operation, such as `invoices.create`, or all operations whose ids begin alike, such as `invoices.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(String);

impl Pattern {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Pattern(text.into())
    }

    pub(crate) fn matches(&self, operation: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => operation.starts_with(prefix),
            None => operation == self.0,
        }
    }

    /// Refuses a pattern that matches no operation: it is misspelled, and what depends on it would never happen.
    ///
    /// # Errors
    /// The pattern, and an operation that it might mean.
    pub(crate) fn check(&self, api: &Api) -> Result<(), String> {
        if api.operations().iter().any(|operation| self.matches(&operation.id)) {
            return Ok(());
        }
        let resource = self.0.split_once('.').map_or(self.0.as_str(), |(resource, _)| resource);
        let similar = api.operations().iter().filter(|operation| operation.resource() == resource);
        let similar: Vec<String> = similar.map(|operation| format!("`{}`", operation.id)).collect();
        let hint = if similar.is_empty() { String::new() } else { format!("; there are {}", similar.join(", ")) };
        Err(format!("no operation matches `{:.80}`{hint}", self.0))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
