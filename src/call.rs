//! What all request builders share: options of one call, and the way from builder to answer.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde::Serialize;

use crate::decode::Answer;
use crate::error::{ConfigurationError, Error, FieldError, RequestError};
use crate::limits::{self, Check};
use crate::list::ListOptions;
use crate::transport::request::{JsonBody, Requests};
use crate::transport::{Exchange, Options, Received};
use crate::{Client, Operation, Response};

/// A call that is being prepared.
#[derive(Clone)]
pub(crate) struct Call {
    client: Client,
    operation: &'static Operation,
    /// What it decides for itself, if anything.
    options: Option<Box<Options>>,
    /// The serialized body; empty if the operation takes none.
    body: JsonBody,
    /// How a list is read, if not as all are. Shared, because each page is a call of its own.
    list: Option<Arc<ListOptions>>,
    /// Why it cannot be sent. Builders have no other place to say so.
    refusal: Option<Box<RequestError>>,
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
        Self { client, operation, options: None, body: JsonBody::default(), list: None, refusal: None }
    }

    pub(crate) fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Sets the body: checks its documented limits, and serializes it for all attempts.
    pub(crate) fn body(mut self, body: &(impl Check + Serialize)) -> Self {
        if self.client.inner.settings.check_requests {
            let fields = limits::violations(body);
            if !fields.is_empty() {
                self.refuse("the body breaks documented limits", fields);
            }
        }
        match JsonBody::new(body) {
            Ok(body) => self.body = body,
            Err(error) => self.refuse(&format!("the body cannot be serialized: {error}"), Vec::new()),
        }
        self
    }

    pub(crate) fn json_body(&self) -> &JsonBody {
        &self.body
    }

    /// Refuses a text in the path that would lead to another path. Everything else is encoded.
    #[allow(dead_code, reason = "all ids of this API are integers so far")]
    pub(crate) fn segment(mut self, name: &str, value: &str) -> Self {
        if matches!(value, "" | "." | "..") {
            let message = format!("`{value}` would lead to another path");
            self.refuse("a path parameter", vec![FieldError::new(name, message)]);
        }
        self
    }

    /// Refuses a filter that the server would take for no filter at all.
    pub(crate) fn refuse_empty(&mut self, name: &str, value: Option<&str>) {
        if value.is_some_and(str::is_empty) {
            let message = "is empty: the server would ignore the filter and answer everything".to_owned();
            self.refuse("an empty filter", vec![FieldError::new(name, message)]);
        }
    }

    pub(crate) fn refuse(&mut self, message: &str, fields: Vec<FieldError>) {
        let error = RequestError { operation: self.operation.id, message: message.to_owned(), fields };
        self.refusal.get_or_insert(Box::new(error));
    }

    fn options_mut(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }

    pub(crate) fn idempotency_key(&mut self, key: &str) {
        match HeaderValue::from_str(key) {
            Ok(value) if !key.is_empty() => self.options_mut().idempotency_key = Some(value),
            _ => self.refuse("the idempotency key is empty or holds characters that no header can carry", Vec::new()),
        }
    }

    pub(crate) fn timeout(&mut self, limit: Duration) {
        self.options_mut().timeout = Some(limit);
    }

    pub(crate) fn retry(&mut self, policy: crate::RetryPolicy) {
        self.options_mut().retry = Some(policy);
    }

    pub(crate) fn on_bad_record(&mut self, policy: crate::BadRecord) {
        self.options_mut().bad_record = policy;
    }

    pub(crate) fn header(&mut self, name: &str, value: &str) {
        match (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            (Ok(name), _) if name == http::header::AUTHORIZATION => {
                self.refuse("the `authorization` header is set by the client", Vec::new());
            }
            (Ok(name), Ok(value)) => {
                self.options_mut().headers.insert(name, value);
            }
            (Err(_), _) => self.refuse(&format!("`{name:.40}` is no header name"), Vec::new()),
            (_, Err(_)) => self.refuse(&format!("the value of the header `{name}` cannot be sent"), Vec::new()),
        }
    }

    pub(crate) fn list(&self) -> &ListOptions {
        static DEFAULT: ListOptions = ListOptions::DEFAULT;
        self.list.as_deref().unwrap_or(&DEFAULT)
    }

    pub(crate) fn list_mut(&mut self) -> &mut ListOptions {
        Arc::make_mut(self.list.get_or_insert_default())
    }

    /// The methods of progenitor that build requests.
    pub(crate) fn requests(&self) -> &Requests {
        &self.client.inner.requests
    }

    /// Begins the exchange, unless the call was refused.
    pub(crate) fn begin(&self) -> Result<Exchange<'_>, Error> {
        static DEFAULT: LazyLock<Options> = LazyLock::new(Options::default);
        match &self.refusal {
            Some(refusal) => Err(Error::Request(RequestError::clone(refusal))),
            None => Ok(Exchange::new(&self.client, self.operation, self.options.as_deref().unwrap_or(&DEFAULT))),
        }
    }
}

impl Received {
    /// Reads the answer of a call.
    pub(crate) fn read<T: Answer>(mut self) -> Result<Response<T>, Error> {
        let (operation, status, attempts, elapsed) = (self.operation, self.status, self.attempts, self.elapsed);
        // A download takes its name from the headers; nothing else needs them to be read.
        let headers = if operation.streams { self.headers.clone() } else { std::mem::take(&mut self.headers) };
        let bytes = self.bytes.len() as u64;
        match T::receive(self) {
            Ok(value) => Ok(Response { value, operation, status, headers, elapsed, attempts, bytes }),
            Err(error) => Err(error.with_request_id(&headers)),
        }
    }

    /// Whether reading it takes some milliseconds of work.
    pub(crate) fn is_large(&self) -> bool {
        self.bytes.len() >= 256 * 1024
    }

    /// Reads a large answer on a thread where it holds nobody up.
    pub(crate) async fn read_aside<T: Answer>(self) -> Result<Response<T>, Error> {
        match tokio::task::spawn_blocking(move || self.read()).await {
            Ok(response) => response,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(ConfigurationError::new("the runtime was shut down while an answer was read").into()),
            },
        }
    }
}

/// Writes what every request builder has.
macro_rules! request {
    ($builder:ident => $answer:ty; |$this:ident, $requests:ident| $send:expr) => {
        impl $builder {
            /// Sends this `Idempotency-Key`. Where the server honours it, a repeated call with the same key and body
            /// does nothing twice.
            pub fn idempotency_key(mut self, key: impl AsRef<str>) -> Self {
                self.call.idempotency_key(key.as_ref());
                self
            }

            /// How long the whole call may take, instead of the client's limit.
            pub fn timeout(mut self, limit: ::std::time::Duration) -> Self {
                self.call.timeout(limit);
                self
            }

            /// How the call is repeated, instead of the client's policy.
            pub fn retry(mut self, policy: crate::RetryPolicy) -> Self {
                self.call.retry(policy);
                self
            }

            /// Sends this header, too.
            pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                self.call.header(name.as_ref(), value.as_ref());
                self
            }

            /// Sends the request. Awaiting the builder does the same.
            ///
            /// # Errors
            /// See [`Error`](crate::Error).
            pub async fn send(self) -> ::std::result::Result<crate::Response<$answer>, crate::Error> {
                self.perform().await
            }

            /// Sends the request and gives the answer as untyped JSON, whatever it is.
            ///
            /// # Errors
            /// See [`Error`](crate::Error).
            pub async fn send_raw(self) -> ::std::result::Result<crate::Response<crate::Json>, crate::Error> {
                self.perform().await
            }

            /// Makes the call and waits for its answer on this thread.
            ///
            /// # Errors
            /// As `send`.
            #[cfg(feature = "blocking")]
            pub fn wait(self) -> ::std::result::Result<crate::Response<$answer>, crate::Error> {
                crate::blocking::wait(self.send())
            }

            async fn perform<T: crate::decode::Answer>(
                &self,
            ) -> ::std::result::Result<crate::Response<T>, crate::Error> {
                let $this = self;
                let exchange = $this.call.begin()?;
                let $requests = $this.call.requests();
                let received = exchange.perform(&|| $send.into()).await?;
                if received.is_large() { received.read_aside().await } else { received.read() }
            }
        }

        impl ::std::future::IntoFuture for $builder {
            type Output = ::std::result::Result<crate::Response<$answer>, crate::Error>;
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

    static OPERATION: Operation = Operation {
        id: "things.retrieve",
        method: "GET",
        path: "/things/{name}",
        retry: crate::Retry::Safe,
        read_back: None,
        streams: false,
    };

    #[test]
    fn texts_that_lead_elsewhere_are_refused() {
        let client = Client::new("k").unwrap();
        for value in ["", ".", ".."] {
            let error = Call::new(client.clone(), &OPERATION).segment("name", value).begin().err().unwrap();
            assert!(error.to_string().contains("would lead to another path"), "{error}");
        }
        for value in ["a", "...", "a/b", "%2e%2e", "a b"] {
            assert!(Call::new(client.clone(), &OPERATION).segment("name", value).begin().is_ok(), "{value}");
        }
    }
}
