//! [`UnlistedRequest`]: a request to a path that the description does not list.

use std::fmt;

use campfire_values::Json;
use http::Method;
use serde::Serialize;

use crate::call::{Call, Endpoint};
use crate::client::Client;
use crate::send::request;
use campfire_transport::outcome::operation::{Operation, Retry};
use campfire_transport::request::Draft;

/// The name of the path among the values of the call.
const PATH: &str = "path";

const CLASSES: [Retry; 4] = [Retry::Safe, Retry::Idempotent, Retry::Keyed, Retry::Never];

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// An endpoint for each method and each retry class.
static ENDPOINTS: [[Endpoint; 4]; 5] = {
    const fn endpoint(method: usize, class: usize) -> Endpoint {
        let operation = Operation::new("request", METHODS[method], "", CLASSES[class], None);
        Endpoint { operation, variant: None, optional: &[], build }
    }
    const fn endpoints(method: usize) -> [Endpoint; 4] {
        [endpoint(method, 0), endpoint(method, 1), endpoint(method, 2), endpoint(method, 3)]
    }
    [endpoints(0), endpoints(1), endpoints(2), endpoints(3), endpoints(4)]
};

fn build(call: &Call) -> Draft<'_> {
    let Ok(method) = Method::from_bytes(call.operation().method.as_bytes()) else {
        return Draft::Built(Err("the method cannot be sent".to_owned()));
    };
    let request = call.requests().client.request(method, call.text(PATH).unwrap_or_default());
    match call.json_body() {
        body if body.is_empty() => request.build().into(),
        body => request.json(&body).build().into(),
    }
}

/// A request to a path that the description does not list: set query, body and headers, then await it.
///
/// Returned by [`Client::request`]. It has the key, the retries, the pace, the limits and the hooks of every other call, under
/// the operation id `request`. The response is untyped: [`Json::decode`] turns it into a type of yours.
#[derive(Clone)]
#[must_use = "a request does nothing until it is awaited or sent"]
pub struct UnlistedRequest {
    call: Call,
    method: Method,
}

request!(UnlistedRequest => Json);

impl Client {
    /// Starts a request to a path that the description does not list, with the transport of every other call.
    ///
    /// A `GET` may be retried, and every other method counts as [`Retry::Never`]: if its response is lost, the call ends in
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown). [`UnlistedRequest::retry_class`] says otherwise.
    ///
    /// ```
    /// # #[cfg(all(feature = "core-accounting", feature = "sandbox"))]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = campfire::sandbox::Sandbox::start().await?;
    /// # let campfire = sandbox.client()?;
    /// use campfire::Method;
    ///
    /// let tag = serde_json::json!({"name": "Northwind"});
    /// let tag = campfire.request(Method::POST, "/coa/api/tag").json(&tag).await?;
    /// let found = campfire.request(Method::GET, "/coa/api/tag").query("q", "North").await?;
    /// assert_eq!(found["results"][0]["id"], tag["id"]);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(all(feature = "core-accounting", feature = "sandbox")))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// Sending fails if the path does not start with `/`, has a query, a fragment or a segment such as `..`, or if the method
    /// is none of `GET`, `POST`, `PUT`, `PATCH` and `DELETE`.
    pub fn request(&self, method: Method, path: impl Into<String>) -> UnlistedRequest {
        let class = if method == Method::GET { Retry::Safe } else { Retry::Never };
        let path = path.into();
        let known = endpoint(&method, class);
        let mut call = Call::new(self, known.unwrap_or(&ENDPOINTS[0][3]));
        if known.is_none() {
            call.reject(&format!("the method `{method:.20}` cannot be sent"), Vec::new());
        }
        if let Some(reason) = refused(&path) {
            call.reject(&format!("the path {reason}"), Vec::new());
        }
        UnlistedRequest { call: call.with(PATH, path), method }
    }
}

impl UnlistedRequest {
    /// Sets the JSON body.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        self.call.unchecked_body(&body);
        self
    }

    /// Sets how often the server may process the request without harm, on which retries depend. With [`Retry::Keyed`], an
    /// `Idempotency-Key` is sent.
    pub fn retry_class(mut self, class: Retry) -> Self {
        if let Some(endpoint) = endpoint(&self.method, class) {
            self.call.set_endpoint(endpoint);
        }
        self
    }
}

impl fmt::Debug for UnlistedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnlistedRequest").field("method", &self.method).field("call", &self.call).finish()
    }
}

fn endpoint(method: &Method, class: Retry) -> Option<&'static Endpoint> {
    let method = METHODS.iter().position(|name| method == name)?;
    let class = CLASSES.iter().position(|each| *each == class)?;
    Some(&ENDPOINTS[method][class])
}

/// Returns why a path cannot be sent, if so.
fn refused(path: &str) -> Option<&'static str> {
    let is_dots = |segment: &str| matches!(&*segment.to_ascii_lowercase().replace("%2e", "."), "." | "..");
    if !path.starts_with('/') {
        Some("does not start with `/`")
    } else if path.contains(['?', '#']) {
        Some("contains a query or a fragment: set query parameters with `query`")
    } else if path.split(['/', '\\']).any(is_dots) {
        Some("contains a segment that leads to another path")
    } else {
        None
    }
}
