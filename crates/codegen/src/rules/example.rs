//! The rule for `example`: the generated examples in the documentation are made of these values.

use serde_json::Value;

use crate::description::extension;
use crate::description::node::{Node, members};
use crate::description::rule::Rule;
use crate::rules::report::Report;

/// Checks the example of a property.
pub(super) fn check(report: &mut Report<'_>, root: &Value, property: &Node<'_>) {
    let Some(example) = property.value.get("example") else { return };
    if !fits(root, property.value, example) {
        let message = format!("{example} is not a value of the property");
        let help = "write a value of its type, with the names of properties and enum values as they are";
        report.add(Rule::Example, property.at("example"), message, help);
    }
}

/// Returns `true` if a value has the type of a schema.
fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let reference = schema.pointer("/allOf/0/$ref").or_else(|| schema.get("$ref")).and_then(Value::as_str);
    if let Some(target) = reference.and_then(|target| root.pointer(target.trim_start_matches('#'))) {
        return fits(root, target, value);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.contains(value);
    }
    match (schema.get("type").and_then(Value::as_str), value) {
        // Most objects without properties are open JSON.
        (Some("object"), Value::Object(_)) if schema.get("properties").is_none() => true,
        (Some("object"), Value::Object(fields)) => fields.iter().all(|(name, value)| {
            members(schema.get("properties")).any(|(known, schema)| known == name && fits(root, schema, value))
        }),
        (Some("array"), Value::Array(items)) => {
            schema.get("items").is_none_or(|item| items.iter().all(|value| fits(root, item, value)))
        }
        (Some("string"), Value::String(_)) | (Some("boolean"), Value::Bool(_)) => true,
        (Some("integer"), Value::Number(number)) => number.is_i64(),
        // A decimal with a fraction is text: the numbers of YAML are floats.
        (Some("number"), Value::Number(number)) => number.is_i64(),
        (Some("number"), Value::String(text)) => text.parse::<f64>().is_ok(),
        (None, _) => schema.get(extension::SCALAR).is_some(),
        _ => false,
    }
}
