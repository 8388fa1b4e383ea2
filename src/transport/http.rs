//! The HTTP client: TLS, redirects, timeouts of the connection.

#[cfg(feature = "rustls")]
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use super::address::is_loopback;
use super::settings::Settings;
use crate::outcome::error::ConfigurationError;

/// Builds reqwest's client from the settings. It keeps idle connections for `idle`.
pub(crate) fn build(settings: &Settings, address: &Url, idle: Duration) -> Result<reqwest::Client, ConfigurationError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(settings.user_agent())
        .connect_timeout(settings.connect_timeout)
        // Only `retry` decides what is sent again. Ruling out retries here also saves a copy of each request.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        // A redirected POST becomes a GET, and a redirect to another server would send the key there. Paths are sent
        // exactly as documented, so there is no redirect to follow.
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(idle)
        .gzip(true);
    if is_loopback(address) {
        // The proxies that the environment names would get the API key in the clear.
        builder = builder.no_proxy();
    }
    builder = tls(builder)?;
    builder
        .build()
        .map_err(|error| ConfigurationError::new(format!("the HTTP client cannot be built: {}", error.without_url())))
}

/// Uses rustls with ring, without touching the process-wide default provider, which is for the application to choose.
#[cfg(feature = "rustls")]
fn tls(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, ConfigurationError> {
    /// Reading the root certificates takes milliseconds, so all clients share one configuration. An error is not kept: the
    /// certificates may be there the next time.
    static CONFIG: Mutex<Option<rustls::ClientConfig>> = Mutex::new(None);
    let mut config = CONFIG.lock().unwrap_or_else(PoisonError::into_inner);
    let config = match &*config {
        Some(config) => config.clone(),
        None => config.insert(tls_config()?).clone(),
    };
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(feature = "rustls")]
fn tls_config() -> Result<rustls::ClientConfig, ConfigurationError> {
    use rustls_platform_verifier::BuilderVerifierExt;

    let problem = |error: rustls::Error| ConfigurationError::new(format!("TLS cannot be set up: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(problem)?
        .with_platform_verifier()
        .map_err(problem)?
        .with_no_client_auth())
}

#[cfg(not(feature = "rustls"))]
#[allow(clippy::unnecessary_wraps)]
fn tls(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, ConfigurationError> {
    Ok(builder)
}
