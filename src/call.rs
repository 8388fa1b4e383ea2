//! A call that is being prepared: parameters, options, body.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

#[cfg(feature = "operations")]
use campfire_values::Json;
use campfire_values::limits::{self, Check, Violation};
use http::{HeaderName, HeaderValue};
use serde::Serialize;

use crate::client::Client;
use crate::files::upload::FilePart;
use crate::requests::Requests;
use campfire_transport::body::Intake;
use campfire_transport::exchange::Exchange;
use campfire_transport::outcome::error::{Error, FieldError, RequestError};
use campfire_transport::outcome::operation::Operation;
use campfire_transport::outcome::rejected::RejectedRecords;
use campfire_transport::received::Received;
use campfire_transport::request::{Draft, JsonBody};
use campfire_transport::retry::RetryPolicy;
use campfire_transport::settings::Options;

/// An operation, and how its requests are built. The generator writes one for each operation.
pub(crate) struct Endpoint {
    pub(crate) operation: Operation,
    /// The operation with another retry class, which some calls have.
    pub(crate) variant: Option<Variant>,
    /// The names of the optional parameters, in the order of the description.
    pub(crate) optional: &'static [&'static str],
    /// Builds the request of an attempt.
    pub(crate) build: fn(&Call) -> Draft<'_>,
}

/// The calls whose retry class is another one.
pub(crate) enum Variant {
    /// Calls of a client that trusts the server to honor idempotency keys.
    KeysAreTrusted(Operation),
    /// Calls whose body sets this flag. Calls by id need its name.
    #[cfg_attr(not(feature = "operations"), allow(dead_code))]
    FlagIsSet(&'static str, Operation),
}

/// The value of a parameter.
#[derive(Clone)]
pub(crate) enum Value {
    Integer(i64),
    Text(String),
    Texts(Vec<String>),
    /// Boxed, because it is several times as large as the others.
    File(Box<FilePart>),
}

/// Prints the bare value.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::Texts(value) => value.fmt(f),
            Self::File(value) => value.fmt(f),
        }
    }
}

macro_rules! into_value {
    ($($ty:ty => $variant:ident)*) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}
into_value!(i64 => Integer String => Text Vec<String> => Texts);

impl From<FilePart> for Value {
    fn from(value: FilePart) -> Self {
        Self::File(Box::new(value))
    }
}

/// A call that is being prepared. Every request builder holds one.
#[derive(Clone)]
pub struct Call {
    client: Client,
    endpoint: &'static Endpoint,
    /// The operation, with the retry class of this call.
    operation: &'static Operation,
    /// The IDs and the required parameters, by their names in Rust.
    required: Vec<(&'static str, Value)>,
    /// The optional parameters that are set, by their names in Rust.
    optional: Vec<(&'static str, Value)>,
    /// Query parameters that the description does not list.
    query: Vec<(String, String)>,
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
        let mut debug = f.debug_struct("Call");
        debug.field("operation", &self.operation.id);
        for (name, value) in self.required.iter().chain(&self.optional) {
            debug.field(name, value);
        }
        debug.field("options", &self.options).finish_non_exhaustive()
    }
}

impl Call {
    pub(crate) fn new(client: &Client, endpoint: &'static Endpoint) -> Self {
        let operation = match &endpoint.variant {
            Some(Variant::KeysAreTrusted(operation)) if client.transport.settings.trust_idempotency_keys => operation,
            _ => &endpoint.operation,
        };
        Self {
            client: client.clone(),
            endpoint,
            operation,
            required: Vec::new(),
            optional: Vec::new(),
            query: Vec::new(),
            options: None,
            body: JsonBody::default(),
            rejected_records: RejectedRecords::default(),
            rejection: None,
        }
    }

    pub(crate) fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Gives a request that the description does not list another retry class.
    pub(crate) fn set_endpoint(&mut self, endpoint: &'static Endpoint) {
        (self.endpoint, self.operation) = (endpoint, &endpoint.operation);
    }

    /// Adds an ID or a required parameter.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.required.push((name, value.into()));
        self
    }

    /// Sets an optional parameter.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.optional.iter_mut().find(|(set, _)| *set == name) {
            Some((_, before)) => *before = value,
            None => self.optional.push((name, value)),
        }
    }

    /// Sets an optional parameter, if the operation has it.
    pub(crate) fn set_if_optional(&mut self, name: &'static str, value: impl ToString) {
        if self.has_optional(name) {
            self.set(name, value.to_string());
        }
    }

    /// Returns whether the operation has an optional parameter of this name.
    pub(crate) fn has_optional(&self, name: &str) -> bool {
        self.endpoint.optional.contains(&name)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.required.iter().chain(&self.optional).find(|(set, _)| *set == name).map(|(_, value)| value)
    }

    /// Returns an ID. The generated code sets all IDs.
    pub(crate) fn integer(&self, name: &str) -> i64 {
        if let Some(Value::Integer(value)) = self.value(name) { *value } else { 0 }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        if let Some(Value::Text(value)) = self.value(name) { Some(value) } else { None }
    }

    pub(crate) fn texts(&self, name: &str) -> Option<&Vec<String>> {
        if let Some(Value::Texts(value)) = self.value(name) { Some(value) } else { None }
    }

    pub(crate) fn file(&self, name: &str) -> Option<&FilePart> {
        if let Some(Value::File(value)) = self.value(name) { Some(value) } else { None }
    }

    /// Sets the body: checks its documented limits, and serializes it once for all attempts.
    pub(crate) fn body(self, body: &(impl Check + Serialize)) -> Self {
        self.checked_body(body, JsonBody::new(body))
    }

    /// Notes whether the body sets the flag on which the retry class depends.
    pub(crate) fn flag(mut self, is_set: bool) -> Self {
        if let Some(Variant::FlagIsSet(_, operation)) = &self.endpoint.variant
            && is_set
        {
            self.operation = operation;
        }
        self
    }

    fn checked_body(mut self, body: &dyn Check, json: serde_json::Result<JsonBody>) -> Self {
        if self.client.transport.settings.validate_requests {
            let violations = limits::violations(body);
            if !violations.is_empty() {
                self.reject("the body violates documented limits", violations.into_iter().map(field_error).collect());
            }
        }
        match json {
            Ok(json) => self.body = json,
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
        self.reject_segment(name, value);
        self
    }

    pub(crate) fn reject_segment(&mut self, name: &str, value: &str) {
        if matches!(value, "" | "." | "..") {
            let message = format!("`{value}` would lead to another path");
            self.reject("invalid path parameter", vec![FieldError::new(name, message)]);
        }
    }

    /// Adds a query parameter that the description does not list.
    pub(crate) fn query(&mut self, name: &str, value: &str) {
        self.query.push((name.to_owned(), value.to_owned()));
    }

    /// Sets a body without checking it.
    pub(crate) fn unchecked_body(&mut self, body: &impl Serialize) {
        match JsonBody::new(body) {
            Ok(json) => self.body = json,
            Err(error) => self.reject(&format!("the body cannot be serialized: {error}"), Vec::new()),
        }
    }

    /// Sets a body that has been checked.
    #[cfg(feature = "operations")]
    pub(crate) fn set_json(&mut self, body: &Json) {
        if let Some(Variant::FlagIsSet(flag, operation)) = &self.endpoint.variant
            && !matches!(body.get(flag), None | Some(Json::Null | Json::Bool(false)))
        {
            self.operation = operation;
        }
        self.unchecked_body(body);
    }

    /// Returns whether bodies are checked before they are sent.
    #[cfg(feature = "operations")]
    pub(crate) fn validates(&self) -> bool {
        self.client.transport.settings.validate_requests
    }

    /// Returns the request of an attempt, without what sending adds to its head.
    #[cfg(feature = "operations")]
    pub(crate) async fn request(&self) -> Result<Box<reqwest::Request>, Error> {
        if let Some(rejection) = &self.rejection {
            return Err(RequestError::clone(rejection).into());
        }
        let draft = self.draft().finish().await;
        draft.map_err(|reason| RequestError::new(self.operation(), reason).into())
    }

    /// Rejects an empty filter: the server would ignore it.
    pub(crate) fn refuse_empty(&mut self, name: &str, wire_name: &str) {
        if self.text(name).is_some_and(str::is_empty) {
            let message = "is empty: the server would ignore the filter and return all records";
            self.reject("empty filter", vec![FieldError::new(wire_name, message)]);
        }
    }

    pub(crate) fn reject(&mut self, message: &str, fields: Vec<FieldError>) {
        self.rejection.get_or_insert(Box::new(RequestError::new(self.operation(), message).with_fields(fields)));
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
            (Ok(name), _)
                if name == http::header::AUTHORIZATION || name == self.client.transport.settings.key_header =>
            {
                self.reject(&format!("the client sets the `{name}` header"), Vec::new());
            }
            (Ok(name), Ok(value)) => {
                self.options_mut().headers.insert(name, sensitive(value));
            }
            (Err(_), _) => self.reject(&format!("`{name:.40}` is not a header name"), Vec::new()),
            (_, Err(_)) => self.reject(&format!("the value of the header `{name}` cannot be sent"), Vec::new()),
        }
    }

    pub(crate) fn rejected_records_policy(&self) -> RejectedRecords {
        self.rejected_records
    }

    /// Builds the request of an attempt.
    fn draft(&self) -> Draft<'_> {
        (self.endpoint.build)(self).with_query(&self.query)
    }

    /// Returns progenitor's methods, which build requests.
    pub(crate) fn requests(&self) -> Requests<'_> {
        Requests::new(&self.client.transport.server)
    }

    /// Returns the path and the query pairs of the request; both are empty if it cannot be built, which sending reports.
    pub(crate) fn target(&self) -> (String, Vec<(String, String)>) {
        let Draft::Built(Ok(request)) = self.draft() else { return Default::default() };
        let url = request.url();
        let path = url.path().strip_prefix(self.client.transport.server.base_path()).unwrap_or(url.path());
        (path.to_owned(), url.query_pairs().into_owned().collect())
    }

    /// Sends the call, with retries, and returns the bytes of its response. `intake` is shown those of a success while they
    /// arrive.
    pub(crate) async fn receive(&self, intake: &dyn Intake) -> Result<Box<Received>, Error> {
        static DEFAULT: LazyLock<Options> = LazyLock::new(Options::default);
        if let Some(rejection) = &self.rejection {
            return Err(RequestError::clone(rejection).into());
        }
        let options = self.options.as_deref().unwrap_or(&DEFAULT);
        Exchange::new(&self.client.transport, self.operation(), options, intake).perform(&|| self.draft()).await
    }
}

/// Returns the texts of the values of a parameter.
#[inline]
pub(crate) fn texts<T>(values: impl IntoIterator<Item = T>, text: impl Fn(T) -> String) -> Vec<String> {
    values.into_iter().map(text).collect()
}

fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

/// Returns the error for a value that the description does not allow.
pub(crate) fn field_error(violation: Violation) -> FieldError {
    FieldError::new(&violation.path, violation.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use campfire_transport::body::Whole;
    use campfire_transport::outcome::operation::Retry;

    static ENDPOINT: Endpoint = Endpoint {
        operation: Operation::new("things.retrieve", "GET", "/things/{name}", Retry::Safe, None),
        variant: None,
        optional: &[],
        build: |_| Draft::Built(Err("not built".to_owned())),
    };

    /// The memory of a call among others is no longer in the cache when it goes on, and each line costs time. Beyond 1,032 bytes,
    /// glibc also takes longer to find memory: a call then took 2 % longer.
    #[cfg(not(feature = "tracing"))]
    #[test]
    fn a_call_on_its_way_is_small() {
        let client = Client::new("k").unwrap();
        let call = Call::new(&client, &ENDPOINT);
        let decoder = size_of::<usize>();
        assert!(size_of::<Call>() + size_of_val(&call.receive(&Whole)) + decoder <= 640);
    }

    #[test]
    fn path_parameters_that_lead_to_another_path_are_rejected() {
        let client = Client::new("k").unwrap();
        let rejection = |value| Call::new(&client, &ENDPOINT).segment("name", value).rejection;
        for value in ["", ".", ".."] {
            let error = rejection(value).unwrap();
            assert!(error.to_string().contains("would lead to another path"), "{error}");
        }
        for value in ["a", "...", "a/b", "%2e%2e", "a b"] {
            assert!(rejection(value).is_none(), "{value}");
        }
    }
}
