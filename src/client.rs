//! [`Client`] and its builder.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use campfire_transport::address;
use campfire_transport::defaults;
use campfire_transport::exchange::Transport;
use campfire_transport::hooks::Hooks;
use campfire_transport::outcome::error::{ConfigurationError, Error};
use campfire_transport::outcome::event::Event;
use campfire_transport::outcome::operation::{Operation, Retry};
use campfire_transport::pace::Pace;
use campfire_transport::pools::Pools;
use campfire_transport::request::Server;
use campfire_transport::retry::{RetryPolicy, Shared};
use campfire_transport::settings::{Network, Proxy, Settings, user_agent};

use crate::server;

const KEY_VARIABLE: &str = "CAMPFIRE_API_KEY";
const URL_VARIABLE: &str = "CAMPFIRE_BASE_URL";

/// The entry point: holds the API key and the connections.
///
/// Clones are cheap and share connections, pace and retry budget. A client can be used from any task. Its methods are the
/// resources of the API:
///
#[cfg_attr(feature = "revenue-recognition", doc = "```no_run")]
#[cfg_attr(not(feature = "revenue-recognition"), doc = "```ignore")]
/// # async fn example() -> Result<(), campfire::Error> {
/// let campfire = campfire::Client::from_env()?;
/// let contract = campfire.contracts().retrieve(42).await?;
/// println!("{:?} until {:?}", contract.deal_name, contract.working_end_date);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) transport: Arc<Transport>,
}

impl Client {
    /// Creates a client with the key from `CAMPFIRE_API_KEY`, for the server at `CAMPFIRE_BASE_URL` if that is set.
    ///
    /// # Errors
    /// If the key is missing, or the value of either variable is invalid.
    pub fn from_env() -> Result<Self, Error> {
        let read = |name: &str| match std::env::var(name) {
            Ok(value) if value.trim().is_empty() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(ConfigurationError::new(format!("{name} is not valid Unicode")))
            }
        };
        let key = read(KEY_VARIABLE)?.ok_or_else(|| {
            ConfigurationError::new(format!(
                "{KEY_VARIABLE} is not set: create a key under Settings, API Keys in the web app, or start a sandbox"
            ))
        })?;
        let builder = Self::builder().api_key(key);
        match read(URL_VARIABLE)? {
            Some(url) => builder.base_url(url),
            None => builder,
        }
        .build()
    }

    /// Creates a client with this key and the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    /// If the key is empty or contains characters that are not allowed in a header.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        Self::builder().api_key(key).build()
    }

    /// Returns a builder.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Returns the number of requests in flight if [`max_in_flight`](ClientBuilder::max_in_flight) limits them, else 0.
    pub fn in_flight(&self) -> usize {
        self.transport.shared.in_flight()
    }

    /// Returns the URL of the server.
    pub fn base_url(&self) -> &str {
        &self.transport.base_url
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.transport.base_url)
            .field("key", &"[redacted]")
            .finish_non_exhaustive()
    }
}

/// Configures and builds a [`Client`].
///
/// ```
/// use std::time::Duration;
///
/// let campfire = campfire::Client::builder()
///     .api_key("k-123")
///     .user_agent_suffix("ledger-import/2.1")
///     .timeout(Duration::from_secs(90))
///     .build()?;
/// assert_eq!(campfire.base_url(), "https://api.meetcampfire.com");
/// # Ok::<(), campfire::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct ClientBuilder {
    key: Option<SecretString>,
    bearer: bool,
    base_url: Option<String>,
    user_agent_suffix: Option<String>,
    connect_timeout: Option<Duration>,
    pool_idle_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    timeout: Option<Duration>,
    max_body: Option<usize>,
    max_in_flight: Option<usize>,
    requests_per_second: Option<f64>,
    retry: RetryPolicy,
    hooks: Hooks,
    validate_requests: Option<bool>,
    trust_idempotency_keys: bool,
    network: Network,
    http: Option<reqwest::Client>,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &self.base_url.as_deref().map(address::without_secrets))
            .field("key", &self.key.as_ref().map(|_| "[redacted]"))
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Sets the API key as shown in the web app (without the word `Token`).
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(SecretString::from(key.into()));
        self
    }

    /// Sends `Authorization: Bearer …` instead of `Token …`, for gateways that require it.
    pub fn bearer(mut self) -> Self {
        self.bearer = true;
        self
    }

    /// Sets the server. Default: `https://api.meetcampfire.com`. Plain `http` is accepted for this machine only.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Appends the name and version of your program to the `User-Agent` header.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Limits the time to connect. Default: 10 seconds.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    /// Limits how long an idle connection is kept for another request. Default: 4 seconds, because a request on a
    /// connection that the server is closing may be lost. Set it below the idle time of your gateway. If the server names
    /// its own limit (`Keep-Alive: timeout`), connections are not kept longer, and calls of the class
    /// [`Retry::Never`](crate::Retry::Never) use none that was idle for more than 4 seconds.
    pub fn pool_idle_timeout(mut self, limit: Duration) -> Self {
        self.pool_idle_timeout = Some(limit);
        self
    }

    /// Limits how long to wait for the response to start, and for each further chunk. Default: 60 seconds. The
    /// time to send the request counts as well, so large uploads need more.
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.read_timeout = Some(limit);
        self
    }

    /// Limits the time of one attempt, including the response body. Default: no limit.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }

    /// Limits the time of a whole call, including all attempts and waits. Default: no limit. A call can set its own.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Limits the size of a response that is read into memory, in decompressed bytes. Default: 64 MiB. Files that are
    /// read in chunks are exempt.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// Sets the retry policy. Default: [`RetryPolicy::default`]. A call can set its own.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Limits the number of concurrent requests, over all clones of the client. Default: no limit.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = Some(requests.max(1));
        self
    }

    /// Limits the rate of requests, counting each attempt, over all clones of the client. Up to one second's worth may be
    /// sent at once; after that they are spaced evenly. Default: no limit. The API publishes no limit; other clients use 5.
    pub fn requests_per_second(mut self, requests: f64) -> Self {
        self.requests_per_second = Some(requests);
        self
    }

    /// Calls `hook` with the head of each request before it is sent, so that you can add headers. It runs for each attempt.
    ///
    /// The head does not contain the API key, and an `authorization` header that the hook sets is dropped. If the hook
    /// changes the method or redirects the request to another server, the request is not sent.
    ///
    /// ```
    /// let campfire = campfire::Client::builder()
    ///     .api_key("k-123")
    ///     .on_request(|operation, head| {
    ///         if let Ok(value) = operation.id.parse() {
    ///             head.headers.insert("x-operation", value);
    ///         }
    ///     })
    ///     .build()?;
    /// # Ok::<(), campfire::Error>(())
    /// ```
    pub fn on_request(
        mut self,
        hook: impl Fn(&'static Operation, &mut http::request::Parts) + Send + Sync + 'static,
    ) -> Self {
        self.hooks.on_request = Some(Arc::new(hook));
        self
    }

    /// Calls this with the head of each response, whatever its status, before its body is read.
    pub fn on_response(
        mut self,
        hook: impl Fn(&'static Operation, &http::response::Parts) + Send + Sync + 'static,
    ) -> Self {
        self.hooks.on_response = Some(Arc::new(hook));
        self
    }

    /// Calls this when an attempt ends, before a retry, and when a call ends: for metrics. It runs on the task of the call
    /// and must not block.
    ///
    /// ```
    /// use campfire::Event;
    ///
    /// let campfire = campfire::Client::builder()
    ///     .api_key("k-123")
    ///     .on_event(|event| {
    ///         if let Event::Call(call) = event {
    ///             println!("{} took {:?} in {} attempts", call.operation.id, call.elapsed, call.attempts);
    ///         }
    ///     })
    ///     .build()?;
    /// # Ok::<(), campfire::Error>(())
    /// ```
    pub fn on_event(mut self, hook: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.on_event = Some(Arc::new(hook));
        self
    }

    /// Turns validation of request bodies against the documented limits on or off. Default: on. With `false`, the server
    /// alone decides what it accepts.
    pub fn validate_requests(mut self, validate: bool) -> Self {
        self.validate_requests = Some(validate);
        self
    }

    /// Trusts the server to honor `Idempotency-Key` where its reference only suggests that it does, which is the case for
    /// `journal_entries().create()`. Default: off; calls whose response is lost then end in
    /// [`Error::OutcomeUnknown`]. If it is on, such calls belong to the class [`Retry::Keyed`](crate::Retry::Keyed): each
    /// sends a key, and is retried with the same one.
    ///
    /// The evidence is a sample in the reference of fixed assets, whose comments mention the creation of journal entries. If
    /// the server ignores the key, a retry posts the entry twice: try it with your account first.
    pub fn trust_idempotency_keys(mut self, trust: bool) -> Self {
        self.trust_idempotency_keys = trust;
        self
    }

    /// Sends requests through this proxy (`http://proxy.example.com:3128`, with user name and password if it requires them),
    /// in place of those that the environment names. Requests to a server on this machine never use a proxy.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.network.proxy = Proxy::At(SecretString::from(url.into()));
        self
    }

    /// Uses no proxy, whatever the environment says (`HTTPS_PROXY`, `ALL_PROXY`).
    pub fn no_proxy(mut self) -> Self {
        self.network.proxy = Proxy::None;
        self
    }

    /// Trusts the certificates in this PEM text in addition to those of the platform, for example the one of a proxy that
    /// inspects TLS. Each call adds to those before.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.root_certificates.push(pem.into());
        self
    }

    /// Uses this HTTP client instead of the default one: its TLS, proxies, user agent and connect timeout apply. All other
    /// limits, and the retries, remain those of this builder.
    ///
    /// Use it in one async runtime only, because its connections are shared by all; the default client has connections for
    /// each runtime. Disable its redirects, which would send the API key wherever the server points. Disable its retries as well
    /// (`reqwest::retry::never()`).
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// If there is no key, if the key or the user agent contains characters that are not allowed in a header, or if the base
    /// URL is not `https` (or `http` to this machine) or contains a query or credentials. If the URL of the proxy or a root
    /// certificate is invalid, or if there is neither a TLS feature (`rustls`, `native-tls`) nor an HTTP client.
    pub fn build(self) -> Result<Client, Error> {
        let (key_header, authorization) = self.key_header()?;
        let url = self.base_url.as_deref().or(server::BASE_URL);
        let url = url.ok_or_else(|| ConfigurationError::new("no server: call `base_url`"))?;
        let address = address::base_url(url)?;
        let user_agent = user_agent(self.user_agent_suffix.as_deref()).map_err(|_| {
            ConfigurationError::new("the user agent suffix contains characters that are not allowed in a header")
        })?;
        let settings = Settings {
            key_header,
            authorization,
            user_agent,
            connect_timeout: self.connect_timeout.unwrap_or(defaults::CONNECT_TIMEOUT),
            pool_idle_timeout: self.pool_idle_timeout.unwrap_or(defaults::POOL_IDLE_TIMEOUT),
            read_timeout: self.read_timeout.unwrap_or(defaults::READ_TIMEOUT),
            attempt_timeout: self.attempt_timeout,
            timeout: self.timeout,
            max_body: self.max_body.unwrap_or(defaults::MAX_BODY),
            validate_requests: self.validate_requests.unwrap_or(true),
            trust_idempotency_keys: self.trust_idempotency_keys,
            retry: self.retry,
            hooks: self.hooks,
            network: self.network,
        };
        let http = pools(self.http, &settings, &address)?;
        let pace = self.requests_per_second.map(pace).transpose()?;
        let shared = Shared::new(self.max_in_flight, pace);
        let base_url = address.as_str().trim_end_matches('/').to_owned();
        let server = Server::new(http.client(Retry::Safe)?, address.clone());
        Ok(Client { transport: Arc::new(Transport { http, base_url, address, server, settings, shared }) })
    }

    /// Returns the header that carries the API key.
    fn key_header(&self) -> Result<(HeaderName, HeaderValue), ConfigurationError> {
        let key = self.key.as_ref();
        let key = key.ok_or_else(|| ConfigurationError::new("no API key: call `api_key`, or use `from_env`"))?;
        check_key(key.expose_secret())?;
        let (name, prefix) =
            if self.bearer { ("authorization", "Bearer ") } else { (server::KEY_HEADER, server::KEY_PREFIX) };
        let name = HeaderName::try_from(name)
            .map_err(|_| ConfigurationError::new("the description names an invalid header for the API key"))?;
        let mut value = HeaderValue::from_str(&format!("{prefix}{}", key.expose_secret()))
            .map_err(|_| ConfigurationError::new("the API key contains characters that are not allowed in a header"))?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

/// Returns the pools of connections. A user's HTTP client has one pool for all.
fn pools(http: Option<reqwest::Client>, settings: &Settings, address: &Url) -> Result<Pools, ConfigurationError> {
    let (settings, address) = (settings.clone(), address.clone());
    Pools::new(settings.pool_idle_timeout, move |idle| match &http {
        Some(http) => Ok(http.clone()),
        None => campfire_transport::http::build(&settings, &address, idle),
    })
}

fn pace(requests_per_second: f64) -> Result<Pace, ConfigurationError> {
    Pace::new(requests_per_second)
        .ok_or_else(|| ConfigurationError::new("`requests_per_second` must be a number above zero"))
}

fn check_key(key: &str) -> Result<(), ConfigurationError> {
    let message = if key.trim().is_empty() {
        "the API key is empty"
    } else if key.starts_with("Token ") || key.starts_with("Bearer ") {
        "the API key starts with `Token` or `Bearer`: set the key alone"
    } else if key.chars().any(|character| character.is_whitespace() || character.is_control() || !character.is_ascii())
    {
        "the API key contains a space, a line break or another character that no key has"
    } else {
        return Ok(());
    };
    Err(ConfigurationError::new(message))
}

/// The tests turn on `rustls-no-provider` of reqwest, as another crate may.
#[cfg(all(test, not(any(feature = "rustls", feature = "native-tls"))))]
mod tests {
    use super::Client;

    #[test]
    fn without_a_tls_library_the_error_names_the_features() {
        for url in ["https://api.example.com", "http://localhost:8000"] {
            let error = Client::builder().api_key("k").base_url(url).build().unwrap_err();
            assert!(error.to_string().contains("feature `rustls` or `native-tls`"), "{error}");
        }
    }
}
