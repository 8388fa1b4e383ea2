//! [`Request`]: a call of an operation, as an agent asks for it.

use campfire::operations::{self, Operation, Response, UntypedCall};
use campfire::{Client, Json, JsonObject};

use crate::arguments::Arguments;
use crate::json::{object, option};
use crate::refusal::Refusal;

/// A call of an operation.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) operation: Operation<'static>,
    pub(crate) parameters: JsonObject,
    pub(crate) body: Option<Json>,
}

impl Request {
    pub(crate) fn read(arguments: &mut Arguments) -> Result<Self, Refusal> {
        let operation = find(&arguments.required_text("operation")?)?;
        let (parameters, body) = (arguments.object("parameters")?, arguments.structure("body")?);
        if operation.body.as_ref().is_some_and(|body| body.multipart) {
            return Err(Refusal::new(format!("{} uploads a file, which this server does not do", operation.id)));
        }
        if let Response::File(media) = operation.response {
            let id = operation.id;
            return Err(Refusal::new(format!("{id} returns a file ({media}), which this server does not do")));
        }
        Ok(Self { operation, parameters, body })
    }

    /// Returns `true` if the call changes data.
    pub(crate) fn changes_data(&self, client: &Client) -> Result<bool, Refusal> {
        Ok(self.call(client)?.changes_data())
    }

    /// Returns the call on a client.
    pub(crate) fn call(&self, client: &Client) -> Result<UntypedCall, Refusal> {
        let mut call = client.operation(self.operation.id)?;
        for (name, value) in &self.parameters {
            call = call.parameter(name, value.clone());
        }
        if let Some(body) = &self.body {
            call = call.body(body.clone());
        }
        Ok(call)
    }

    /// Returns a text that is equal only for equal requests. Numbers are compared by their digits.
    pub(crate) fn fingerprint(&self) -> String {
        let parameters = Json::Object(self.parameters.clone());
        object([
            ("operation", Json::from(self.operation.id)),
            ("parameters", parameters),
            ("body", option(self.body.clone())),
        ])
        .to_string()
    }
}

/// Returns an operation by its id.
pub(crate) fn find(id: &str) -> Result<Operation<'static>, Refusal> {
    operations::get(id).ok_or_else(|| {
        let alike = operations::similar(id);
        let hint = match alike.as_slice() {
            [] => String::new(),
            ids => format!(": did you mean `{}`?", ids.join("` or `")),
        };
        Refusal::new(format!("there is no operation `{id:.80}`{hint} Use `search` to find one."))
    })
}
