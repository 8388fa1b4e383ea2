//! Checks of the addresses that requests are sent to.

use url::{Host, Url};

use crate::outcome::error::ConfigurationError;

/// Checks a base URL. Plain `http` is accepted for this machine only, because the API key must not travel in the clear.
pub fn base_url(text: &str) -> Result<Url, ConfigurationError> {
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

/// Returns a URL as it may be printed: without credentials, query and fragment, which `base_url` rejects.
pub fn without_secrets(text: &str) -> String {
    let Ok(mut url) = Url::parse(text.trim()) else { return "[invalid]".to_owned() };
    url.set_query(None);
    url.set_fragment(None);
    // These fail only for URLs that cannot have credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if url.cannot_be_a_base() { "[invalid]".to_owned() } else { url.into() }
}

/// Checks the URL of a file. It never appears in a message, because whoever has it may read the file.
///
/// A server elsewhere must not make this program fetch from its own machine, where services trust whoever is on it.
pub fn file_url(text: &str, base_url: &Url) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "the URL of the file cannot be parsed")?;
    if leads_here(&url) && !leads_here(base_url) {
        return Err("the URL of the file leads to this machine");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err("the URL of the file is not https"),
    }
}

/// Returns `true` if the URL certainly leads to this machine, so that nothing is sent over a network.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name == "localhost.",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

/// Returns `true` if the URL may lead to this machine: in addition, by an unspecified address or a name below `localhost`,
/// which resolvers treat differently.
fn leads_here(url: &Url) -> bool {
    let is_unspecified = match url.host() {
        Some(Host::Domain(name)) => name.strip_suffix('.').unwrap_or(name).ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.octets()[0] == 0,
        // Also the deprecated form of an IPv4 address, `::127.0.0.1`.
        Some(Host::Ipv6(address)) => address.to_ipv4().is_some_and(|v4| v4.is_loopback() || v4.octets()[0] == 0),
        None => false,
    };
    is_unspecified || is_loopback(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_cannot_name_a_file_on_this_machine() {
        let remote = Url::parse("https://api.meetcampfire.com").unwrap();
        let local = Url::parse("http://localhost:8000").unwrap();
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "files.localhost",
            "files.localhost.",
            "127.0.0.1",
            "127.1",
            "0x7f.0.0.1",
            "2130706433",
            "127.255.255.254",
            "0.0.0.0",
            "0",
            "0.1.2.3",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:0.0.0.0]",
            "[::127.0.0.1]",
            "127。0。0。1",
            "%6cocalhost",
        ] {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}:9/file?sig=s3cret");
                let error = file_url(&url, &remote).unwrap_err();
                assert!(error.contains("this machine"), "{url}: {error}");
            }
            assert!(file_url(&format!("https://{host}:9/file"), &local).is_ok(), "{host}");
        }
        for url in ["https://files.example.com/a", "https://localhost.example.com/a", "https://128.0.0.1/a"] {
            assert!(file_url(url, &remote).is_ok() && file_url(url, &local).is_ok(), "{url}");
        }
    }

    #[test]
    fn plain_http_is_accepted_only_where_nothing_leaves_this_machine() {
        for host in ["localhost", "localhost.", "127.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(base_url(&format!("http://{host}")).is_ok(), "{host}");
        }
        for host in ["files.localhost", "128.0.0.1", "example.com", "[::ffff:128.0.0.1]", "localhost.example.com"] {
            assert!(base_url(&format!("http://{host}")).is_err(), "{host}");
        }
    }
}
