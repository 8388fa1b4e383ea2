//! One call, from its request builder to its outcome: options, body, sending, decoding.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde::Serialize;

use crate::client::Client;
use crate::defaults::DECODE_ASIDE;
use crate::outcome::error::{ConfigurationError, Error, FieldError, RequestError};
use crate::outcome::operation::Operation;
use crate::outcome::rejected::RejectedRecords;
use crate::outcome::response::Response;
use crate::transport::exchange::Exchange;
use crate::transport::received::Received;
use crate::transport::request::{Draft, JsonBody, Requests};
use crate::transport::retry::RetryPolicy;
use crate::transport::settings::Options;
use crate::wire::decode::{Body, Decode};
use crate::wire::limits::{self, Check};

/// A call that is being prepared. Every request builder holds one.
#[derive(Clone)]
pub(crate) struct Call {
    client: Client,
    operation: &'static Operation,
    /// The settings that this call overrides, if any.
    options: Option<Box<Options>>,
    /// The serialized body, shared by all attempts; empty if the operation takes none.
    body: JsonBody,
    rejected_records: RejectedRecords,
    /// Why the call cannot be sent. A builder method cannot return an error, so sending does.
    rejection: Option<Box<RequestError>>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation.id)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Call {
    pub(crate) fn new(client: Client, operation: &'static Operation) -> Self {
        let rejected_records = RejectedRecords::default();
        Self { client, operation, options: None, body: JsonBody::default(), rejected_records, rejection: None }
    }

    pub(crate) fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Sets the body: checks its documented limits, and serializes it once for all attempts.
    pub(crate) fn body(mut self, body: &(impl Check + Serialize)) -> Self {
        if self.client.transport.settings.validate_requests {
            let fields = limits::violations(body);
            if !fields.is_empty() {
                self.reject("the body violates documented limits", fields);
            }
        }
        match JsonBody::new(body) {
            Ok(body) => self.body = body,
            Err(error) => self.reject(&format!("the body cannot be serialized: {error}"), Vec::new()),
        }
        self
    }

    pub(crate) fn json_body(&self) -> &JsonBody {
        &self.body
    }

    /// Rejects a string in the path that would lead to another path. Everything else is percent-encoded.
    #[allow(dead_code, reason = "all ids of this API are integers so far")]
    pub(crate) fn segment(mut self, name: &str, value: &str) -> Self {
        if matches!(value, "" | "." | "..") {
            let message = format!("`{value}` would lead to another path");
            self.reject("invalid path parameter", vec![FieldError::new(name, message)]);
        }
        self
    }

    /// Rejects an empty filter: the server would ignore it.
    pub(crate) fn refuse_empty(&mut self, name: &str, value: Option<&str>) {
        if value.is_some_and(str::is_empty) {
            let message = "is empty: the server would ignore the filter and return all records";
            self.reject("empty filter", vec![FieldError::new(name, message)]);
        }
    }

    fn reject(&mut self, message: &str, fields: Vec<FieldError>) {
        self.rejection.get_or_insert(Box::new(RequestError::new(self.operation, message).with_fields(fields)));
    }

    fn options_mut(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }

    pub(crate) fn idempotency_key(&mut self, key: &str) {
        match HeaderValue::from_str(key) {
            Ok(value) if !key.is_empty() => self.options_mut().idempotency_key = Some(sensitive(value)),
            _ => {
                let message = "the idempotency key is empty or contains characters that are not allowed in a header";
                self.reject(message, Vec::new());
            }
        }
    }

    pub(crate) fn timeout(&mut self, limit: Duration) {
        self.options_mut().timeout = Some(limit);
    }

    pub(crate) fn retry(&mut self, policy: RetryPolicy) {
        self.options_mut().retry = Some(policy);
    }

    pub(crate) fn rejected_records(&mut self, policy: RejectedRecords) {
        self.rejected_records = policy;
    }

    pub(crate) fn header(&mut self, name: &str, value: &str) {
        match (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            (Ok(name), _) if name == http::header::AUTHORIZATION => {
                self.reject("the client sets the `authorization` header", Vec::new());
            }
            (Ok(name), Ok(value)) => {
                self.options_mut().headers.insert(name, sensitive(value));
            }
            (Err(_), _) => self.reject(&format!("`{name:.40}` is not a header name"), Vec::new()),
            (_, Err(_)) => self.reject(&format!("the value of the header `{name}` cannot be sent"), Vec::new()),
        }
    }

    /// Returns progenitor's methods, which build requests.
    pub(crate) fn requests(&self) -> &Requests {
        &self.client.transport.requests
    }

    /// Sends the call and decodes its response. `draft` builds the request of each attempt.
    pub(crate) async fn send<'r, T: FromReceived>(
        &self,
        draft: &(dyn Fn() -> Draft<'r> + Sync),
    ) -> Result<Response<T>, Error> {
        let received = self.receive(draft).await?;
        let rejected_records = self.rejected_records;
        if received.bytes.len() < DECODE_ASIDE {
            return read(received, rejected_records);
        }
        match tokio::task::spawn_blocking(move || read(received, rejected_records)).await {
            Ok(response) => response,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(ConfigurationError::new("the runtime was shut down while a response was decoded").into()),
            },
        }
    }

    async fn receive<'r>(&self, draft: &(dyn Fn() -> Draft<'r> + Sync)) -> Result<Received, Error> {
        static DEFAULT: LazyLock<Options> = LazyLock::new(Options::default);
        if let Some(rejection) = &self.rejection {
            return Err(RequestError::clone(rejection).into());
        }
        let options = self.options.as_deref().unwrap_or(&DEFAULT);
        Exchange::new(&self.client.transport, self.operation, options).perform(draft).await
    }
}

fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

/// A value that a successful response can be turned into.
pub(crate) trait FromReceived: Sized + Send + 'static {
    fn from_received(received: Received, rejected_records: RejectedRecords) -> Result<Self, Error>;
}

impl<T: Decode> FromReceived for T {
    fn from_received(received: Received, rejected_records: RejectedRecords) -> Result<Self, Error> {
        let Received { operation, status, bytes, .. } = &received;
        T::decode(&Body { operation, status: *status, bytes, rejected_records })
    }
}

/// Turns a successful response into its value, with status, headers and timing.
fn read<T: FromReceived>(mut received: Received, rejected_records: RejectedRecords) -> Result<Response<T>, Error> {
    let Received { operation, status, attempts, elapsed, .. } = received;
    // A download takes its name from the headers; no other value needs them.
    let headers = if operation.streams { received.headers.clone() } else { std::mem::take(&mut received.headers) };
    let bytes = received.bytes.len() as u64;
    match T::from_received(received, rejected_records) {
        Ok(value) => Ok(Response { value, operation, status, headers, elapsed, attempts, bytes }),
        Err(error) => Err(error.with_request_id(&headers)),
    }
}

/// Adds the methods that every request builder has.
///
/// The builder has a method `build_request`, which builds the request of an attempt.
macro_rules! request {
    ($builder:ident => $response:ty) => {
        impl $builder {
            /// Sends this `Idempotency-Key`. If the server honors it, a retried call with the same key and body takes
            /// effect only once.
            pub fn idempotency_key(mut self, key: impl AsRef<str>) -> Self {
                self.call.idempotency_key(key.as_ref());
                self
            }

            /// Limits the time of the whole call, in place of the client's limit.
            pub fn timeout(mut self, limit: ::std::time::Duration) -> Self {
                self.call.timeout(limit);
                self
            }

            /// Sets the retry policy of this call, in place of the client's policy.
            pub fn retry(mut self, policy: crate::RetryPolicy) -> Self {
                self.call.retry(policy);
                self
            }

            /// Sends an additional header.
            pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                self.call.header(name.as_ref(), value.as_ref());
                self
            }

            /// Sends the request. Awaiting the builder does the same.
            ///
            /// # Errors
            /// See [`Error`](crate::Error).
            pub async fn send(self) -> ::std::result::Result<crate::Response<$response>, crate::Error> {
                self.perform().await
            }

            /// Sends the request and returns the response as untyped JSON, whatever its shape.
            ///
            /// # Errors
            /// See [`Error`](crate::Error).
            pub async fn send_untyped(self) -> ::std::result::Result<crate::Response<crate::Json>, crate::Error> {
                self.perform().await
            }

            /// Sends the request and blocks this thread until the response arrives.
            ///
            /// # Errors
            /// See [`Error`](crate::Error).
            #[cfg(feature = "blocking")]
            pub fn wait(self) -> ::std::result::Result<crate::Response<$response>, crate::Error> {
                crate::blocking::runtime::wait(self.send())
            }

            async fn perform<T: crate::call::FromReceived>(
                &self,
            ) -> ::std::result::Result<crate::Response<T>, crate::Error> {
                let requests = self.call.requests();
                self.call.send(&|| self.build_request(requests)).await
            }
        }

        impl ::std::future::IntoFuture for $builder {
            type Output = ::std::result::Result<crate::Response<$response>, crate::Error>;
            type IntoFuture =
                ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = Self::Output> + Send>>;

            fn into_future(self) -> Self::IntoFuture {
                ::std::boxed::Box::pin(async move { self.perform().await })
            }
        }
    };
}

pub(crate) use request;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::operation::Retry;

    static OPERATION: Operation = Operation {
        id: "things.retrieve",
        method: "GET",
        path: "/things/{name}",
        retry: Retry::Safe,
        read_back: None,
        streams: false,
    };

    #[test]
    fn path_parameters_that_lead_to_another_path_are_rejected() {
        let client = Client::new("k").unwrap();
        let rejection = |value| Call::new(client.clone(), &OPERATION).segment("name", value).rejection;
        for value in ["", ".", ".."] {
            let error = rejection(value).unwrap();
            assert!(error.to_string().contains("would lead to another path"), "{error}");
        }
        for value in ["a", "...", "a/b", "%2e%2e", "a b"] {
            assert!(rejection(value).is_none(), "{value}");
        }
    }
}
