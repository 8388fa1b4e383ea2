//! The interface between the sandbox and the SDK that it serves.

use std::convert::Infallible;

use crate::model::source::ModelSource;

/// An SDK that the sandbox serves: it supplies the model of the API and builds clients.
pub trait Sdk: 'static {
    /// The client.
    type Client;
    /// The error from building a client.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Returns the model of the operations that the SDK was compiled with.
    fn model() -> &'static ModelSource;

    /// Returns the description of the API as an OpenAPI document in JSON, for `GET /__sandbox/openapi.json`. Default: none.
    fn description() -> Option<&'static str> {
        None
    }

    /// Builds a client for the server at `url` that authenticates with `key`.
    ///
    /// # Errors
    /// If the HTTP client cannot be built.
    fn client(url: &str, key: &str) -> Result<Self::Client, Self::Error>;
}

/// No SDK, for code that needs neither a model nor a client.
#[derive(Clone, Copy, Debug)]
pub enum NoSdk {}

impl Sdk for NoSdk {
    type Client = ();
    type Error = Infallible;

    fn model() -> &'static ModelSource {
        static EMPTY: ModelSource = ModelSource::new(r#"{"operations": [], "schemas": {}, "enums": {}}"#);
        &EMPTY
    }

    fn client(_: &str, _: &str) -> Result<(), Infallible> {
        Ok(())
    }
}
