//! Mocks for unit tests: typed `when` and `then` for each operation, on [`httpmock`] (feature `mock`).
//!
//! The [sandbox](crate::sandbox) behaves like the API; a mock answers what a test says, and counts. Use it where a test is
//! about one exact answer.
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
//!     then.answers(json!({"id": 42, "deal_name": "Northwind 2027"}));
//! });
//! let missing = server.contracts_list(|when, then| {
//!     when.limit(500);
//!     then.rows([json!({"id": 42}), json!({"id": 43})]);
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
//! An answer that does not decode as the operation's type is a mistake of the test, and panics where it is written, with
//! the place of the mistake.

use std::fmt::Display;
use std::marker::PhantomData;

pub use httpmock;
pub use httpmock::{Mock, MockServer, Then as HttpThen, When};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{Client, Error, Page, RetryPolicy};

include!(concat!(env!("OUT_DIR"), "/mocks.rs"));

/// A client of a mock server that never tries twice.
///
/// # Errors
/// When the HTTP client cannot be built.
pub fn client(server: &MockServer) -> Result<Client, Error> {
    Client::builder().api_key("mock").base_url(server.base_url()).retry(RetryPolicy::none()).build()
}

/// What is answered to a request whose answer is a `T`.
#[must_use = "a mock without an answer answers nothing"]
pub struct Then<T> {
    then: HttpThen,
    status: u16,
    answer: PhantomData<fn() -> T>,
}

impl<T> Then<T> {
    pub(crate) fn new(then: HttpThen, status: u16) -> Self {
        Self { then, status, answer: PhantomData }
    }

    /// Answers this status and no body.
    pub fn status(self, status: u16) -> HttpThen {
        self.then.status(status)
    }

    /// Refuses with this status and this `detail`.
    pub fn refuses(self, status: u16, detail: &str) -> HttpThen {
        self.then.status(status).json_body(json!({"detail": detail}))
    }

    /// Refuses a body with 400: a message for each field.
    pub fn refuses_fields<'f>(self, fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> HttpThen {
        let fields = fields.into_iter().map(|(field, message)| (field.to_owned(), json!([message])));
        self.then.status(400).json_body(Value::Object(fields.collect()))
    }

    /// Whatever else `httpmock` can answer.
    pub fn raw(self) -> HttpThen {
        self.then
    }
}

impl<T: DeserializeOwned> Then<T> {
    /// Answers this with the documented status of success.
    ///
    /// # Panics
    /// When it does not decode as the operation's answer.
    pub fn answers(self, json: impl Serialize) -> HttpThen {
        let json = value(json);
        if let Err(error) = serde_json::from_str::<T>(&json.to_string()) {
            mistake(&format!("the mocked answer does not decode as {}: {error}", std::any::type_name::<T>()));
        }
        self.then.status(self.status).json_body(json)
    }
}

impl<T: DeserializeOwned> Then<Page<T>> {
    /// Answers a page with these rows, and no more of them.
    ///
    /// # Panics
    /// When one of them does not decode.
    pub fn rows<R: Serialize>(self, rows: impl IntoIterator<Item = R>) -> HttpThen {
        let rows: Vec<Value> = rows.into_iter().map(value).collect();
        self.answers(json!({"count": rows.len(), "next": null, "previous": null, "results": rows}))
    }
}

/// A mock is set up by a test: a mistake there ends the test, as an assertion does.
#[allow(clippy::panic)]
fn mistake(message: &str) -> ! {
    panic!("{message}")
}

fn value(json: impl Serialize) -> Value {
    match serde_json::to_value(json) {
        Ok(value) => value,
        Err(error) => mistake(&format!("the mocked answer cannot be written: {error}")),
    }
}

/// Expects the method and any path of the template.
fn begin(when: When, method: &str, template: &str) -> When {
    when.method(method).path_matches(pattern(template, |_| None))
}

/// Expects an id in the path.
fn path(when: When, template: &str, parameter: &str, id: &dyn Display) -> When {
    when.path_matches(pattern(template, |name| (name == parameter).then(|| id.to_string())))
}

/// The regular expression of a path template: parameters are what is known of them, or anything.
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
