//! [`UntypedCall`]: a call by operation id.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use campfire_operation_table::check::{self, Checker, FindSchema};
use campfire_operation_table::suggest;
use campfire_operation_table::{Operation, Paging, Parameter, Response as Answer, SchemaKind, Type};
use campfire_values::Json;

use super::parameter;
use super::request::PreparedRequest;
use crate::call::{Call, Endpoint, Value, field_error};
use crate::client::Client;
use crate::files::download::Download;
use crate::files::upload::FilePart;
use crate::list::erased::erased_page;
use crate::list::options::ListOptions;
use crate::list::pages::PageStream;
use crate::list::position;
use crate::list::progress::{Listener, Progress};
use crate::list::records::RecordStream;
use crate::list::source::Source;
use crate::list::token::PageToken;
use crate::send::ResponseFuture;
use campfire_transport::outcome::error::{Error, FieldError};
use campfire_transport::outcome::operation::ClientKey;
use campfire_transport::outcome::response::Response;
use campfire_transport::retry::RetryPolicy;

/// A call by operation id: set parameters and body, then await it.
///
/// Returned by [`Client::operation`]. It has the retries, the pace and the hooks of every other call. A parameter or body
/// that does not match the description is an error when the call is sent, before anything leaves the machine;
/// [`validate_requests(false)`](crate::ClientBuilder::validate_requests) skips the checks of the body.
#[derive(Clone)]
#[must_use = "a request does nothing until it is awaited or sent"]
pub struct UntypedCall {
    call: Call,
    operation: Box<Operation<'static>>,
    schema: FindSchema,
    list: ListOptions,
    /// The names of the values that are set.
    set: Vec<&'static str>,
    json: Option<Json>,
    errors: Vec<FieldError>,
}

impl fmt::Debug for UntypedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntypedCall").field("call", &self.call).finish_non_exhaustive()
    }
}

impl UntypedCall {
    pub(super) fn new(
        client: &Client,
        endpoint: &'static Endpoint,
        operation: Operation<'static>,
        schema: FindSchema,
    ) -> Self {
        let call = Call::new(client, endpoint);
        let (operation, list) = (Box::new(operation), ListOptions::default());
        Self { call, operation, schema, list, set: Vec::new(), json: None, errors: Vec::new() }
    }

    /// Returns what the description says about the operation.
    pub fn operation(&self) -> &Operation<'static> {
        &self.operation
    }

    /// Returns `true` if the call changes data: unless its operation only reads, or changes data only
    /// [on demand](Operation::changes_if), and the body does not demand it.
    pub fn changes_data(&self) -> bool {
        let is_set = |flag: &str| {
            // A value of another type is refused before it is sent, unless that check is off.
            let value = self.json.as_ref().and_then(|body| body.get(flag));
            !matches!(value, None | Some(Json::Null | Json::Bool(false)))
        };
        self.operation.changes_data() || self.operation.changes_if.is_some_and(is_set)
    }

    /// Returns the field of the body in which you can put a key of your own, if there is one.
    pub fn client_key(&self) -> Option<ClientKey> {
        self.call.operation().client_key
    }

    /// Sets an id of the path, a query parameter, or a part of an upload, by its name in the API. A path parameter is also
    /// known by what it identifies: `contract_id`.
    pub fn parameter(mut self, name: &str, value: impl Into<Json>) -> Self {
        let value = value.into();
        let is_it = |parameter: &&Parameter<'_>| parameter.is_called(name);
        if let Some(found) = self.operation.path_parameters.iter().find(is_it).cloned() {
            self.keep(name, found.key, parameter::value(&found, true, &value));
        } else if let Some(found) = self.operation.query.iter().find(is_it).cloned() {
            let text = parameter::value(&found, false, &value);
            let is_empty = matches!(&text, Ok(Value::Text(text)) if text.is_empty());
            let ignored = "is empty: the server would ignore the filter and return all records";
            let refused = is_empty && found.limits.min_length.is_some_and(|least| least > 0);
            self.keep(name, found.key, if refused { Err(ignored.to_owned()) } else { text });
        } else if let Some((_, key, ty, _)) =
            self.parts().into_iter().find(|(part, key, ..)| *part == name || *key == name)
        {
            self.keep(name, key, check::text(&ty, &value).map(Value::Text));
        } else {
            self.unknown(name);
        }
        self
    }

    /// Sets the file of an upload.
    pub fn file(mut self, name: &str, file: FilePart) -> Self {
        match self.parts().into_iter().find(|(part, _, ty, _)| *part == name && *ty == Type::File) {
            Some((_, key, ..)) => self.keep(name, key, Ok(file.into())),
            None => self.unknown(name),
        }
        self
    }

    /// Sets the JSON body.
    pub fn body(mut self, body: Json) -> Self {
        self.json = Some(body);
        self
    }

    /// Sends this `Idempotency-Key`. If the server honors it, a retried call with the same key and body takes effect only
    /// once.
    pub fn idempotency_key(mut self, key: impl AsRef<str>) -> Self {
        self.call.idempotency_key(key.as_ref());
        self
    }

    /// Limits the time of the whole call, in place of the client's limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.call.timeout(limit);
        self
    }

    /// Sets the retry policy of this call, in place of the client's policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.call.retry(policy);
        self
    }

    /// Sends a query parameter that the description does not list. It is sent as it is, in addition to all others.
    pub fn query(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.call.query(name.as_ref(), value.as_ref());
        self
    }

    /// Sends an additional header.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.call.header(name.as_ref(), value.as_ref());
        self
    }

    /// Ends `pages` and `stream` after this many records.
    pub fn max_items(mut self, records: u64) -> Self {
        self.list.max_items = Some(records);
        self
    }

    /// Calls a function after each page of `pages` and `stream`.
    pub fn on_progress(mut self, listener: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.list.on_progress = Some(Listener::new(listener));
        self
    }

    /// Resumes `pages` and `stream` from a token.
    pub fn resume(mut self, token: &PageToken) -> Self {
        self.list.resume = Some(token.clone());
        self
    }

    /// Sends the request and returns the JSON of the response, every digit as the server wrote it; null if there is none.
    /// Of a list, it returns one page. Awaiting the call does the same.
    ///
    /// # Errors
    /// If a parameter or the body does not match the description, or the response is a file: use
    /// [`download`](Self::download). See [`Error`] for everything else.
    pub fn send(mut self) -> ResponseFuture<Json> {
        if let Answer::File(media) = self.operation.response {
            self.call.reject(&format!("the response is a file ({media}): use `download`"), Vec::new());
        }
        ResponseFuture::new(self.checked())
    }

    /// Sends the request and blocks this thread until the response arrives.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    #[cfg(feature = "blocking")]
    pub fn wait(self) -> Result<Response<Json>, Error> {
        self.send().wait()
    }

    /// Sends the request and returns the file of the response.
    ///
    /// # Errors
    /// As [`send`](Self::send), and if the response is no file.
    pub fn download(mut self) -> ResponseFuture<Download> {
        if !matches!(self.operation.response, Answer::File(_)) {
            self.call.reject("the response is not a file: use `send`", Vec::new());
        }
        ResponseFuture::new(self.checked())
    }

    /// Streams the pages of a list. The next page is fetched while you work on the current one.
    pub fn pages(self) -> PageStream<Json> {
        PageStream::new(self.source())
    }

    /// Streams the records of all pages of a list.
    pub fn stream(self) -> RecordStream<Json> {
        RecordStream::new(self.source())
    }

    /// Checks the call and returns the request that it would send, without sending it.
    ///
    /// # Errors
    /// If a parameter or the body does not match the description, or the request cannot be built.
    pub async fn prepare(self) -> Result<PreparedRequest, Error> {
        let operation = self.call.operation();
        let (sends_json, json) = (self.operation.body.as_ref().is_some_and(|body| !body.multipart), self.json.clone());
        let body = sends_json.then(|| json.unwrap_or_else(|| Json::Object(Default::default())));
        let request = self.checked().request().await?;
        let (method, url) = (operation.method.to_owned(), request.url().to_string());
        Ok(PreparedRequest { method, url, body })
    }

    /// Keeps a value, or the reason why it cannot be sent.
    fn keep(&mut self, name: &str, key: &'static str, value: Result<Value, String>) {
        self.set.push(key);
        match value {
            Ok(value) => self.call.set(key, value),
            Err(message) => self.errors.push(FieldError::new(name, message)),
        }
    }

    fn unknown(&mut self, name: &str) {
        let parts = self.parts();
        let Operation { path_parameters, query, .. } = &*self.operation;
        let shown = path_parameters.iter().chain(query).map(Parameter::shown_name);
        let names = shown.chain(parts.iter().map(|(part, ..)| *part));
        let hint = suggest::hint(&suggest::similar(name, names));
        let message = format!("is not a parameter of this operation{hint}");
        self.errors.push(FieldError::new(name, message));
    }

    /// Returns the parts of an upload: the name, the name in the call, the type, and `true` if it is required.
    fn parts(&self) -> Vec<(&'static str, &'static str, Type<'static>, bool)> {
        let Some(body) = self.operation.body.as_ref().filter(|body| body.multipart) else { return Vec::new() };
        let Type::Object(name) = body.ty else { return Vec::new() };
        let Some(SchemaKind::Object { fields, .. }) = (self.schema)(name).map(|schema| schema.kind) else {
            return Vec::new();
        };
        let part = |field: &campfire_operation_table::Field<'static>| {
            let required = field.required || field.ty == Type::File;
            (field.name, field.key, field.ty.clone(), required)
        };
        fields.iter().map(part).collect()
    }

    /// Returns the call, rejected if something does not match the description.
    fn checked(mut self) -> Call {
        self.check_presence();
        self.check_body();
        let Self { mut call, errors, .. } = self;
        if !errors.is_empty() {
            call.reject("the call does not match the description", errors);
        }
        call
    }

    /// Checks that everything that is required is set.
    fn check_presence(&mut self) {
        let parts = self.parts();
        let Operation { path_parameters, query, .. } = &*self.operation;
        let required = path_parameters.iter().chain(query.iter().filter(|parameter| parameter.required));
        let required = required.map(|parameter| (parameter.shown_name(), parameter.key));
        let parts = parts.iter().filter(|(.., required)| *required).map(|(name, key, ..)| (*name, *key));
        for (name, key) in required.chain(parts) {
            if !self.set.contains(&key) {
                self.errors.push(FieldError::new(name, "is required"));
            }
        }
        for parameter in path_parameters.iter().filter(|parameter| parameter.ty != Type::Integer) {
            if let Some(value) = self.call.text(parameter.key).map(str::to_owned) {
                self.call.reject_segment(parameter.shown_name(), &value);
            }
        }
    }

    fn check_body(&mut self) {
        match (&self.operation.body, self.json.take()) {
            (Some(body), json) if !body.multipart => {
                // An object without fields may do; if not, the error names what it lacks.
                let is_object = matches!(body.ty, Type::Object(_) | Type::Map(_));
                match json.or_else(|| is_object.then(|| Json::Object(Default::default()))) {
                    Some(json) => {
                        if self.call.validates() {
                            let violations = Checker::new(self.schema).body(&body.ty, body.partial, &json);
                            self.errors.extend(violations.into_iter().map(field_error));
                        }
                        self.call.set_json(&json);
                    }
                    None => self.errors.push(FieldError::new("body", "is required")),
                }
            }
            (Some(_), Some(_)) => {
                self.errors.push(FieldError::new("body", "is a form: set its parts as parameters and files"));
            }
            (None, Some(_)) => self.errors.push(FieldError::new("body", "is not part of this operation")),
            (_, None) => {}
        }
    }

    /// Returns the list that the operation returns.
    fn source(mut self) -> Source {
        let paging = match self.operation.response {
            Answer::List { paging, .. } => paging,
            _ => {
                self.call.reject("the response is not a list: use `send`", Vec::new());
                Paging::Whole
            }
        };
        let paging = match paging {
            Paging::Offset => position::Paging::Offset,
            Paging::Cursor => position::Paging::Cursor,
            Paging::Whole => position::Paging::Whole,
        };
        let options = std::mem::take(&mut self.list);
        Source { call: self.checked(), options, paging, decoder: erased_page::<Json> }
    }
}

impl IntoFuture for UntypedCall {
    type Output = Result<Response<Json>, Error>;
    type IntoFuture = ResponseFuture<Json>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}
