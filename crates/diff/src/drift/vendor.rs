//! Rewrites the vendor's schema by its meaning, without the artifacts of the framework that generated it.

use std::collections::BTreeMap;

use campfire_codegen::description::extension::KEY_PREFIX;
use serde_json::{Map, Value};

use crate::site::Site;

/// Returns the vendor's document by its meaning.
pub(super) fn normalized(ours: &Value, vendors: &Value) -> Value {
    let mut document = vendors.clone();
    let operations = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
    let schemes = schemes(ours, vendors);
    for operation in operations.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        drop_forms(operation.pointer_mut("/requestBody/content"));
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        for response in responses.into_iter().flat_map(Map::values_mut) {
            drop_forms(response.get_mut("content"));
        }
        rename_schemes(operation.get_mut("security"), &schemes);
    }
    rename_schemes(document.get_mut("security"), &schemes);
    if let Some(Value::Object(all)) = document.pointer_mut("/components/securitySchemes") {
        *all = std::mem::take(all).into_iter().map(|(name, value)| (renamed(&name, &schemes), value)).collect();
        for (name, scheme) in all {
            add_prefix(ours, name, scheme);
        }
    }
    document
}

/// Adds the word before the key, which OpenAPI has no keyword for.
fn add_prefix(ours: &Value, name: &str, scheme: &mut Value) {
    let known = Site::at(ours, "/components/securitySchemes").child(name);
    if let (Some(prefix), Some(scheme)) = (known.and_then(|site| site.value.get(KEY_PREFIX)), scheme.as_object_mut()) {
        scheme.insert(KEY_PREFIX.to_owned(), prefix.clone());
    }
}

/// Returns our names of the vendor's security schemes.
fn schemes(ours: &Value, vendors: &Value) -> BTreeMap<String, String> {
    let schemes = |root| Site::at(root, "/components/securitySchemes").entries();
    let meaning = |site: &Site<'_>| ["type", "in", "name", "scheme"].map(|key| site.text(key).to_lowercase());
    let known = schemes(ours);
    let pairs = schemes(vendors).into_iter().filter_map(|(name, scheme)| {
        let (ours, _) = known.iter().find(|(_, known)| meaning(known) == meaning(&scheme))?;
        Some((name.to_owned(), (*ours).to_owned()))
    });
    pairs.collect()
}

fn rename_schemes(security: Option<&mut Value>, schemes: &BTreeMap<String, String>) {
    for requirement in security.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(entries) = requirement {
            *entries =
                std::mem::take(entries).into_iter().map(|(name, value)| (renamed(&name, schemes), value)).collect();
        }
    }
}

fn renamed(name: &str, schemes: &BTreeMap<String, String>) -> String {
    schemes.get(name).cloned().unwrap_or_else(|| name.to_owned())
}

/// Drops form media types next to JSON, which the framework adds by default. A form alone is an upload.
fn drop_forms(content: Option<&mut Value>) {
    if let Some(content) = content.and_then(Value::as_object_mut)
        && content.contains_key("application/json")
    {
        content.retain(|media_type, _| media_type == "application/json");
    }
}
