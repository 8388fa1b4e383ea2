//! Mocks for unit tests: typed `when` and `then` for each operation, on [`httpmock`](https://docs.rs/httpmock) (feature `mock`).
//!
//! The [sandbox](crate::sandbox) behaves like the API; a mock returns what a test says, and counts calls. Use mocks for tests
//! that need one exact response.
//!
#![cfg_attr(feature = "revenue-recognition", doc = "```")]
#![cfg_attr(not(feature = "revenue-recognition"), doc = "```ignore")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use campfire::mock::{self, MockServer, Mocks};
//! use serde_json::json;
//!
//! let server = MockServer::start_async().await;
//! let signed = server.contracts_retrieve(|when, then| {
//!     when.id(42);
//!     then.returns(json!({"id": 42, "deal_name": "Northwind 2027"}));
//! });
//! let missing = server.contracts_list(|when, then| {
//!     when.limit(500);
//!     then.returns_page([json!({"id": 42}), json!({"id": 43})]);
//! });
//!
//! let campfire = mock::client(&server)?;
//! assert_eq!(campfire.contracts().retrieve(42).await?.deal_name.as_deref(), Some("Northwind 2027"));
//! assert_eq!(campfire.contracts().list().page_size(500).await?.results.len(), 2);
//! signed.assert();
//! missing.assert_calls(1);
//! # Ok(())
//! # }
//! ```
//!
//! A mocked response that cannot be decoded into the type of the operation is a mistake in the test: it panics where it is
//! written, and says what is wrong.

use std::fmt::Display;
use std::marker::PhantomData;

use campfire_values::read_json::ReadJson;
pub use httpmock;
pub use httpmock::{Mock, MockServer, Then as HttpThen, When};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::client::Client;
use crate::wire::page::Page;
use campfire_transport::outcome::error::Error;
use campfire_transport::retry::RetryPolicy;

include!(concat!(env!("OUT_DIR"), "/mocks.rs"));

/// Creates a client of a mock server, without retries.
///
/// # Errors
/// If the HTTP client cannot be built.
pub fn client(server: &MockServer) -> Result<Client, Error> {
    Client::builder().api_key("mock").base_url(server.base_url()).retry(RetryPolicy::none()).build()
}

/// The response to a request for a `T`.
#[must_use = "a mock without a response returns nothing"]
pub struct Then<T> {
    then: HttpThen,
    status: u16,
    response: PhantomData<fn() -> T>,
}

impl<T> Then<T> {
    pub(crate) fn new(then: HttpThen, status: u16) -> Self {
        Self { then, status, response: PhantomData }
    }

    /// Returns this status without a body.
    pub fn status(self, status: u16) -> HttpThen {
        self.then.status(status)
    }

    /// Returns an error with this status and this `detail`.
    pub fn fails(self, status: u16, detail: &str) -> HttpThen {
        self.then.status(status).json_body(json!({"detail": detail}))
    }

    /// Rejects the body with 400 and a message for each field.
    pub fn fails_validation<'f>(self, fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> HttpThen {
        let fields = fields.into_iter().map(|(field, message)| (field.to_owned(), json!([message])));
        self.then.status(400).json_body(Value::Object(fields.collect()))
    }

    /// Returns the underlying `httpmock` response, for everything else.
    pub fn raw(self) -> HttpThen {
        self.then
    }
}

impl<T: DeserializeOwned> Then<T> {
    /// Returns this JSON with the documented success status.
    ///
    /// # Panics
    /// If it cannot be decoded into the type of the operation.
    pub fn returns(self, json: impl Serialize) -> HttpThen {
        let json = text(json);
        if let Err(error) = serde_json::from_str::<T>(&json) {
            mistake(&format!("the mocked response cannot be decoded as {}: {error}", std::any::type_name::<T>()));
        }
        self.then.status(self.status).header("content-type", "application/json").body(json)
    }
}

impl<T: ReadJson> Then<Page<T>> {
    /// Returns these records as the only page.
    ///
    /// # Panics
    /// If one of them cannot be decoded.
    pub fn returns_page<R: Serialize>(self, records: impl IntoIterator<Item = R>) -> HttpThen {
        let records: Vec<R> = records.into_iter().collect();
        let page = Page {
            count: i64::try_from(records.len()).ok(),
            next: None,
            previous: None,
            results: records,
            rejected: Vec::new(),
            extra: Default::default(),
        };
        self.returns(page)
    }
}

/// Mocks are set up by tests: a mistake in one ends the test, like an assertion.
#[allow(clippy::panic)]
fn mistake(message: &str) -> ! {
    panic!("{message}")
}

/// Returns JSON text, in which decimals keep their digits.
fn text(json: impl Serialize) -> String {
    serde_json::to_string(&json)
        .unwrap_or_else(|error| mistake(&format!("the mocked response cannot be serialized: {error}")))
}

/// Expects the method and any path of the template.
fn begin(when: When, method: &str, template: &str) -> When {
    when.method(method).path_matches(pattern(template, |_| None))
}

/// Expects an id in the path.
fn path(when: When, template: &str, parameter: &str, id: &dyn Display) -> When {
    when.path_matches(pattern(template, |name| (name == parameter).then(|| id.to_string())))
}

/// Returns the regular expression of a path template. Unknown parameters match anything.
fn pattern(template: &str, known: impl Fn(&str) -> Option<String>) -> String {
    let steps = template.split('/').map(|step| match step.strip_prefix('{').and_then(|step| step.strip_suffix('}')) {
        Some(name) => known(name).map_or_else(|| "[^/]+".to_owned(), |id| escape(&id)),
        None => escape(step),
    });
    format!("^{}$", steps.collect::<Vec<_>>().join("/"))
}

fn escape(text: &str) -> String {
    let special = |character: char| !(character.is_ascii_alphanumeric() || "_-".contains(character));
    text.chars().flat_map(|character| special(character).then_some('\\').into_iter().chain([character])).collect()
}
