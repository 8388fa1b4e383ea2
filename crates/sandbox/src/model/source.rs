//! The model as JSON.

use std::sync::OnceLock;

use crate::model::api::Api;

/// The model of an API as JSON, parsed once per process.
#[derive(Debug)]
pub struct ModelSource {
    json: &'static str,
    parsed: OnceLock<Result<Api, String>>,
}

impl ModelSource {
    /// Wraps the JSON that `campfire-codegen` writes.
    pub const fn new(json: &'static str) -> Self {
        Self { json, parsed: OnceLock::new() }
    }

    /// Returns the parsed model with its indexes.
    pub(crate) fn read(&self) -> Result<&Api, String> {
        let parse = || {
            let model = serde_json::from_str(self.json).map(Api::new);
            model.map_err(|error| format!("the model of the API cannot be read: {error}"))
        };
        self.parsed.get_or_init(parse).as_ref().map_err(Clone::clone)
    }
}
