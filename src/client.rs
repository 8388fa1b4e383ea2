//! [`Client`] and its builder.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::error::{ConfigurationError, Error};
use crate::transport::hooks::Hooks;
use crate::transport::pace::Pace;
use crate::transport::request::Requests;
use crate::{Event, Operation, RetryPolicy, transport};

const BASE_URL: &str = "https://api.meetcampfire.com";
const KEY_VARIABLE: &str = "CAMPFIRE_API_KEY";
const URL_VARIABLE: &str = "CAMPFIRE_BASE_URL";

/// The way into the API: holds the key and the connections.
///
/// Cheap to clone, and meant to be: clones share connections. It can be sent to and used from any task. Resources are
/// reached by methods named after them:
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
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: String,
    pub(crate) address: Url,
    pub(crate) requests: Requests,
    pub(crate) settings: Settings,
    pub(crate) shared: transport::retry::Shared,
}

/// What the builder has collected.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The `Authorization` header, marked so that no log prints it.
    pub(crate) authorization: HeaderValue,
    user_agent_suffix: Option<String>,
    pub(crate) connect_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_body: usize,
    pub(crate) check_requests: bool,
    pub(crate) retry: RetryPolicy,
    pub(crate) hooks: Hooks,
}

impl Settings {
    pub(crate) fn user_agent(&self) -> String {
        let own = concat!("campfire-sdk-rust/", env!("CARGO_PKG_VERSION"));
        match &self.user_agent_suffix {
            Some(suffix) => format!("{own} {suffix}"),
            None => own.to_owned(),
        }
    }
}

impl Client {
    /// A client with the key from `CAMPFIRE_API_KEY`, for the server at `CAMPFIRE_BASE_URL` if that is set.
    ///
    /// # Errors
    /// When the key is missing, or either variable holds what cannot be used.
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
                "{KEY_VARIABLE} is not set: make a key under Settings, API Keys in the web app, or start a sandbox"
            ))
        })?;
        let builder = Self::builder().api_key(key);
        match read(URL_VARIABLE)? {
            Some(url) => builder.base_url(url),
            None => builder,
        }
        .build()
    }

    /// A client with this key and the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    /// When the key is empty or holds characters that no header can carry.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        Self::builder().api_key(key).build()
    }

    /// Begins a client with settings of its own.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// How many requests are out now, where [`max_in_flight`](ClientBuilder::max_in_flight) limits them; else 0.
    pub fn in_flight(&self) -> usize {
        self.inner.shared.in_flight()
    }

    /// The address that requests go to.
    pub fn base_url(&self) -> &str {
        &self.inner.base_url
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.base_url)
            .field("key", &"[redacted]")
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Client`].
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
    read_timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    timeout: Option<Duration>,
    max_body: Option<usize>,
    max_in_flight: Option<usize>,
    requests_per_second: Option<f64>,
    retry: RetryPolicy,
    hooks: Hooks,
    unchecked: bool,
    http: Option<reqwest::Client>,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &self.base_url)
            .field("key", &self.key.as_ref().map(|_| "[redacted]"))
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// The API key, as the web app shows it (without the word `Token`).
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(SecretString::from(key.into()));
        self
    }

    /// Sends `Authorization: Bearer …` instead of `Token …`, for gateways that want it.
    pub fn bearer(mut self) -> Self {
        self.bearer = true;
        self
    }

    /// The server, by default `https://api.meetcampfire.com`. Plain `http` only to this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Added to the `User-Agent` header: the name and version of your program.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// How long a connection may take. Default: 10 seconds.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    /// How long the server may be silent, before its answer and between two pieces of it. Default: 60 seconds. The time that
    /// a request takes to be sent counts, too: give large uploads more.
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.read_timeout = Some(limit);
        self
    }

    /// How long one attempt may take, its body included. Default: no limit of its own.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }

    /// How long a whole call may take, all attempts and waits included. Default: no limit of its own. A call can set its
    /// own.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The largest answer that is read into memory, in decompressed bytes. Default: 64 MiB. Downloads are exempt.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// How calls are repeated. Default: [`RetryPolicy::default`]. A call can set its own.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The most requests that are out at the same time, over all clones of the client. Default: no limit.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = Some(requests.max(1));
        self
    }

    /// How many requests per second go out, attempts counted, over all clones of the client. Up to one second's worth may
    /// go at once; then they are spaced evenly. Default: no limit. The API publishes none; others pace at 5.
    pub fn requests_per_second(mut self, requests: f64) -> Self {
        self.requests_per_second = Some(requests);
        self
    }

    /// Calls this with the head of each request before it is sent, for headers of your own. Each attempt passes it.
    ///
    /// The head holds no API key; what the hook puts under `authorization` is dropped. A request whose method the hook
    /// changes, or that it turns to another server, is not sent.
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

    /// Calls this with the head of each answer, whatever its status, before its body is read.
    pub fn on_response(
        mut self,
        hook: impl Fn(&'static Operation, &http::response::Parts) + Send + Sync + 'static,
    ) -> Self {
        self.hooks.on_response = Some(Arc::new(hook));
        self
    }

    /// Calls this when an attempt ends, when one will be repeated, and when a call ends: for metrics. It is called on the
    /// task of the call and must not block.
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

    /// Sends bodies without holding them against the documented limits first.
    pub fn without_request_checks(mut self) -> Self {
        self.unchecked = true;
        self
    }

    /// Uses this HTTP client instead of one of our own making: its TLS, proxies, user agent and connect timeout apply. All
    /// other limits, and the retries, stay those of this builder.
    ///
    /// Turn its redirects off: it would carry the API key along to wherever it is sent. Turn its retries off, too
    /// (`reqwest::retry::never()`).
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// When there is no key, when it or the user agent cannot stand in a header, and when the base URL is not `https`
    /// (or `http` to this machine) or carries a query or credentials.
    pub fn build(self) -> Result<Client, Error> {
        let key = self.key.ok_or_else(|| ConfigurationError::new("no API key: call `api_key`, or use `from_env`"))?;
        check_key(key.expose_secret())?;
        let address = base_url(self.base_url.as_deref().unwrap_or(BASE_URL))?;
        if let Some(suffix) = &self.user_agent_suffix
            && HeaderValue::from_str(suffix).is_err()
        {
            return Err(
                ConfigurationError::new("the user agent suffix holds characters that no header can carry").into()
            );
        }
        let scheme = if self.bearer { "Bearer" } else { "Token" };
        let mut authorization = HeaderValue::from_str(&format!("{scheme} {}", key.expose_secret()))
            .map_err(|_| ConfigurationError::new("the API key holds characters that no header can carry"))?;
        authorization.set_sensitive(true);
        let settings = Settings {
            authorization,
            user_agent_suffix: self.user_agent_suffix,
            connect_timeout: self.connect_timeout.unwrap_or(Duration::from_secs(10)),
            read_timeout: self.read_timeout.unwrap_or(Duration::from_secs(60)),
            attempt_timeout: self.attempt_timeout,
            timeout: self.timeout,
            max_body: self.max_body.unwrap_or(64 * 1024 * 1024),
            check_requests: !self.unchecked,
            retry: self.retry,
            hooks: self.hooks,
        };
        let http = match self.http {
            Some(http) => http,
            None => transport::http::build(&settings)?,
        };
        let pace = match self.requests_per_second {
            None => None,
            Some(requests) => {
                let wrong = || ConfigurationError::new("`requests_per_second` must be a number above zero");
                Some(Pace::new(requests).ok_or_else(wrong)?)
            }
        };
        let shared = transport::retry::Shared::new(self.max_in_flight, pace);
        let base_url = address.as_str().trim_end_matches('/').to_owned();
        let requests = Requests::new(http.clone(), address.clone());
        Ok(Client { inner: Arc::new(Inner { http, base_url, address, requests, settings, shared }) })
    }
}

fn check_key(key: &str) -> Result<(), ConfigurationError> {
    let message = if key.trim().is_empty() {
        "the API key is empty"
    } else if key.starts_with("Token ") || key.starts_with("Bearer ") {
        "the API key begins with `Token` or `Bearer`: give the key alone"
    } else if key.chars().any(|character| character.is_whitespace() || character.is_control() || !character.is_ascii())
    {
        "the API key holds a space, a line break or another character that no key has"
    } else {
        return Ok(());
    };
    Err(ConfigurationError::new(message))
}

/// Checks a base URL.
fn base_url(text: &str) -> Result<Url, ConfigurationError> {
    // The URL itself stays out of the messages where it may hold credentials.
    let url = Url::parse(text.trim())
        .map_err(|error| ConfigurationError::new(format!("the base URL cannot be read: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConfigurationError::new("the base URL holds credentials; the API key is set by `api_key`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigurationError::new("the base URL holds a query or a fragment"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(ConfigurationError::new(format!(
                "the base URL {url} is plain http, which would send the API key in the clear: use https (http only to localhost)"
            )));
        }
        other => return Err(ConfigurationError::new(format!("the base URL has the scheme `{other}`, not https"))),
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Checks the address of a file. It is in no message: it is a permission.
pub(crate) fn file_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "the address of the file cannot be read")?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err("the address of the file is not https"),
    }
}
