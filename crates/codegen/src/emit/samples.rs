//! Sample values that satisfy the description.

use serde_json::{Map, Value, json};

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
