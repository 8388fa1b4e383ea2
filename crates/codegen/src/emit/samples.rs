//! Sample values that satisfy the description.

use serde_json::{Map, Value, json};

use crate::description::names;
use crate::description::spec::{Api, Field, SchemaKind, Type};

/// Returns the smallest value of a type that the description allows.
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

/// How far examples go into objects inside objects.
pub(crate) const DEPTH: usize = 4;

/// Returns a value as a person would write it: with the required fields, and with those for which the description has an
/// `example`.
pub(crate) fn example(api: &Api, ty: &Type, field: Option<&Field>, depth: usize) -> Value {
    if let Some(example) = field.and_then(|field| field.example.clone()) {
        return example;
    }
    match (ty, field) {
        (Type::String, Some(Field { name, format: None, limits, .. })) => {
            let longest = limits.max_length.map_or(usize::MAX, |length| length as usize);
            json!(words(name).chars().take(longest).collect::<String>())
        }
        (Type::Array(inner), _) if depth > 0 => json!([example(api, inner, None, depth - 1)]),
        (Type::Named(name), _) => match api.schema(name).map(|schema| &schema.kind) {
            Some(SchemaKind::Object { fields, .. }) if depth > 0 => {
                let shown = fields.iter().filter(|field| field.required || field.example.is_some());
                let shown = shown.filter(|field| !field.read_only && !field.deprecated);
                let members = shown.map(|field| (field.name.clone(), example(api, &field.ty, Some(field), depth - 1)));
                Value::Object(members.collect())
            }
            Some(SchemaKind::Scalar(scalar)) if scalar == "decimal" => json!(100),
            _ => sample(api, ty, field, depth),
        },
        _ => sample(api, ty, field, depth),
    }
}

/// Returns an update of one field: the first that has an `example`, or the first that is free text, or else the first.
pub(crate) fn change(api: &Api, fields: &[Field]) -> Value {
    let fields = || fields.iter().filter(|field| !field.read_only && !field.deprecated);
    let is_text = |field: &&Field| field.ty == Type::String && field.format.is_none() && field.references.is_none();
    let changed = fields().find(|field| field.example.is_some()).or_else(|| fields().find(is_text));
    let changed = changed.or_else(|| fields().next()).map(|field| {
        let value = example(api, &field.ty, Some(field), DEPTH);
        (field.name.clone(), value)
    });
    Value::Object(changed.into_iter().collect())
}

/// Returns a name as words: `bundle_name` → `bundle name`.
pub(crate) fn words(name: &str) -> String {
    names::snake(name).replace('_', " ")
}
