//! [`Settings`] of a client, and [`Options`] of one call.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use secrecy::SecretString;

use super::hooks::Hooks;
use super::retry::RetryPolicy;

/// The settings of a client.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The `Authorization` header, marked as sensitive so that no log prints it.
    pub(crate) authorization: HeaderValue,
    pub(crate) user_agent_suffix: Option<String>,
    pub(crate) connect_timeout: Duration,
    pub(crate) pool_idle_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_body: usize,
    pub(crate) validate_requests: bool,
    pub(crate) retry: RetryPolicy,
    pub(crate) hooks: Hooks,
    pub(crate) network: Network,
}

/// How servers are reached.
#[derive(Clone, Default)]
pub(crate) struct Network {
    pub(crate) proxy: Proxy,
    /// PEM texts of certificates that are trusted in addition to those of the platform.
    pub(crate) root_certificates: Vec<Vec<u8>>,
}

#[derive(Clone, Default)]
pub(crate) enum Proxy {
    /// As the environment says.
    #[default]
    Environment,
    None,
    /// The URL may contain credentials.
    At(SecretString),
}

impl Settings {
    pub(crate) fn user_agent(&self) -> String {
        let own = concat!("campfire-sdk-rust/", env!("CARGO_PKG_VERSION"));
        self.user_agent_suffix.as_ref().map_or_else(|| own.to_owned(), |suffix| format!("{own} {suffix}"))
    }
}

/// The settings that a call overrides or adds. Header values are marked as sensitive, so that `Debug` does not show them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) idempotency_key: Option<HeaderValue>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) headers: HeaderMap,
}
