//! [`PreparedRequest`]: what a call would send.

use std::fmt;

use campfire_values::Json;

/// The request that a call would send, without the API key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreparedRequest {
    /// The HTTP method.
    pub method: String,
    /// The URL with its query.
    pub url: String,
    /// The JSON body. `None` for a request without a body, and for an upload.
    pub body: Option<Json>,
}

impl fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedRequest").field("method", &self.method).field("url", &self.url).finish_non_exhaustive()
    }
}

/// Prints the method, the URL, and the body on a line of its own.
impl fmt::Display for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)?;
        match &self.body {
            Some(body) => write!(f, "\n{body}"),
            None => Ok(()),
        }
    }
}
