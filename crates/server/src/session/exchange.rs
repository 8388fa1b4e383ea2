//! A recorded session: a file with one exchange per line, as JSON.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use anyhow::{Context, Result};
use campfire_values::{Json, Timestamp};
use serde::{Deserialize, Serialize};

/// A request and its response, without the API key and personal values.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    /// The time of the request.
    pub(crate) time: Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) query: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<String>,
    pub(crate) request: Content,
    pub(crate) status: u16,
    pub(crate) response: Content,
}

/// A body.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    /// No body.
    Empty,
    /// JSON.
    Json(Json),
    /// Something else, of which only the media type is kept.
    Other(String),
}

/// Creates the file of a session. It is not readable for other users.
///
/// # Errors
/// If the file exists or cannot be created.
pub(crate) fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("cannot create {}", path.display()))
}

/// Appends an exchange.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn append(file: &mut File, exchange: &Exchange) -> Result<()> {
    let mut line = serde_json::to_vec(exchange)?;
    line.push(b'\n');
    file.write_all(&line).context("cannot write the session")
}

/// Reads a session.
///
/// # Errors
/// If the file cannot be read, or a line is not an exchange.
pub(crate) fn read(path: &Path) -> Result<Vec<Exchange>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut exchanges = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let at = || format!("{}, line {}", path.display(), number + 1);
        exchanges.push(serde_json::from_str(&line.with_context(at)?).with_context(at)?);
    }
    Ok(exchanges)
}
