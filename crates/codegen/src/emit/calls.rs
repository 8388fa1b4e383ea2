//! For tests: a call of every operation through the public API, and a round trip through every read type.
//!
//! Generated, so that no hand-kept list can forget one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::description::names;
use crate::description::spec::{Answer, Api, Body, Field, Operation, SchemaKind, Type};
use crate::emit::forms::{Form, Forms};
use crate::emit::resources::{Resource, tree};

/// Rust source: the ids of all operations, and a function that calls one by its id.
pub fn generate(api: &Api, forms: &Forms<'_>) -> String {
    let mut ids = String::new();
    let mut arms = String::new();
    level(&mut ids, &mut arms, api, forms, &tree(api), "campfire");
    format!(
        "/// The operation ids, and the resource of each.\n\
         pub const OPERATIONS: &[(&str, &str)] = &[\n{ids}];\n\n\
         /// Calls an operation with ids of 1 and the least that it requires.\n\
         #[allow(clippy::all, deprecated, unused_variables)]\n\
         pub async fn call(operation: &str, campfire: &campfire::Client) -> Result<(), campfire::Error> {{\n    \
         match operation {{\n{arms}        other => panic!(\"no operation `{{other}}`\"),\n    }}\n}}\n\n{}",
        round_trips(api, forms)
    )
}

/// A function that decodes and encodes a text as the read type of a schema.
fn round_trips(api: &Api, forms: &Forms<'_>) -> String {
    let mut names = String::new();
    let mut arms = String::new();
    let mut schemas = String::new();
    for (name, schema) in &api.schemas {
        if !forms.of(name).contains(&Form::Read) || !matches!(schema.kind, SchemaKind::Object { .. }) {
            continue;
        }
        let _ = writeln!(names, "    {name:?},");
        let _ = writeln!(arms, "        {name:?} => through::<campfire::types::{name}>(json),");
        let _ = writeln!(schemas, "        {name:?} => generator.into_root_schema_for::<campfire::types::{name}>(),");
    }
    format!(
        "/// The schemas that answers carry.\n#[allow(dead_code)]\npub const READ_TYPES: &[&str] = &[\n{names}];\n\n\
         /// Decodes a text as the type of a schema and encodes it again.\n#[allow(dead_code, unused_variables)]\n\
         pub fn round_trip(schema: &str, json: &str) -> Result<String, serde_json::Error> {{\n    match schema {{\n{arms}        \
         other => panic!(\"no schema `{{other}}`\"),\n    }}\n}}\n\n\
         /// The JSON Schema of the type of a schema.\n#[cfg(feature = \"schemars\")]\n#[allow(dead_code, unused_variables)]\n\
         pub fn schema_of(schema: &str, generator: campfire::schemars::SchemaGenerator) -> campfire::schemars::Schema {{\n    \
         match schema {{\n{schemas}        other => panic!(\"no schema `{{other}}`\"),\n    }}\n}}\n\n\
         #[allow(dead_code)]\nfn through<T: serde::Serialize + serde::de::DeserializeOwned>(json: &str) -> Result<String, serde_json::Error> {{\n    \
         serde_json::to_string(&serde_json::from_str::<T>(json)?)\n}}\n"
    )
}

fn level(
    ids: &mut String,
    arms: &mut String,
    api: &Api,
    forms: &Forms<'_>,
    resources: &BTreeMap<String, Resource<'_>>,
    parent: &str,
) {
    for (name, resource) in resources {
        let ones = vec!["1"; resource.binds.len()].join(", ");
        let handle = format!("{parent}.{name}({ones})");
        for (method, operation) in &resource.operations {
            let _ = writeln!(ids, "    ({:?}, {:?}),", operation.id, resource.path);
            let arguments = arguments(api, forms, operation, resource).join(", ");
            let ident = if names::is_keyword(method) { format!("r#{method}") } else { (*method).to_owned() };
            let read = match operation.answer {
                Answer::Bytes(_) => ".into_inner().bytes(1 << 20).await.map(drop)",
                _ => "",
            };
            let end = if read.is_empty() { ".await.map(drop)".to_owned() } else { format!(".await?{read}") };
            let _ = writeln!(
                arms,
                "        {:?} => Box::pin(async {{ {handle}.{ident}({arguments}){end} }}).await,",
                operation.id
            );
        }
        level(ids, arms, api, forms, &resource.children, &handle);
    }
}

fn arguments(api: &Api, forms: &Forms<'_>, operation: &Operation, resource: &Resource<'_>) -> Vec<String> {
    let mut arguments: Vec<String> =
        operation.path_parameters.iter().skip(resource.bound.len()).map(|_| "1".to_owned()).collect();
    for parameter in operation.query.iter().filter(|parameter| parameter.required && !parameter.omit) {
        let sample = sample(api, &parameter.ty, None, 3);
        arguments.push(match (&parameter.ty, &sample) {
            (Type::String, Value::String(text)) => format!("{text:?}"),
            (Type::Array(_), _) => "&[]".to_owned(),
            (_, sample) => format!("serde_json::from_str({:?}).unwrap()", sample.to_string()),
        });
    }
    match &operation.body {
        Some(Body { multipart: true, ty: Type::Named(name), .. }) => {
            if let Some(SchemaKind::Object { fields, .. }) = api.schema(name).map(|schema| &schema.kind) {
                for field in fields.iter().filter(|field| field.required || field.ty == Type::File) {
                    arguments.push(match field.ty {
                        Type::File => {
                            "campfire::FilePart::from_bytes(\"sample.pdf\", b\"%PDF-1.4\".to_vec())".to_owned()
                        }
                        Type::String => "\"sample\"".to_owned(),
                        _ => format!(
                            "serde_json::from_str({:?}).unwrap()",
                            sample(api, &field.ty, Some(field), 3).to_string()
                        ),
                    });
                }
            }
        }
        Some(body) => {
            let form = if operation.method == "PATCH" { Form::Update } else { Form::Create };
            let ty = forms.body_type(&body.ty, form).replace("crate::", "campfire::");
            // An update needs nothing, but a schema that is only ever sent keeps what it requires.
            let partial =
                form == Form::Update && Api::names(&body.ty).is_some_and(|name| forms.name(name, form) != name);
            let sample = if partial { json!({}) } else { sample(api, &body.ty, None, 4) };
            arguments.push(format!("&serde_json::from_str::<{ty}>({:?}).unwrap()", sample.to_string()));
        }
        None => {}
    }
    arguments
}

/// The least value of a type that the description allows.
pub fn sample(api: &Api, ty: &Type, field: Option<&Field>, depth: usize) -> Value {
    match ty {
        Type::String => match field.and_then(|field| field.format.as_deref()) {
            Some("uuid") => json!("3f2b8c1e-7a54-4d09-9b0e-5a6c7d8e9f10"),
            Some("email") => json!("someone@example.com"),
            Some("uri") => json!("https://example.com/"),
            _ => json!("x".repeat(field.and_then(|field| field.limits.min_length).unwrap_or(1).max(1) as usize)),
        },
        Type::Integer => json!(1),
        Type::Boolean => json!(true),
        Type::Date => json!("2025-01-31"),
        Type::File | Type::Json => json!({}),
        Type::Array(inner) => match field.and_then(|field| field.limits.min_items) {
            Some(least) if least > 0 && depth > 0 => json!([sample(api, inner, None, depth - 1)]),
            _ => json!([]),
        },
        Type::Map(_) => json!({}),
        Type::Named(name) => match (api.scalar(ty), api.schema(name).map(|schema| &schema.kind)) {
            (Some("decimal"), _) => json!(1),
            (Some("timestamp"), _) => json!("2025-01-31T12:00:00Z"),
            (Some("date-or-timestamp"), _) => json!("2025-01-31"),
            (_, Some(SchemaKind::Enum(values))) => {
                json!(values.first().map(|(value, _)| value.as_str()).unwrap_or_default())
            }
            (_, Some(SchemaKind::Object { fields, .. })) if depth > 0 => {
                let mut members = Map::new();
                for field in fields.iter().filter(|field| field.required && !field.read_only) {
                    let value =
                        if field.nullable { Value::Null } else { sample(api, &field.ty, Some(field), depth - 1) };
                    members.insert(field.name.clone(), value);
                }
                Value::Object(members)
            }
            _ => json!({}),
        },
    }
}
