//! The server that is recorded.

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use reqwest::redirect::Policy;
use url::{Host, Url};

/// Headers that concern a single connection. Without `accept-encoding`, the response is not compressed.
const OWN_HEADERS: [HeaderName; 9] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// A server, and the client for it.
pub(crate) struct Upstream {
    client: reqwest::Client,
    /// Its URL without a slash at the end.
    pub(crate) url: String,
}

/// A request or response that is passed on.
pub(crate) struct Message<H> {
    pub(crate) head: H,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Upstream {
    /// Prepares requests to a server.
    ///
    /// # Errors
    /// If the API key would be sent without encryption.
    pub(crate) fn new(url: &str) -> Result<Self> {
        let parsed = Url::parse(url).with_context(|| format!("`{url}` is not a URL"))?;
        match parsed.scheme() {
            "https" => {}
            "http" => {
                ensure!(is_loopback(&parsed), "`{url}` is not on this machine: use https, because of the API key")
            }
            _ => bail!("`{url}`: use http or https"),
        }
        // It fails if the process has a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().redirect(Policy::none()).build().context("cannot send requests")?;
        Ok(Upstream { client, url: url.trim_end_matches('/').to_owned() })
    }

    /// Passes a request on, and returns the response.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) async fn send(
        &self,
        request: &Message<(http::Method, String)>,
    ) -> reqwest::Result<Message<http::StatusCode>> {
        let (method, target) = &request.head;
        let sent = self.client.request(method.clone(), format!("{}{target}", self.url));
        let response = sent.headers(passed_on(&request.headers)).body(request.body.clone()).send().await?;
        let (head, headers) = (response.status(), passed_on(response.headers()));
        Ok(Message { head, headers, body: response.bytes().await? })
    }
}

fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let mut passed = headers.clone();
    for name in OWN_HEADERS {
        passed.remove(name);
    }
    passed
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_sent_in_the_clear() {
        for url in ["https://api.example.com", "http://127.0.0.1:8080/", "http://localhost", "http://[::1]:1"] {
            Upstream::new(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        }
        for url in ["http://api.example.com", "http://10.0.0.1", "ftp://localhost", "api.example.com", ""] {
            assert!(Upstream::new(url).is_err(), "{url}");
        }
    }
}
