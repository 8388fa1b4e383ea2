//! The description for generators whose clients refuse what the live server sends.
//!
//! The description repeats what the reference says about required fields and nulls, because that matters for requests. Our
//! generator knows how far to trust it in responses; other generators do not.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use campfire_codegen::description::extension;

/// Keywords whose value is a schema.
const SCHEMA: [&str; 3] = ["additionalProperties", "items", "not"];

/// Keywords whose value is a list of schemas.
const SCHEMAS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// The parameter with which lists return deleted records.
const DELETED: &str = "include_deleted";

/// Makes the schemas of a document lenient: read-only fields are not required, all fields may be null, decimals are numbers
/// or strings, enums are open, and timestamps are strings of any form. Records of lists that return deleted ones require
/// only what identifies them, because deleted records have four fields.
pub(crate) fn relax(root: &mut Value) {
    let deletable = deletable(root);
    if let Some(Value::Object(schemas)) = root.pointer_mut("/components/schemas") {
        for (name, schema) in schemas {
            self::schema(schema);
            if deletable.contains(name) {
                schema["required"] = schema[extension::IDENTITY].clone();
            }
        }
    }
}

/// Returns the schemas of records that lists return after their deletion, too.
fn deletable(root: &Value) -> BTreeSet<String> {
    let resolve = |node: &Value| match node["$ref"].as_str().and_then(|pointer| root.pointer(&pointer[1..])) {
        Some(target) => target.clone(),
        None => node.clone(),
    };
    let lists = root["paths"].as_object().into_iter().flatten().map(|(_, methods)| &methods["get"]);
    let lists = lists.filter(|list| {
        list["parameters"].as_array().into_iter().flatten().any(|parameter| resolve(parameter)["name"] == DELETED)
    });
    let pages = lists.map(|list| resolve(&list["responses"]["200"]["content"]["application/json"]["schema"]));
    pages.filter_map(|page| page[extension::PAGE_OF].as_str().map(str::to_owned)).collect()
}

fn schema(value: &mut Value) {
    let Value::Object(node) = value else { return };
    match node.get(extension::SCALAR).and_then(Value::as_str) {
        Some("decimal") => {
            node.remove("type");
            node.insert("anyOf".to_owned(), json!([{ "type": "number" }, { "type": "string" }]));
            return;
        }
        // The offset has no colon.
        Some("timestamp") => {
            node.remove("format");
        }
        _ => {}
    }
    open(node);
    object(node);
    for name in SCHEMA {
        node.get_mut(name).into_iter().for_each(schema);
    }
    for name in SCHEMAS {
        node.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten().for_each(schema);
    }
}

/// Turns an enum into a string whose values are in its description.
fn open(node: &mut Map<String, Value>) {
    let Some(Value::Array(values)) = node.remove("enum") else { return };
    let values: Vec<String> = values.iter().filter_map(Value::as_str).map(|value| format!("`{value}`")).collect();
    let description = node.get("description").and_then(Value::as_str).unwrap_or_default();
    let described = format!("{}\n\nDocumented values: {}.", description.trim_end(), values.join(", "));
    node.insert("description".to_owned(), Value::from(described.trim_start()));
}

fn object(node: &mut Map<String, Value>) {
    let identity: Vec<Value> = node.get(extension::IDENTITY).and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = node.get_mut("properties") else { return };
    let mut read_only = Vec::new();
    for (name, property) in properties {
        schema(property);
        let is_identity = identity.iter().any(|field| field == name);
        if property["readOnly"] == true && !is_identity {
            read_only.push(name.clone());
        }
        if !is_identity {
            nullable(property);
        }
    }
    if let Some(Value::Array(required)) = node.get_mut("required") {
        required.retain(|name| !read_only.iter().any(|field| name == field));
        // An empty list is not allowed.
        if required.is_empty() {
            node.remove("required");
        }
    }
}

fn nullable(property: &mut Value) {
    // A reference has no siblings.
    if property.get("$ref").is_some() {
        *property = json!({ "allOf": [property.take()] });
    }
    if let Value::Object(node) = property {
        node.insert("nullable".to_owned(), Value::Bool(true));
        // An empty string has no format.
        if node.contains_key(extension::BLANK) {
            node.remove("format");
        }
    }
}
