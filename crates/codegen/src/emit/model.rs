//! The model that drives the sandbox: the description without its prose, small and quick to read.
//!
//! Flags and members that say nothing (false, empty, null) are left out.

use serde_json::{Map, Value, json};

use crate::description::spec::{Answer, Api, Body, Field, Limits, Operation, Retry, SchemaKind, Type};

/// The model of the operations of a description.
pub fn model(api: &Api) -> Value {
    let mut schemas = Map::new();
    let mut enums = Map::new();
    let mut documents = Map::new();
    for (name, schema) in &api.schemas {
        if let Some(document) = &schema.document {
            documents.insert(name.clone(), document.clone().into());
        }
        match &schema.kind {
            SchemaKind::Object { fields, .. } => {
                schemas.insert(name.clone(), fields.iter().map(|field| self::field(api, field)).collect());
            }
            SchemaKind::Enum(values) => {
                enums.insert(name.clone(), values.iter().map(|(value, _)| Value::from(value.as_str())).collect());
            }
            SchemaKind::Page(_) | SchemaKind::Scalar(_) => {}
        }
    }
    let operations: Vec<Value> = api.operations.iter().map(|operation| self::operation(api, operation)).collect();
    json!({"operations": operations, "schemas": schemas, "enums": enums, "documents": documents})
}

fn operation(api: &Api, operation: &Operation) -> Value {
    let mut model = Map::new();
    model.insert("id".into(), operation.id.clone().into());
    model.insert("method".into(), operation.method.clone().into());
    model.insert("path".into(), operation.path.clone().into());
    let status = operation.statuses.first().and_then(|status| status.parse::<u16>().ok()).unwrap_or(200);
    model.insert("status".into(), status.into());
    model.insert("answer".into(), answer(api, &operation.answer));
    let query: Vec<Value> = operation.query.iter().map(|parameter| parameter.name.clone().into()).collect();
    put(&mut model, "query", Value::from(query));
    if let Some(Body { ty, multipart, required }) = &operation.body {
        let mut body = Map::new();
        body.insert("type".into(), self::ty(api, ty));
        put(&mut body, "multipart", (*multipart).into());
        put(&mut body, "required", (*required).into());
        model.insert("body".into(), body.into());
    }
    put(&mut model, "effect", operation.effect.clone().unwrap_or(Value::Null));
    put(&mut model, "approval", operation.approval.clone().into());
    put(&mut model, "safe", (operation.retry == Retry::Safe).into());
    model.into()
}

fn answer(api: &Api, answer: &Answer) -> Value {
    match answer {
        Answer::Nothing => json!({"kind": "nothing"}),
        Answer::Bytes(media) => json!({"kind": "bytes", "media": media}),
        Answer::Json(Type::Array(rows)) => json!({"kind": "list", "type": ty(api, rows)}),
        Answer::Json(Type::Named(name)) => match api.schema(name).map(|schema| &schema.kind) {
            Some(SchemaKind::Page(rows)) => json!({"kind": "page", "type": {"object": rows}}),
            _ => json!({"kind": "value", "type": ty(api, &Type::Named(name.clone()))}),
        },
        Answer::Json(other) => json!({"kind": "value", "type": ty(api, other)}),
    }
}

fn field(api: &Api, field: &Field) -> Value {
    let mut model = Map::new();
    model.insert("name".into(), field.name.clone().into());
    model.insert("type".into(), ty(api, &field.ty));
    for (key, flag) in [
        ("required", field.required),
        ("identity", field.identity),
        ("nullable", field.nullable),
        ("read_only", field.read_only),
        ("write_only", field.write_only),
        ("blank", field.blank),
    ] {
        put(&mut model, key, flag.into());
    }
    put(&mut model, "format", field.format.clone().into());
    put(&mut model, "default", field.default.clone().unwrap_or(Value::Null));
    put(&mut model, "references", field.references.clone().into());
    put(&mut model, "derived", field.derived.clone().into());
    put(&mut model, "collects", field.collects.clone().into());
    put(&mut model, "sum", field.sum.clone().unwrap_or(Value::Null));
    let Limits { minimum, maximum, max_length, min_items, .. } = &field.limits;
    for (key, bound) in [("minimum", minimum), ("maximum", maximum)] {
        if let Some((value, exclusive)) = bound {
            model.insert(key.into(), json!([value, exclusive]));
        }
    }
    put(&mut model, "max_length", (*max_length).into());
    put(&mut model, "min_items", (*min_items).into());
    model.into()
}

fn ty(api: &Api, ty: &Type) -> Value {
    match ty {
        Type::String => "string".into(),
        Type::Integer => "integer".into(),
        Type::Boolean => "boolean".into(),
        Type::Date => "date".into(),
        Type::File => "file".into(),
        Type::Json => "json".into(),
        Type::Array(inner) => json!({"list": self::ty(api, inner)}),
        Type::Map(inner) => json!({"map": self::ty(api, inner)}),
        Type::Named(name) => match api.schema(name).map(|schema| &schema.kind) {
            Some(SchemaKind::Object { .. }) => json!({"object": name}),
            Some(SchemaKind::Enum(_)) => json!({"enum": name}),
            Some(SchemaKind::Scalar(scalar)) if scalar == "decimal" => "decimal".into(),
            Some(SchemaKind::Scalar(scalar)) if scalar == "timestamp" => "timestamp".into(),
            Some(SchemaKind::Scalar(scalar)) if scalar == "date-or-timestamp" => "string".into(),
            _ => "json".into(),
        },
    }
}

/// Adds a member, unless it says nothing.
fn put(model: &mut Map<String, Value>, key: &str, value: Value) {
    let silent = match &value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    if !silent {
        model.insert(key.to_owned(), value);
    }
}
