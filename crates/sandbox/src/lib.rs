//! The API on your own machine: a stateful server on loopback, driven by the same description as the client.
//!
//! What is created can be read, listed, changed and deleted; ids and times are set as the server sets them; bodies are
//! held against the description and refused as Django REST Framework refuses them. It stands in for the server in
//! tests and first steps, because there is no public test system.
//!
//! # What it is and is not
//!
//! - Every operation of the compiled areas answers, in its documented shape, and what is created can be read, listed,
//!   changed and deleted. What actions do is said in the description (`x-effect`).
//! - The books are true: entries balance, invoices and bills post, payments settle them, voiding reverses, closed
//!   periods refuse, and statements are computed from what was posted. See `docs/sandbox.md` for the rules.
//! - A POST that repeats an `Idempotency-Key` gets the first answer; with another body it is a conflict.
//! - What tests need: several [tenants](Sandbox::add_tenant), [roles](Role), a [rate limit](SandboxBuilder::requests_per_second),
//!   [faults](FaultRule), a [made-up company](Demo), [snapshots](Tenant::snapshot), a clock that can be
//!   [moved](Tenant::advance), a [log](Sandbox::requests) of requests.
//! - A link to another record is checked only once that resource has any record, so that a test need not seed the
//!   world first.
//! - State lives in memory and ends with the [`Sandbox`], unless [`SandboxBuilder::data`] names a file for it.
//!
//! It was built from the reference and recorded answers and never compared with the live server.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod accounting;
mod api;
mod control;
mod demo;
mod fault;
mod fields;
mod files;
mod idempotency;
mod list;
mod model;
mod multipart;
mod render;
mod role;
mod route;
mod sdk;
mod server;
mod snapshot;
mod store;
mod tenant;
mod throttle;
mod validate;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::sync::watch;

use campfire_values::{Date, Json, JsonObject};
pub use demo::Demo;
use fault::Faults;
pub use fault::{Fault, FaultRule, Moment};
use model::Model;
pub use model::ModelSource;
pub use role::Role;
use route::{NoRoute, Route};
pub use sdk::{NoSdk, Sdk};
use store::Store;
use tenant::State;
pub use tenant::Tenant;
use throttle::Throttle;

/// The tenant that a sandbox begins with.
const FIRST_TENANT: &str = "main";

/// How answers look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseStyle {
    /// As the live server answers, as far as recorded answers show: fields behind an empty link are left out or null,
    /// whatever the reference says; some totals are texts; now and then there is a key that no reference lists, or an
    /// enum value that nobody knows. Code that works with this works with reality.
    #[default]
    Observed,
    /// As the reference says: what is documented as always there is there, and not null.
    Documented,
}

/// A running sandbox. It stops when this is dropped.
///
/// It starts with one [tenant](Tenant); methods that act on records, keys or clients act on that tenant.
pub struct Sandbox<A: Sdk = NoSdk> {
    tenant: Tenant<A>,
    server: tokio::task::JoinHandle<()>,
}

struct Shared {
    model: &'static Model,
    settings: Settings,
    tenants: Mutex<BTreeMap<String, Arc<State>>>,
    faults: Faults,
    throttle: Option<Throttle>,
    log: Mutex<Vec<LoggedRequest>>,
    requests: AtomicU64,
    refusing: watch::Sender<bool>,
    listening: watch::Sender<bool>,
}

struct Settings {
    url: String,
    /// What all keys begin with.
    key: String,
    style: ResponseStyle,
    page_limit: usize,
    control: bool,
    data: Option<PathBuf>,
}

impl Shared {
    fn tenants(&self) -> MutexGuard<'_, BTreeMap<String, Arc<State>>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self, request: LoggedRequest) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }

    fn requests(&self) -> Vec<LoggedRequest> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn forget_requests(&self) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn key(&self, tenant: &str, role: Role) -> String {
        let begin = &self.settings.key;
        match (tenant, role) {
            (FIRST_TENANT, Role::Admin) => begin.clone(),
            (tenant, role) => format!("{begin}-{tenant}-{}", role.name()),
        }
    }

    /// Whose key it is.
    fn owner(&self, key: &str) -> Option<(Arc<State>, Role)> {
        let tenants = self.tenants();
        tenants.iter().find_map(|(name, state)| {
            Role::ALL.into_iter().find(|role| self.key(name, *role) == key).map(|role| (state.clone(), role))
        })
    }

    fn tenant<A: Sdk>(self: &Arc<Self>, name: Option<&str>) -> Option<Tenant<A>> {
        let state = self.tenants().get(name.unwrap_or(FIRST_TENANT)).cloned()?;
        Some(Tenant::new(self.clone(), state))
    }

    fn add_tenant<A: Sdk>(self: &Arc<Self>, name: &str) -> Tenant<A> {
        let new = || {
            let store = Mutex::new(Store::new(&self.model.links));
            Arc::new(State { name: name.to_owned(), store, answers: idempotency::Answers::default() })
        };
        let state = self.tenants().entry(name.to_owned()).or_insert_with(new).clone();
        Tenant::new(self.clone(), state)
    }

    /// Answers a request to the API.
    fn answer(&self, route: Result<Route, NoRoute>, request: &api::Request<'_>) -> api::Reply {
        use api::Reply;
        if request.path.starts_with(files::PREFIX) {
            let states: Vec<Arc<State>> = self.tenants().values().cloned().collect();
            let file = states.iter().find_map(|state| files::serve(&state.store(), request.path));
            return file.unwrap_or_else(|| Reply::detail(404, "Not found."));
        }
        let Some(authorization) = request.authorization else {
            return Reply::detail(401, "Authentication credentials were not provided.");
        };
        let key = authorization.strip_prefix("Token ").or_else(|| authorization.strip_prefix("Bearer "));
        let Some((state, role)) = key.and_then(|key| self.owner(key)) else {
            return Reply::detail(401, "Invalid token.");
        };
        if let Some(throttle) = &self.throttle {
            let ahead = state.store().ahead;
            if let Err(wait) = throttle.admit(ahead) {
                return Reply::throttled(wait);
            }
        }
        let route = match route {
            Ok(route) => route,
            Err(NoRoute::Path) => return Reply::detail(404, "Not found."),
            Err(NoRoute::Method) => return Reply::detail(405, &format!("Method \"{}\" not allowed.", request.method)),
        };
        let Settings { url, style, page_limit, .. } = &self.settings;
        let caller = api::Caller { model: self.model, url, style: *style, page_limit: *page_limit, role };
        let reply = state.answers.once(request, || api::answer(&caller, &state.store, &route, request));
        api::Reply { clock: Some(SystemTime::now() + state.store().ahead), ..reply }
    }

    /// Writes all tenants to the data file, if there is one.
    fn save(&self) -> Result<(), Error> {
        let Some(path) = &self.settings.data else { return Ok(()) };
        let tenants =
            self.tenants().iter().map(|(name, state)| (name.clone(), snapshot::take(&state.store()))).collect();
        let text = Json::Object(JsonObject::from([("tenants".to_owned(), Json::Object(tenants))])).to_string();
        // Written beside and moved, so that no crash leaves half a file.
        let beside = path.with_extension("part");
        let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
        written.map_err(|error| Error::Data(path.display().to_string(), error.to_string()))
    }

    fn load(self: &Arc<Self>, path: &Path) -> Result<(), Error> {
        let wrong = |what: String| Error::Data(path.display().to_string(), what);
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(wrong(error.to_string())),
        };
        let data = Json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        let tenants = data.get("tenants").and_then(Json::as_object);
        for (name, snapshot) in tenants.ok_or_else(|| wrong("`tenants` is missing".to_owned()))? {
            let restored = snapshot::read(self.model, snapshot).map_err(&wrong)?;
            *self.add_tenant::<NoSdk>(name).state.store() = restored;
        }
        Ok(())
    }
}

/// A request that the sandbox has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query, as it came.
    pub query: String,
    /// The operation, if the path belongs to one.
    pub operation: Option<String>,
    /// The status of the answer. Where a fault kept the answer from coming, what it would have been; zero where the
    /// request was not processed.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// Why a sandbox could not be started or prepared.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The port cannot be listened on.
    Listen(std::io::Error),
    /// The bundled description cannot be read: a bug of this crate.
    Model(String),
    /// The client cannot be built.
    Client(Box<dyn std::error::Error + Send + Sync>),
    /// There is no such resource.
    Resource(String),
    /// That is no snapshot.
    Snapshot(String),
    /// The data file (its path, and what is wrong with it) cannot be read or written.
    Data(String, String),
    /// The made-up company cannot be posted.
    Demo(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Listen(error) => write!(f, "the sandbox cannot listen on loopback: {error}"),
            Error::Model(message) => f.write_str(message),
            Error::Client(error) => write!(f, "the sandbox's client: {error}"),
            Error::Resource(name) => write!(f, "there is no resource `{name}`: name one as in `contracts.usage`"),
            Error::Snapshot(what) => write!(f, "the snapshot cannot be restored: {what}"),
            Error::Data(path, what) => write!(f, "the sandbox's data file {path}: {what}"),
            Error::Demo(what) => write!(f, "the demo company cannot be posted: {what}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Listen(error) => Some(error),
            Error::Client(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

/// Settings of a [`Sandbox`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SandboxBuilder<A: Sdk = NoSdk> {
    style: ResponseStyle,
    page_limit: usize,
    port: u16,
    seed: u64,
    per_second: Option<u32>,
    control: bool,
    data: Option<PathBuf>,
    sdk: PhantomData<fn() -> A>,
}

impl<A: Sdk> SandboxBuilder<A> {
    /// How answers look. Default: [`ResponseStyle::Observed`].
    pub fn response_style(mut self, style: ResponseStyle) -> Self {
        self.style = style;
        self
    }

    /// The most rows that a page has, whatever is asked for. Default: 1000.
    pub fn page_limit(mut self, rows: usize) -> Self {
        self.page_limit = rows.max(1);
        self
    }

    /// The port on 127.0.0.1. Default: one that is free.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Seeds the dice of [faults](FaultRule) that have a probability. Default: 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many requests per second are answered, over all tenants; more get a 429 with `Retry-After`. Default: no
    /// limit.
    pub fn requests_per_second(mut self, requests: u32) -> Self {
        self.per_second = Some(requests);
        self
    }

    /// Whether the sandbox can be controlled over HTTP, under `/__sandbox/`, by whoever reaches it. Default: no.
    pub fn control(mut self, control: bool) -> Self {
        self.control = control;
        self
    }

    /// A JSON file for the state of all tenants: read at the start if it is there, written by [`Sandbox::save`] and at
    /// the end.
    pub fn data(mut self, file: impl Into<PathBuf>) -> Self {
        self.data = Some(file.into());
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    /// When the port is taken, or the data file cannot be read.
    pub async fn start(self) -> Result<Sandbox<A>, Error> {
        let model = A::model().read().map_err(Error::Model)?;
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.map_err(Error::Listen)?;
        let address = listener.local_addr().map_err(Error::Listen)?;
        let settings = Settings {
            url: format!("http://{address}"),
            key: format!("sandbox-{}", address.port()),
            style: self.style,
            page_limit: self.page_limit,
            control: self.control,
            data: self.data,
        };
        let shared = Arc::new(Shared {
            model,
            settings,
            tenants: Mutex::default(),
            faults: Faults::new(self.seed),
            throttle: self.per_second.map(Throttle::new),
            log: Mutex::default(),
            requests: AtomicU64::new(0),
            refusing: watch::Sender::new(false),
            listening: watch::Sender::new(true),
        });
        let tenant = shared.add_tenant(FIRST_TENANT);
        if let Some(path) = &shared.settings.data {
            shared.load(path)?;
        }
        let server = tokio::spawn(server::serve(listener, address, shared.clone()));
        Ok(Sandbox { tenant, server })
    }
}

impl<A: Sdk> Sandbox<A> {
    /// Starts an empty sandbox on a free port.
    ///
    /// # Errors
    /// When no port can be listened on.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Begins a sandbox with settings of its own.
    pub fn builder() -> SandboxBuilder<A> {
        SandboxBuilder {
            style: ResponseStyle::default(),
            page_limit: 1000,
            port: 0,
            seed: 1,
            per_second: None,
            control: false,
            data: None,
            sdk: PhantomData,
        }
    }

    /// The tenant of that name, made if there is none. Tenants know nothing of each other.
    pub fn add_tenant(&self, name: &str) -> Tenant<A> {
        self.tenant.shared.add_tenant(name)
    }

    /// Lets something go wrong from now on.
    pub fn inject(&self, rule: FaultRule) {
        self.tenant.shared.faults.add(rule);
    }

    /// Lets nothing more go wrong.
    pub fn clear_faults(&self) {
        self.tenant.shared.faults.clear();
    }

    /// Refuses all connections, open ones included, until told otherwise; returns when it is so.
    pub async fn refuse_connections(&self, refuse: bool) {
        let shared = &self.tenant.shared;
        let mut listening = shared.listening.subscribe();
        shared.refusing.send_replace(refuse);
        // The server outlives this; if it did not, nobody would listen anyhow.
        let _ = listening.wait_for(|listening| *listening != refuse).await;
    }

    /// The requests that were answered, in order.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.tenant.shared.requests()
    }

    /// Empties the log of requests.
    pub fn forget_requests(&self) {
        self.tenant.shared.forget_requests();
    }

    /// Writes the state of all tenants to the [data file](SandboxBuilder::data), if there is one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self) -> Result<(), Error> {
        self.tenant.shared.save()
    }

    /// Returns the tenant that the sandbox starts with.
    pub fn tenant(&self) -> &Tenant<A> {
        &self.tenant
    }

    /// Returns the address of the sandbox: `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        self.tenant.url()
    }

    /// Returns the key of the first tenant's administrator.
    pub fn key(&self) -> String {
        self.tenant.key()
    }

    /// Returns the key of a user of the first tenant with this role.
    pub fn key_for(&self, role: Role) -> String {
        self.tenant.key_for(role)
    }

    /// Returns a client for the first tenant's administrator.
    ///
    /// # Errors
    /// If the HTTP client cannot be built.
    pub fn client(&self) -> Result<A::Client, Error> {
        self.tenant.client()
    }

    /// Returns a client for a user of the first tenant with this role.
    ///
    /// # Errors
    /// If the HTTP client cannot be built.
    pub fn client_for(&self, role: Role) -> Result<A::Client, Error> {
        self.tenant.client_for(role)
    }

    /// Adds a record to the first tenant: see [`Tenant::seed`].
    ///
    /// # Errors
    /// If there is no such resource.
    pub fn seed(&self, resource: &str, record: impl Into<Json>) -> Result<i64, Error> {
        self.tenant.seed(resource, record)
    }

    /// Returns the first tenant's live records of a resource: see [`Tenant::records`].
    pub fn records(&self, resource: &str) -> Vec<JsonObject> {
        self.tenant.records(resource)
    }

    /// Returns how many live records the first tenant has of a resource.
    pub fn count(&self, resource: &str) -> usize {
        self.tenant.count(resource)
    }

    /// Moves the first tenant's clock forward.
    pub fn advance(&self, time: Duration) {
        self.tenant.advance(time);
    }

    /// Closes the first tenant's books through a day: see [`Tenant::close_books`].
    pub fn close_books(&self, through: Option<Date>) {
        self.tenant.close_books(through);
    }

    /// Adds a demo company to the first tenant: see [`Demo`].
    ///
    /// # Errors
    /// If it cannot be posted, for example because the books are closed.
    pub fn demo(&self, demo: &Demo) -> Result<(), Error> {
        self.tenant.demo(demo)
    }

    /// Returns the first tenant's state as JSON: see [`Tenant::snapshot`].
    pub fn snapshot(&self) -> Json {
        self.tenant.snapshot()
    }

    /// Replaces the first tenant's state by a snapshot: see [`Tenant::restore`].
    ///
    /// # Errors
    /// If it is not a snapshot; nothing has changed then.
    pub fn restore(&self, snapshot: &Json) -> Result<(), Error> {
        self.tenant.restore(snapshot)
    }
}

impl<A: Sdk> Drop for Sandbox<A> {
    fn drop(&mut self) {
        self.server.abort();
        // There is nobody left to tell.
        let _ = self.tenant.shared.save();
    }
}

impl<A: Sdk> fmt::Debug for Sandbox<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("url", &self.tenant.url()).finish_non_exhaustive()
    }
}
