//! The places of this project, and reading and writing its files.

use std::fs;
use std::path::{Path, PathBuf};

use campfire_codegen::Description;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Returns the folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Returns the folder of the description, relative to the current folder if possible, to keep messages short.
pub(crate) fn openapi() -> PathBuf {
    if Path::new("openapi/openapi.yaml").exists() { "openapi".into() } else { root().join("openapi") }
}

/// Returns the committed list of deviations.
pub(crate) fn deviations() -> PathBuf {
    openapi().join("DEVIATIONS.md")
}

/// Returns the committed listing of the public API.
pub(crate) fn public_api() -> PathBuf {
    root().join("docs/public-api.txt")
}

/// Loads the description.
pub(crate) fn load() -> Result<Description> {
    Ok(Description::load(&openapi())?)
}

pub(crate) fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()).into())
}

pub(crate) fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()).into())
}
