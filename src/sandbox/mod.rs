//! The API on your own machine: a stateful server on loopback, driven by the same description as the client.
//!
//! What is created can be read, listed, changed and deleted; ids and times are set as the server sets them; bodies are
//! held against the description and refused as Django REST Framework refuses them. It stands in for the server in
//! tests and first steps, because there is no public test system.
//!
#![cfg_attr(feature = "revenue-recognition", doc = "```")]
#![cfg_attr(not(feature = "revenue-recognition"), doc = "```ignore")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use campfire::{sandbox::Sandbox, types::ContractCreate};
//!
//! let sandbox = Sandbox::start().await?;
//! let campfire = sandbox.client()?;
//! let body = ContractCreate { deal_name: Some("Northwind 2027".into()), ..ContractCreate::default() };
//! let contract = campfire.contracts().create(&body).await?;
//! assert_eq!(campfire.contracts().retrieve(contract.id).await?.deal_name, contract.deal_name);
//! # Ok(())
//! # }
//! ```
//!
//! # What it is and is not
//!
//! - Every operation of the compiled areas answers, in its documented shape. Collections and items have state; actions
//!   do what an `x-effect` in the description says, and otherwise only answer.
//! - A POST that repeats an `Idempotency-Key` gets the first answer; with another body it is a conflict.
//! - Accounting rules (balanced journals, totals of documents, closed periods) are not enforced.
//! - A link to another record is checked only once that resource has any record, so that a test need not seed the
//!   world first.
//! - State lives in memory and ends with the [`Sandbox`].
//!
//! It was built from the reference and recorded answers and never compared with the live server.

mod api;
mod idempotency;
mod list;
mod model;
mod multipart;
mod render;
mod route;
mod server;
mod store;
mod validate;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;

use crate::{Client, Json, JsonObject};
use model::Model;
use store::Store;

/// How answers look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Face {
    /// As the live server answers, as far as recorded answers show: fields behind an empty link are left out or null,
    /// whatever the reference says. Code that works with this works with reality.
    #[default]
    Wire,
    /// As the reference says: what is documented as always there is there, and not null.
    Documented,
}

/// A running sandbox. It stops when this is dropped.
pub struct Sandbox {
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

struct Shared {
    model: &'static Model,
    settings: Settings,
    store: Mutex<Store>,
    answers: idempotency::Answers,
    log: Mutex<Vec<LoggedRequest>>,
}

impl Shared {
    fn log(&self, request: LoggedRequest) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }
}

struct Settings {
    url: String,
    key: String,
    face: Face,
    page_limit: usize,
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
    /// The status of the answer.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// Why a sandbox could not be started or seeded.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The port cannot be listened on.
    Listen(std::io::Error),
    /// The bundled description cannot be read: a bug of this crate.
    Model(String),
    /// The client cannot be built.
    Client(crate::Error),
    /// There is no such resource.
    Resource(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Listen(error) => write!(f, "the sandbox cannot listen on loopback: {error}"),
            Error::Model(message) => f.write_str(message),
            Error::Client(error) => write!(f, "the sandbox's client: {error}"),
            Error::Resource(name) => write!(f, "there is no resource `{name}`: name one as in `contracts.usage`"),
        }
    }
}

impl std::error::Error for Error {}

/// Settings of a [`Sandbox`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SandboxBuilder {
    face: Face,
    page_limit: usize,
    port: u16,
}

impl SandboxBuilder {
    /// How answers look. Default: [`Face::Wire`].
    pub fn face(mut self, face: Face) -> Self {
        self.face = face;
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

    /// Starts the sandbox.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(self) -> Result<Sandbox, Error> {
        let model = Model::bundled().map_err(Error::Model)?;
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.map_err(Error::Listen)?;
        let address = listener.local_addr().map_err(Error::Listen)?;
        let settings = Settings {
            url: format!("http://{address}"),
            key: format!("sandbox-{}", address.port()),
            face: self.face,
            page_limit: self.page_limit,
        };
        let shared = Arc::new(Shared {
            model,
            settings,
            store: Mutex::default(),
            answers: Default::default(),
            log: Mutex::default(),
        });
        let server = tokio::spawn(server::serve(listener, shared.clone()));
        Ok(Sandbox { shared, server })
    }
}

impl Sandbox {
    /// Starts an empty sandbox on a free port.
    ///
    /// # Errors
    /// When no port can be listened on.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Begins a sandbox with settings of its own.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder { face: Face::default(), page_limit: 1000, port: 0 }
    }

    /// Its address: `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        &self.shared.settings.url
    }

    /// The one key that it accepts.
    pub fn key(&self) -> &str {
        &self.shared.settings.key
    }

    /// A client for it.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn client(&self) -> Result<Client, Error> {
        Client::builder().api_key(self.key()).base_url(self.url()).build().map_err(Error::Client)
    }

    /// Puts a record into a resource (`contracts`, `contracts.usage`), as if the server had made it; gives its id.
    ///
    /// Fields that only the server sets can be given, too, `id` among them. A record below another names it by the
    /// field that links to it: `{"contract": 42, …}`.
    ///
    /// # Errors
    /// When there is no such resource.
    pub fn seed(&self, resource: &str, record: impl Into<Json>) -> Result<i64, Error> {
        let model = self.shared.model;
        let schema = model.record_schema(resource).ok_or_else(|| Error::Resource(resource.to_owned()))?;
        let record: Json = record.into();
        let given = record.as_object().cloned().unwrap_or_default();
        let mut store = self.store();
        let id = api::insert(model, &mut store, resource, &given, &[]);
        let parameters = model
            .operations
            .iter()
            .filter(|operation| operation.resource() == resource && ["create", "list"].contains(&operation.action()))
            .flat_map(|operation| operation.path.split('/'))
            .filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'));
        if let Some(stored) = store.get_mut(resource, id) {
            for name in parameters {
                let link = name.strip_suffix("_id").unwrap_or(name);
                if let Some(parent) = given.get(link).or_else(|| given.get(name)).and_then(Json::as_i64) {
                    stored.parents.insert(name.to_owned(), parent);
                }
            }
            // Seeding is the server's own hand: read-only fields are set as given.
            for field in model.fields(schema) {
                if let Some(value) = given.get(&field.name).filter(|_| field.read_only && !field.identity) {
                    stored.fields.insert(field.name.clone(), value.clone());
                }
            }
        }
        Ok(id)
    }

    /// The live records of a resource, as they are stored.
    pub fn records(&self, resource: &str) -> Vec<JsonObject> {
        self.store()
            .table(resource)
            .filter(|(_, record)| record.deleted.is_none())
            .map(|(_, record)| record.fields.clone())
            .collect()
    }

    /// The requests that were answered, in order.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Moves the clock of the sandbox ahead.
    pub fn advance(&self, time: Duration) {
        self.store().advance(time);
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.shared.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("url", &self.url()).finish_non_exhaustive()
    }
}
