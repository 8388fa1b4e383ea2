//! Rewrites OpenAPI 3.1 as OpenAPI 3.0 of the same meaning, so that the notation is no difference.
//!
//! Keywords of JSON Schema without a counterpart stay as they are. The comparison takes them as a whole.

use serde_json::{Map, Value, json};

/// The keys whose value is a schema.
const SCHEMA: [&str; 13] = [
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "schema",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "dependencies",
];

/// The keys whose value is a list of schemas.
const SCHEMAS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];

/// The keys whose value holds schemas by name.
const NAMED_SCHEMAS: [&str; 5] = ["properties", "patternProperties", "dependentSchemas", "$defs", "schemas"];

/// The keys whose value is data, whatever it looks like.
const DATA: [&str; 6] = ["example", "examples", "default", "enum", "const", "mapping"];

/// Rewrites a document. Returns it unchanged if it is OpenAPI 3.0.
pub(crate) fn normalize(root: &mut Value) {
    let is_later = root.get("openapi").and_then(Value::as_str).is_some_and(|version| version.starts_with("3.1"));
    if is_later {
        holder(root);
    }
}

/// Rewrites the schemas below anything that is not a schema.
fn holder(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value) {
                    ("schema", value) => schema(value),
                    ("schemas", Value::Object(named)) => named.values_mut().for_each(schema),
                    // Media types and parameters have examples, which are data.
                    ("example" | "examples", _) => {}
                    (key, _) if key.starts_with("x-") => {}
                    (_, value) => holder(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(holder),
        _ => {}
    }
}

/// Rewrites a schema and those nested in it.
fn schema(value: &mut Value) {
    if let Value::Bool(anything) = value {
        *value = if *anything { json!({}) } else { json!({"not": {}}) };
    }
    let Value::Object(entries) = value else { return };
    for (key, value) in entries.iter_mut() {
        nested(key, value);
    }
    reference(entries);
    types(entries);
    constant(entries);
    exclusive(entries);
    examples(entries);
    content(entries);
}

fn nested(key: &str, value: &mut Value) {
    match value {
        _ if DATA.contains(&key) || key.starts_with("x-") => {}
        // A flag, as in OpenAPI 3.0.
        Value::Bool(_) if key == "additionalProperties" => {}
        value if SCHEMA.contains(&key) => schema(value),
        Value::Array(items) if SCHEMAS.contains(&key) => items.iter_mut().for_each(schema),
        Value::Object(named) if NAMED_SCHEMAS.contains(&key) => named.values_mut().for_each(schema),
        _ => {}
    }
}

/// What stands beside a reference holds in addition to it.
fn reference(entries: &mut Map<String, Value>) {
    if entries.len() < 2 || !entries.contains_key("$ref") {
        return;
    }
    if let Some(target) = entries.remove("$ref") {
        add_part(entries, json!({ "$ref": target }));
    }
}

/// A list of types is a nullable type, or alternatives.
fn types(entries: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = entries.get("type") else { return };
    let mut real = types.clone();
    real.retain(|kind| kind != "null");
    if real.len() < types.len() {
        entries.insert("nullable".to_owned(), json!(true));
    }
    match real.as_slice() {
        [] => {
            entries.remove("type");
            entries.insert("enum".to_owned(), json!([null]));
        }
        [only] => {
            let only = only.clone();
            entries.insert("type".to_owned(), only);
        }
        several => {
            let alternatives: Vec<Value> = several.iter().map(|kind| json!({ "type": kind })).collect();
            entries.remove("type");
            if entries.contains_key("anyOf") {
                add_part(entries, json!({ "anyOf": alternatives }));
            } else {
                entries.insert("anyOf".to_owned(), alternatives.into());
            }
        }
    }
}

fn constant(entries: &mut Map<String, Value>) {
    if let Some(value) = entries.remove("const") {
        let kind = match &value {
            Value::String(_) => "string",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            _ => "",
        };
        if !kind.is_empty() && !entries.contains_key("type") {
            entries.insert("type".to_owned(), json!(kind));
        }
        entries.insert("enum".to_owned(), json!([value]));
    }
}

/// An exclusive bound is a number in 3.1, and a flag beside the bound in 3.0.
fn exclusive(entries: &mut Map<String, Value>) {
    for (key, flag) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        let Some(number) = entries.get(flag).filter(|value| value.is_number()).cloned() else { continue };
        let bound = entries.get(key).and_then(Value::as_f64);
        let stricter = match (bound, number.as_f64()) {
            (Some(bound), Some(number)) if key == "minimum" => number >= bound,
            (Some(bound), Some(number)) => number <= bound,
            _ => true,
        };
        entries.remove(flag);
        if stricter {
            entries.insert(key.to_owned(), number);
            entries.insert(flag.to_owned(), json!(true));
        }
    }
}

fn examples(entries: &mut Map<String, Value>) {
    if let Some(Value::Array(examples)) = entries.get("examples")
        && let Some(first) = examples.first().cloned()
    {
        entries.remove("examples");
        entries.entry("example").or_insert(first);
    }
}

/// Files and encoded bytes are formats in 3.0.
fn content(entries: &mut Map<String, Value>) {
    let is = |entries: &Map<String, Value>, key: &str, value: &str| entries.get(key) == Some(&json!(value));
    let format = if is(entries, "contentEncoding", "base64") {
        entries.remove("contentEncoding");
        "byte"
    } else if is(entries, "contentMediaType", "application/octet-stream") {
        entries.remove("contentMediaType");
        "binary"
    } else {
        return;
    };
    entries.entry("type").or_insert(json!("string"));
    entries.entry("format").or_insert(json!(format));
}

/// Adds a schema that must hold as well.
fn add_part(entries: &mut Map<String, Value>, part: Value) {
    match entries.entry("allOf").or_insert_with(|| json!([])) {
        Value::Array(parts) => parts.push(part),
        other => *other = json!([part]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations_of_3_1_become_those_of_3_0() {
        for (later, earlier) in [
            (json!({"type": ["string", "null"]}), json!({"nullable": true, "type": "string"})),
            (json!({"type": ["string", "integer"]}), json!({"anyOf": [{"type": "string"}, {"type": "integer"}]})),
            (json!({"const": "a"}), json!({"type": "string", "enum": ["a"]})),
            (json!({"exclusiveMinimum": 5}), json!({"minimum": 5, "exclusiveMinimum": true})),
            (json!({"minimum": 7, "exclusiveMinimum": 5}), json!({"minimum": 7})),
            (json!({"$ref": "#/a", "nullable": true}), json!({"nullable": true, "allOf": [{"$ref": "#/a"}]})),
            (json!({"type": "string", "examples": ["a", "b"]}), json!({"type": "string", "example": "a"})),
            (json!({"contentMediaType": "application/octet-stream"}), json!({"type": "string", "format": "binary"})),
            (json!({"items": true}), json!({"items": {}})),
            (
                json!({"properties": {"type": {"const": 1}}}),
                json!({"properties": {"type": {"type": "number", "enum": [1]}}}),
            ),
            (json!({"default": {"const": 1}}), json!({"default": {"const": 1}})),
        ] {
            let mut document = json!({"openapi": "3.1.0", "components": {"schemas": {"A": later}}});
            normalize(&mut document);
            assert_eq!(document["components"]["schemas"]["A"], earlier);
        }
    }
}
