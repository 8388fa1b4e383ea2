//! Writes the model that drives the sandbox, from the description and the sandbox overlay.

use campfire_sandbox_model as sandbox;
use campfire_sandbox_model::Model;
use serde_json::{Value, json};

use crate::description::overlay::{Overlay, PropertyOverlay};
use crate::description::spec::{Answer, Api, Body, Field, Operation, Retry, SchemaKind, Type};

/// Returns the model as JSON.
pub fn json(api: &Api, overlay: &Overlay) -> String {
    json!(model(api, overlay)).to_string()
}

/// Returns the model of the operations and schemas of a description.
pub fn model(api: &Api, overlay: &Overlay) -> Model {
    let mut model = Model {
        operations: api.operations.iter().map(|operation| self::operation(api, overlay, operation)).collect(),
        key: api.server.key.clone(),
        ..Model::default()
    };
    for (name, schema) in &api.schemas {
        let schema_overlay = overlay.schemas.get(name);
        if let Some(document) = schema_overlay.and_then(|overlay| overlay.document) {
            model.documents.insert(name.clone(), document);
        }
        match &schema.kind {
            SchemaKind::Object { fields, .. } => {
                let properties = schema_overlay.map(|overlay| &overlay.properties);
                let field = |field: &Field| {
                    let property = properties.and_then(|properties| properties.get(&field.name));
                    self::field(api, field, property.cloned().unwrap_or_default())
                };
                model.schemas.insert(name.clone(), fields.iter().map(field).collect());
            }
            SchemaKind::Enum(values) => {
                model.enums.insert(name.clone(), values.iter().map(|(value, _)| value.clone()).collect());
            }
            SchemaKind::Page(_) | SchemaKind::Scalar(_) => {}
        }
    }
    model
}

fn operation(api: &Api, overlay: &Overlay, operation: &Operation) -> sandbox::Operation {
    let behavior = overlay.operations.get(&operation.id).cloned().unwrap_or_default();
    let body =
        |body: &Body| sandbox::Body { ty: ty(api, &body.ty), multipart: body.multipart, required: body.required };
    sandbox::Operation {
        id: operation.id.clone(),
        method: operation.method.clone(),
        path: operation.path.clone(),
        status: operation.statuses.first().and_then(|status| status.parse().ok()).unwrap_or(200),
        response: response(api, &operation.answer),
        text_ids: text_ids(operation),
        query: operation.query.iter().map(|parameter| parameter.name.clone()).collect(),
        body: operation.body.as_ref().map(body),
        effect: behavior.effect,
        approval: behavior.approval,
        unmodelled: behavior.unmodelled,
        refusal: behavior.refusal,
        safe: operation.retry == Retry::Safe && operation.variant.is_none(),
    }
}

fn text_ids(operation: &Operation) -> Vec<String> {
    let texts = operation.path_parameters.iter().filter(|parameter| parameter.ty != Type::Integer);
    texts.map(|parameter| parameter.name.clone()).collect()
}

fn response(api: &Api, answer: &Answer) -> sandbox::Response {
    match answer {
        Answer::Nothing => sandbox::Response::Nothing,
        Answer::Bytes(media) => sandbox::Response::Bytes { media: media.clone() },
        Answer::Json(Type::Array(items)) => sandbox::Response::List { ty: ty(api, items) },
        Answer::Json(other) => match records(api, other) {
            Some(records) => sandbox::Response::Page { ty: sandbox::Type::Object(records.to_owned()) },
            None => sandbox::Response::Value { ty: ty(api, other) },
        },
    }
}

/// Returns the schema of the records, if the type is a page.
fn records<'a>(api: &'a Api, ty: &Type) -> Option<&'a str> {
    let Type::Named(name) = ty else { return None };
    match &api.schema(name)?.kind {
        SchemaKind::Page(records) => Some(records),
        _ => None,
    }
}

fn field(api: &Api, field: &Field, behavior: PropertyOverlay) -> sandbox::Field {
    let PropertyOverlay {
        collects,
        filter,
        derived,
        sum,
        ledger,
        lineage,
        nonnegative,
        default,
        references,
        unmodelled,
    } = behavior;
    let bound = |(value, exclusive): &(String, bool)| sandbox::Bound { value: value.clone(), exclusive: *exclusive };
    sandbox::Field {
        name: field.name.clone(),
        ty: ty(api, &field.ty),
        required: field.required,
        identity: field.identity,
        nullable: field.nullable,
        read_only: field.read_only,
        write_only: field.write_only,
        blank: field.blank,
        format: field.format.clone(),
        // Booleans start as `false` without a default.
        default: default.or_else(|| field.default.clone()).filter(|default| *default != Value::Bool(false)),
        unlisted: references.is_some(),
        references: references.or_else(|| field.references.clone()),
        unmodelled,
        derived,
        collects,
        filter,
        sum,
        ledger,
        lineage,
        nonnegative,
        minimum: field.limits.minimum.as_ref().map(bound),
        maximum: field.limits.maximum.as_ref().map(bound),
        max_length: field.limits.max_length,
        pattern: field.limits.pattern.clone(),
        min_items: field.limits.min_items,
    }
}

fn ty(api: &Api, ty: &Type) -> sandbox::Type {
    match ty {
        Type::String => sandbox::Type::String,
        Type::Integer => sandbox::Type::Integer,
        Type::Boolean => sandbox::Type::Boolean,
        Type::Date => sandbox::Type::Date,
        Type::File => sandbox::Type::File,
        Type::Json => sandbox::Type::Json,
        Type::Array(inner) => sandbox::Type::List(Box::new(self::ty(api, inner))),
        Type::Map(inner) => sandbox::Type::Map(Box::new(self::ty(api, inner))),
        Type::Named(name) => named(api, name),
    }
}

fn named(api: &Api, name: &str) -> sandbox::Type {
    match api.schema(name).map(|schema| &schema.kind) {
        Some(SchemaKind::Object { .. }) => sandbox::Type::Object(name.to_owned()),
        Some(SchemaKind::Enum(_)) => sandbox::Type::Enum(name.to_owned()),
        Some(SchemaKind::Scalar(scalar)) => match scalar.as_str() {
            "decimal" => sandbox::Type::Decimal,
            "timestamp" => sandbox::Type::Timestamp,
            "date-or-timestamp" => sandbox::Type::String,
            _ => sandbox::Type::Json,
        },
        Some(SchemaKind::Page(_)) | None => sandbox::Type::Json,
    }
}
