//! The model of the whole API, which the build script has written.

use std::convert::Infallible;

use campfire_sandbox::{ModelSource, Sdk};

/// The model as JSON.
pub(crate) const MODEL: &str = include_str!(concat!(env!("OUT_DIR"), "/sandbox.json"));

/// The whole API without a client.
pub(crate) enum Whole {}

impl Sdk for Whole {
    type Client = ();
    type Error = Infallible;

    fn model() -> &'static ModelSource {
        static SOURCE: ModelSource = ModelSource::new(MODEL);
        &SOURCE
    }

    fn description() -> Option<&'static str> {
        Some(include_str!(concat!(env!("OUT_DIR"), "/openapi.json")))
    }

    fn client(_: &str, _: &str) -> Result<(), Infallible> {
        Ok(())
    }
}
