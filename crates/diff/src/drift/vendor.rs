//! Rewrites the vendor's schema by its meaning, without the artifacts of the framework that generated it.

use serde_json::{Map, Value};

use crate::site::Site;

/// Returns the vendor's document by its meaning.
pub(super) fn normalized(vendors: &Value) -> Value {
    let mut document = vendors.clone();
    let operations = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
    for operation in operations.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        drop_forms(operation.pointer_mut("/requestBody/content"));
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        for response in responses.into_iter().flat_map(Map::values_mut) {
            drop_forms(response.get_mut("content"));
        }
    }
    let schemas = Site::at(vendors, "/components/schemas");
    let twins = schemas.entries().into_iter().filter_map(|(name, _)| name.strip_prefix("Patched"));
    let twins: Vec<&str> = twins.filter(|name| schemas.child(name).is_some()).collect();
    retarget(&mut document, &twins);
    document
}

/// Drops form media types next to JSON, which the framework adds by default. A form alone is an upload.
fn drop_forms(content: Option<&mut Value>) {
    if let Some(content) = content.and_then(Value::as_object_mut)
        && content.contains_key("application/json")
    {
        content.retain(|media_type, _| media_type == "application/json");
    }
}

/// Points references to a `Patched…` twin at the schema itself, which is what an update sends.
fn retarget(value: &mut Value, twins: &[&str]) {
    match value {
        Value::Object(entries) => {
            if let Some(Value::String(target)) = entries.get_mut("$ref")
                && let Some(name) = target.strip_prefix("#/components/schemas/Patched")
                && twins.contains(&name)
            {
                *target = format!("#/components/schemas/{name}");
            }
            entries.values_mut().for_each(|value| retarget(value, twins));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| retarget(item, twins)),
        _ => {}
    }
}
