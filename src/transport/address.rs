//! Checks of the addresses that requests are sent to.

use url::{Host, Url};

use crate::outcome::error::ConfigurationError;

/// Checks a base URL. Plain `http` is accepted for this machine only, because the API key must not travel in the clear.
pub(crate) fn base_url(text: &str) -> Result<Url, ConfigurationError> {
    // A URL that may contain credentials does not appear in messages.
    let url = Url::parse(text.trim())
        .map_err(|error| ConfigurationError::new(format!("the base URL cannot be parsed: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConfigurationError::new("the base URL contains credentials; set the API key with `api_key`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigurationError::new("the base URL contains a query or a fragment"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(ConfigurationError::new(format!(
            "the base URL {url} is plain http, which would send the API key in the clear: use https (http only to localhost)"
        ))),
        other => Err(ConfigurationError::new(format!("the base URL has the scheme `{other}`, not https"))),
    }
}

/// Checks the URL of a file. It never appears in a message, because whoever has it may read the file.
pub(crate) fn file_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "the URL of the file cannot be parsed")?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err("the URL of the file is not https"),
    }
}

/// Returns `true` if the URL leads to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
