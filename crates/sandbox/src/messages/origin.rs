//! The origin of a request: web pages must not reach the sandbox.

use std::net::IpAddr;

use http::{HeaderMap, header};

/// The names by which the sandbox may be reached.
#[derive(Debug)]
pub(crate) struct Hosts {
    /// Names other than `localhost`.
    pub(crate) names: Vec<String>,
    /// `true` if addresses other than loopback are accepted. A web page cannot bind a name of its own to what it names.
    pub(crate) any_address: bool,
}

impl Hosts {
    fn contains(&self, host: &str) -> bool {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_name = |name: &String| name.eq_ignore_ascii_case(host);
        host.eq_ignore_ascii_case("localhost")
            || address.is_ok_and(|address| self.any_address || address.is_loopback())
            || self.names.iter().any(is_name)
    }
}

/// What the headers of a request say about its origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// The host and port that the request names, unless it is none of the sandbox's. A page that binds its own name to
    /// the address of the sandbox names another.
    pub(crate) host: Option<&'a str>,
    /// `true` if a page of another site has sent the request.
    pub(crate) is_cross_site: bool,
}

impl<'a> Origin<'a> {
    pub(crate) fn of(headers: &'a HeaderMap, hosts: &Hosts) -> Self {
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let is_foreign = |origin: &str| {
            let url = url::Url::parse(origin);
            !url.is_ok_and(|url| url.host_str().is_some_and(|host| hosts.contains(host)))
        };
        Origin {
            host: host.filter(|host| hosts.contains(without_port(host))),
            is_cross_site: headers.get(header::ORIGIN).is_some_and(|origin| origin.to_str().map_or(true, is_foreign))
                || headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site"),
        }
    }
}

fn without_port(host: &str) -> &str {
    let end = host.rfind(']').unwrap_or(0);
    host[end..].find(':').map_or(host, |colon| &host[..end + colon])
}
