//! Every operation of the table, called through the command and through the SDK: the same request, and the same response to
//! the digit.

use std::fmt::Write as _;

use campfire::operations::{self, Field, Operation, Parameter, Response, SchemaKind, Type};
use campfire::sandbox::{Demo, LoggedRequest, Sandbox};
use campfire::{Client, Error, FilePart, Json, JsonObject};

use crate::support::{Ran, Runner};

/// The fewest operations that must succeed. The others fail, for example because a record cannot be changed so, and are
/// compared by their errors.
const SUCCESSES: usize = 250;

#[tokio::test]
async fn the_command_sends_and_prints_what_the_sdk_sends_and_returns() {
    // Two servers with the same company and the same clock: what both are told, and what both reply, must be the same.
    let (for_command, for_sdk) = (server().await, server().await);
    let campfire = for_sdk.client().unwrap();
    let runner = Runner::of(&for_command);
    let file = tempfile::NamedTempFile::with_suffix(".pdf").unwrap();
    std::fs::write(file.path(), b"%PDF-1.4").unwrap();
    let path = file.path().to_str().unwrap();
    let (mut differences, mut successes) = (String::new(), 0);
    // What is deleted cannot be called any more.
    let (deletes, others): (Vec<_>, Vec<_>) = operations::ids().partition(|id| id.ends_with(".delete"));
    for id in others.into_iter().chain(deletes) {
        let samples = Samples { sandbox: &for_sdk, operation: operations::get(id).unwrap(), file: path };
        let ran = runner.run(&samples.arguments()).await;
        let returned = samples.call(&campfire).await;
        let same = compare(&ran, returned, (&for_command, &for_sdk)).and_then(|()| {
            let (by_command, by_sdk) = (for_command.requests(), for_sdk.requests());
            compare_requests(&by_command, &by_sdk)
        });
        if let Err(difference) = same {
            writeln!(differences, "{id}: {difference}").unwrap();
        }
        successes += usize::from(ran.code == 0);
        for_command.forget_requests();
        for_sdk.forget_requests();
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(successes >= SUCCESSES, "only {successes} operations succeeded");
}

async fn server() -> Sandbox {
    let sandbox = Sandbox::builder().allow_unmodelled(true).start().await.unwrap();
    sandbox.freeze(true);
    sandbox.set_time("2026-11-29T12:00:00Z".parse().unwrap());
    sandbox.demo(&Demo::default().rows(60)).unwrap();
    sandbox
}

fn compare(ran: &Ran, returned: Result<Vec<u8>, Error>, (ours, theirs): (&Sandbox, &Sandbox)) -> Result<(), String> {
    // The address of a server is part of its pages.
    let returned = returned.map(|bytes| match String::from_utf8(bytes) {
        Ok(text) => text.replace(theirs.url(), ours.url()).into_bytes(),
        Err(error) => error.into_bytes(),
    });
    match returned {
        Ok(expected) if ran.code == 0 && ran.out == expected => Ok(()),
        Err(error) if ran.code != 0 && ran.err.starts_with(&format!("error: {error}")) => Ok(()),
        Ok(expected) => Err(format!("expected {}, not {ran:?}", String::from_utf8_lossy(&expected))),
        Err(error) => Err(format!("expected `{error}`, not {ran:?}")),
    }
}

fn compare_requests(by_command: &[LoggedRequest], by_sdk: &[LoggedRequest]) -> Result<(), String> {
    // The boundary of a form is random.
    let body = |body: &str| match body.strip_prefix("--").and_then(|body| body.split_once("\r\n")) {
        Some((boundary, _)) => body.replace(boundary, ""),
        None => body.to_owned(),
    };
    let parts = |request: &LoggedRequest| {
        (request.method.clone(), request.path.clone(), request.query.clone(), body(&request.body))
    };
    match (by_command, by_sdk) {
        ([by_command], [by_sdk]) if parts(by_command) == parts(by_sdk) => Ok(()),
        _ => Err(format!("expected the request {by_sdk:?}, not {by_command:?}")),
    }
}

/// A call with existing ids and the smallest values that the description allows.
struct Samples<'a> {
    sandbox: &'a Sandbox,
    operation: Operation<'static>,
    file: &'a str,
}

impl Samples<'_> {
    /// Returns the arguments of the command. Plain fields are flags, and the others are set as JSON.
    fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = self.operation.id.split('.').map(|step| step.replace('_', "-")).collect();
        arguments.extend(self.ids().into_iter().map(|(_, id)| id));
        for parameter in self.operation.query.iter().filter(|parameter| parameter.required) {
            let values = parameter_sample(parameter);
            let texts: Vec<String> =
                values.as_array().map_or_else(|| vec![text(&values)], |items| items.iter().map(text).collect());
            arguments.extend(texts.iter().map(|text| format!("--{}={text}", flag(parameter.name))));
        }
        let Some(body) = &self.operation.body else { return arguments };
        for field in required(&self.operation) {
            let value = self.value(&field);
            arguments.push(match (&value, &field.ty) {
                (_, Type::File) => format!("--{}={}", flag(field.name), self.file),
                (Json::Null, _) if !body.multipart => format!("--set={}:=null", field.name),
                (Json::Array(_) | Json::Object(_), _) => format!("--set={}:={value}", field.name),
                _ => format!("--{}={}", flag(field.name), text(&value)),
            });
        }
        if !matches!(body.ty, Type::Object(_)) {
            arguments.push(format!("--json={}", sample(&body.ty, None, 4)));
        }
        arguments
    }

    /// Calls the operation through the SDK, and returns what the command should print.
    async fn call(&self, campfire: &Client) -> Result<Vec<u8>, Error> {
        let mut call = campfire.operation(self.operation.id)?;
        for (name, id) in self.ids() {
            call = call.parameter(name, id);
        }
        for parameter in self.operation.query.iter().filter(|parameter| parameter.required) {
            call = call.parameter(parameter.name, parameter_sample(parameter));
        }
        match &self.operation.body {
            Some(body) if body.multipart => {
                for field in required(&self.operation) {
                    call = match field.ty {
                        Type::File => call.file(field.name, FilePart::from_path(self.file)),
                        _ => call.parameter(field.name, self.value(&field)),
                    };
                }
            }
            Some(body) if matches!(body.ty, Type::Object(_)) => {
                let fields = required(&self.operation).into_iter();
                let members: JsonObject = fields.map(|field| (field.name.to_owned(), self.value(&field))).collect();
                call = call.body(members.into());
            }
            Some(body) => call = call.body(sample(&body.ty, None, 4)),
            None => {}
        }
        Ok(match self.operation.response {
            Response::File(_) => call.download().await?.into_inner().bytes(1 << 20).await?.to_vec(),
            _ => format!("{}\n", call.await?.into_inner()).into_bytes(),
        })
    }

    /// Returns the ids of the path: of a record that exists, if there is one.
    fn ids(&self) -> Vec<(&'static str, String)> {
        let steps: Vec<&str> = self.operation.id.split('.').collect();
        let resources = &steps[..steps.len() - 1];
        let parameters = self.operation.path_parameters.iter().enumerate();
        let id = |(index, parameter): (usize, &Parameter<'static>)| {
            let own = resources[..resources.len().min(index + 1)].join(".");
            let id = self.existing(parameter.references.unwrap_or(&own));
            (parameter.name, if parameter.ty == Type::Integer { id.to_string() } else { "x".to_owned() })
        };
        parameters.map(id).collect()
    }

    fn existing(&self, resource: &str) -> i64 {
        self.sandbox.records(resource).first().and_then(|record| record["id"].as_i64()).unwrap_or(1)
    }

    fn value(&self, field: &Field<'static>) -> Json {
        match field.references {
            _ if field.nullable => Json::Null,
            Some(resource) if field.ty == Type::Integer => self.existing(resource).into(),
            _ => sample(&field.ty, Some(field), 4),
        }
    }
}

/// Returns the required fields of the body.
fn required(operation: &Operation<'static>) -> Vec<Field<'static>> {
    let Some(body) = &operation.body else { return Vec::new() };
    let Type::Object(name) = body.ty else { return Vec::new() };
    let Some(SchemaKind::Object { fields, .. }) = operations::schema(name).map(|schema| schema.kind) else {
        return Vec::new();
    };
    let is_needed = |field: &Field<'_>| (field.required && !body.partial && !field.read_only) || field.ty == Type::File;
    fields.into_iter().filter(is_needed).collect()
}

/// Returns a value of a parameter; for a list, two values.
fn parameter_sample(parameter: &Parameter<'static>) -> Json {
    match &parameter.ty {
        Type::List(inner) => vec![sample(inner, None, 3), sample(inner, None, 3)].into(),
        ty => sample(ty, None, 3),
    }
}

fn flag(name: &str) -> String {
    let mut flag = String::new();
    for character in name.replace("__", "_").chars() {
        match character {
            '_' => flag.push('-'),
            'A'..='Z' => {
                flag.push('-');
                flag.push(character.to_ascii_lowercase());
            }
            _ => flag.push(character),
        }
    }
    flag
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Returns the smallest value of a type. Amounts have digits that a float would lose.
fn sample(ty: &Type<'static>, field: Option<&Field<'static>>, depth: usize) -> Json {
    match ty {
        Type::String => {
            let length = field.and_then(|field| field.limits.min_length).unwrap_or(1).max(1);
            "x".repeat(length as usize).into()
        }
        Type::Integer => 1.into(),
        Type::Boolean => true.into(),
        Type::Date | Type::DateOrTimestamp => "2025-01-31".into(),
        Type::Decimal => match field.and_then(|field| field.limits.maximum.as_ref()) {
            Some(bound) if bound.value.len() < 8 => "1.10".parse().unwrap(),
            _ => "1234567.10".parse().unwrap(),
        },
        Type::Timestamp => "2025-01-31T12:00:00Z".into(),
        Type::File | Type::Json | Type::Map(_) => JsonObject::new().into(),
        Type::List(inner) => match field.and_then(|field| field.limits.min_items) {
            Some(least) if least > 0 && depth > 0 => vec![sample(inner, None, depth - 1)].into(),
            _ => Vec::new().into(),
        },
        Type::Enum(name) => match operations::schema(name).unwrap().kind {
            SchemaKind::Enum(values) => (&*values[0].value).into(),
            SchemaKind::Object { .. } => unreachable!(),
        },
        Type::Object(name) => match operations::schema(name).unwrap().kind {
            SchemaKind::Object { fields, .. } if depth > 0 => {
                let fields = fields.into_iter().filter(|field| field.required && !field.read_only);
                let members = fields.map(|field| {
                    let value = if field.nullable { Json::Null } else { sample(&field.ty, Some(&field), depth - 1) };
                    (field.name.to_owned(), value)
                });
                members.collect::<JsonObject>().into()
            }
            _ => JsonObject::new().into(),
        },
    }
}
