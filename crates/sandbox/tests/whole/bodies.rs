//! Request bodies from the model.

use std::collections::BTreeSet;

use campfire_sandbox_model::{Field, Type};
use campfire_values::{Json, JsonObject};

use crate::support::model;

/// Returns a small valid value for a type.
pub(crate) fn value(field: &Field, ty: &Type) -> Json {
    match ty {
        Type::String | Type::File => match field.format.as_deref() {
            Some("uuid") => Json::from("0190c0de-0000-7000-8000-000000000001"),
            Some("uri") => Json::from("https://example.com/"),
            Some("email") => Json::from("a@example.com"),
            _ => Json::from("text"),
        },
        Type::Integer | Type::Decimal => Json::from(1),
        Type::Boolean => Json::Bool(true),
        Type::Date => Json::from("2026-03-01"),
        Type::Timestamp => Json::from("2026-03-01T00:00:00Z"),
        Type::Json | Type::Map(_) => Json::Object(JsonObject::new()),
        Type::List(inner) => match &**inner {
            Type::Object(schema) if field.min_items.is_some() => Json::Array(vec![Json::Object(required(schema))]),
            _ => Json::Array(Vec::new()),
        },
        Type::Enum(name) => Json::from(model().enums[name][0].as_str()),
        Type::Object(schema) => Json::Object(required(schema)),
    }
}

/// Returns an object with the required fields of a schema.
pub(crate) fn required(schema: &str) -> JsonObject {
    let fields = model().schemas[schema].iter().filter(|field| field.required && !field.read_only);
    fields.map(|field| (field.name.clone(), value(field, &field.ty))).collect()
}

/// Returns a path with an id for all parameters.
pub(crate) fn path(template: &str, id: i64) -> String {
    let segments =
        template.split('/').map(|segment| if segment.starts_with('{') { id.to_string() } else { segment.to_owned() });
    segments.collect::<Vec<_>>().join("/")
}

/// Returns the schemas of bodies, and those inside them.
pub(crate) fn sent() -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let bodies = model().operations.iter().filter_map(|operation| operation.body.as_ref());
    bodies.for_each(|body| visit(&body.ty, &mut found));
    found
}

fn visit(ty: &'static Type, found: &mut BTreeSet<&'static str>) {
    match ty {
        Type::List(inner) | Type::Map(inner) => visit(inner, found),
        Type::Object(schema) if found.insert(schema) => {
            model().schemas[schema].iter().filter(|field| !field.read_only).for_each(|field| visit(&field.ty, found));
        }
        _ => {}
    }
}
