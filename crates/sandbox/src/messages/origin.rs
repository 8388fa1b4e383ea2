//! The origin of a request: web pages must not reach the sandbox.

use std::net::IpAddr;

use http::{HeaderMap, header};

/// What the headers of a request say about its origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// `true` if the request names the loopback address as its host. A page that binds its own name to that address does
    /// not.
    pub(crate) is_loopback_host: bool,
    /// `true` if a page of another site has sent the request.
    pub(crate) is_cross_site: bool,
}

impl Origin {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let is_foreign = |origin: &str| {
            let url = url::Url::parse(origin);
            !url.is_ok_and(|url| url.host_str().is_some_and(is_loopback))
        };
        Origin {
            is_loopback_host: text(header::HOST).is_some_and(|host| is_loopback(without_port(host))),
            is_cross_site: headers.get(header::ORIGIN).is_some_and(|origin| origin.to_str().map_or(true, is_foreign))
                || headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site"),
        }
    }
}

fn without_port(host: &str) -> &str {
    let end = host.rfind(']').unwrap_or(0);
    host[end..].find(':').map_or(host, |colon| &host[..end + colon])
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
