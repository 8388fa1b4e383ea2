//! How requests carry the API key.

use serde::{Deserialize, Serialize};

/// How requests carry the API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// The name of the header, in lower case.
    pub header: String,
    /// The text before the key, such as `Bearer ` with its space; empty if the key stands alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

/// `Authorization: Bearer …`, for descriptions without a security scheme.
impl Default for ApiKey {
    fn default() -> Self {
        Self { header: "authorization".to_owned(), prefix: "Bearer ".to_owned() }
    }
}
