//! [`Settings`] of a client, and [`Options`] of one call.

use std::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};
use secrecy::SecretString;

use crate::hooks::Hooks;
use crate::retry::RetryPolicy;

/// The settings of a client.
#[derive(Clone)]
pub struct Settings {
    /// The header that carries the API key.
    pub key_header: HeaderName,
    /// Its value, marked as sensitive so that no log prints it.
    pub authorization: HeaderValue,
    pub user_agent: HeaderValue,
    pub connect_timeout: Duration,
    pub pool_idle_timeout: Duration,
    pub read_timeout: Duration,
    pub attempt_timeout: Option<Duration>,
    pub timeout: Option<Duration>,
    pub max_body: usize,
    pub validate_requests: bool,
    pub trust_idempotency_keys: bool,
    pub retry: RetryPolicy,
    pub hooks: Hooks,
    pub network: Network,
}

/// How servers are reached.
#[derive(Clone, Default)]
pub struct Network {
    pub proxy: Proxy,
    /// PEM texts of certificates that are trusted in addition to those of the platform.
    pub root_certificates: Vec<Vec<u8>>,
}

#[derive(Clone, Default)]
pub enum Proxy {
    /// As the environment says.
    #[default]
    Environment,
    None,
    /// The URL may contain credentials.
    At(SecretString),
}

/// Returns the `User-Agent` header. Each request has a copy of it, which costs least if it is static.
pub fn user_agent(suffix: Option<&str>) -> Result<HeaderValue, InvalidHeaderValue> {
    const OWN: &str = concat!("campfire-sdk-rust/", env!("CARGO_PKG_VERSION"));
    match suffix {
        Some(suffix) => HeaderValue::try_from(format!("{OWN} {suffix}")),
        None => Ok(HeaderValue::from_static(OWN)),
    }
}

/// The settings that a call overrides or adds. Header values are marked as sensitive, so that `Debug` does not show them.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub idempotency_key: Option<HeaderValue>,
    pub timeout: Option<Duration>,
    pub retry: Option<RetryPolicy>,
    pub headers: HeaderMap,
}
