//! The HTTP client: TLS, redirects, timeouts of the connection.

#[cfg(feature = "rustls")]
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, header};
#[cfg(feature = "rustls")]
use rustls::pki_types::{CertificateDer, pem::PemObject};
#[cfg(feature = "rustls")]
use rustls_platform_verifier::Verifier;
use secrecy::ExposeSecret;
use url::Url;

use crate::address::is_loopback;
use crate::outcome::error::ConfigurationError;
use crate::settings::{Proxy, Settings};

/// Builds reqwest's client from the settings. It keeps idle connections for `idle`.
pub fn build(settings: &Settings, address: &Url, idle: Duration) -> Result<reqwest::Client, ConfigurationError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.connect_timeout)
        // Only `retry` decides what is sent again. Ruling out retries here also saves a copy of each request.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        // A redirected POST becomes a GET, and a redirect to another server would send the key there. Paths are sent
        // exactly as documented, so there is no redirect to follow.
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(idle)
        // Bodies are decompressed in `gzip`. Another crate may have turned on these features of reqwest.
        .default_headers(HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]))
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd();
    builder = match &settings.network.proxy {
        // A proxy would get the API key in the clear.
        _ if is_loopback(address) => builder.no_proxy(),
        Proxy::None => builder.no_proxy(),
        Proxy::Environment => builder,
        Proxy::At(url) => builder.proxy(proxy(url.expose_secret())?),
    };
    tls(builder, &settings.network.root_certificates)?
        .build()
        .map_err(|error| ConfigurationError::new(format!("the HTTP client cannot be built: {}", error.without_url())))
}

/// Checks the URL of a proxy. It may contain credentials, so it does not appear in messages.
fn proxy(url: &str) -> Result<reqwest::Proxy, ConfigurationError> {
    let is_http = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let proxy = is_http.then(|| reqwest::Proxy::all(url).ok()).flatten();
    proxy.ok_or_else(|| ConfigurationError::new("the URL of the proxy is not a valid `http` or `https` URL"))
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn bad_certificate(error: impl std::fmt::Display) -> ConfigurationError {
    ConfigurationError::new(format!("the root certificate is not valid PEM: {error}"))
}

/// Uses rustls with ring, without touching the process-wide default provider, which is for the application to choose.
#[cfg(feature = "rustls")]
fn tls(builder: reqwest::ClientBuilder, roots: &[Vec<u8>]) -> Result<reqwest::ClientBuilder, ConfigurationError> {
    /// Reading the root certificates takes milliseconds, so all clients share one configuration. An error is not kept: the
    /// certificates may be there the next time.
    static CONFIG: Mutex<Option<rustls::ClientConfig>> = Mutex::new(None);
    if !roots.is_empty() {
        return Ok(builder.tls_backend_preconfigured(tls_config(roots)?));
    }
    let mut config = CONFIG.lock().unwrap_or_else(PoisonError::into_inner);
    let config = match &*config {
        Some(config) => config.clone(),
        None => config.insert(tls_config(roots)?).clone(),
    };
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(feature = "rustls")]
fn tls_config(roots: &[Vec<u8>]) -> Result<rustls::ClientConfig, ConfigurationError> {
    let problem = |error: rustls::Error| ConfigurationError::new(format!("TLS cannot be set up: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = certificates(roots)?;
    let verifier = if roots.is_empty() {
        Verifier::new(provider.clone())
    } else {
        Verifier::new_with_extra_roots(roots, provider.clone())
    };
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(problem)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier.map_err(problem)?))
        .with_no_client_auth())
}

#[cfg(feature = "rustls")]
fn certificates(texts: &[Vec<u8>]) -> Result<Vec<CertificateDer<'static>>, ConfigurationError> {
    let mut roots = Vec::new();
    for text in texts {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(text) {
            roots.push(certificate.map_err(bad_certificate)?);
        }
        if roots.len() == before {
            return Err(bad_certificate("it contains no certificate"));
        }
    }
    Ok(roots)
}

/// Names the library of the platform: reqwest would choose another one if another crate turned that on.
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn tls(builder: reqwest::ClientBuilder, roots: &[Vec<u8>]) -> Result<reqwest::ClientBuilder, ConfigurationError> {
    let mut certificates = Vec::new();
    for text in roots {
        let bundle = reqwest::Certificate::from_pem_bundle(text).map_err(bad_certificate)?;
        if bundle.is_empty() {
            return Err(bad_certificate("it contains no certificate"));
        }
        certificates.extend(bundle);
    }
    Ok(builder.tls_backend_native().tls_certs_merge(certificates))
}

/// Without a TLS library of our own there is none, or one that another crate turned on and that may panic.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn tls(_: reqwest::ClientBuilder, _: &[Vec<u8>]) -> Result<reqwest::ClientBuilder, ConfigurationError> {
    let message =
        "there is no TLS library: turn on the feature `rustls` or `native-tls` of campfire-sdk, or set `http_client`";
    Err(ConfigurationError::new(message))
}
