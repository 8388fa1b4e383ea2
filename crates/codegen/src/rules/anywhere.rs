//! Rules for any node of the document.

use serde_json::{Map, Value};

use crate::description::extension;
use crate::description::rule::Rule;
use crate::description::yaml::push_pointer;
use crate::rules::report::Report;

/// Mappings whose keys are data.
const DATA: [&str; 4] = ["properties", extension::ENUM_DESCRIPTIONS, "paths", "schemas"];

/// Keywords that make a union of schemas.
const UNIONS: [&str; 4] = ["oneOf", "anyOf", "not", "discriminator"];

/// Extensions whose content is prose.
const PROSE: [&str; 2] = [extension::DEVIATION, extension::ENUM_DESCRIPTIONS];

/// Checks every node of the document.
pub(super) fn check(report: &mut Report<'_>, root: &Value) {
    walk(report, root, &mut String::new());
}

fn walk(report: &mut Report<'_>, value: &Value, pointer: &mut String) {
    match value {
        Value::Object(members) => {
            let is_data = pointer.rsplit('/').next().is_some_and(|last| DATA.contains(&last));
            if !is_data {
                schema_keywords(report, members, pointer);
                deviation(report, members, pointer);
            }
            for (key, member) in members {
                let parent = pointer.len();
                push_pointer(pointer, key);
                if !is_data && key.starts_with("x-") && !extension::ALL.contains(&key.as_str()) {
                    let help = format!("the extensions are {} (see openapi/README.md)", extension::ALL.join(", "));
                    report.add(Rule::ExtensionKnown, &*pointer, format!("unknown extension `{key}`"), help);
                } else if !PROSE.contains(&key.as_str()) {
                    walk(report, member, pointer);
                }
                pointer.truncate(parent);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let parent = pointer.len();
                push_pointer(pointer, &index.to_string());
                walk(report, item, pointer);
                pointer.truncate(parent);
            }
        }
        _ => {}
    }
}

/// Checks for types that cannot be generated, and for types that need a name.
fn schema_keywords(report: &mut Report<'_>, node: &Map<String, Value>, pointer: &str) {
    let is_component = pointer.starts_with("/components/schemas/") && pointer.matches('/').count() == 3;
    if node.get("type").and_then(Value::as_str) == Some("number") && !node.contains_key(extension::SCALAR) {
        let help = "write `allOf: [{$ref: '#/components/schemas/Decimal'}]`: a binary float cannot hold cents exactly";
        report.add(Rule::Decimal, pointer, "`type: number`", help);
    }
    if node.contains_key("enum") && !is_component {
        let help = "move it to `components.schemas` under a meaningful name, and refer to it";
        report.add(Rule::EnumNamed, format!("{pointer}/enum"), "an enum without a name", help);
    }
    if node.contains_key("properties") && !is_component && !pointer.contains("/properties/properties") {
        let help = "move it to `components.schemas`, and refer to it";
        report.add(Rule::ObjectNamed, format!("{pointer}/properties"), "an object without a name", help);
    }
    for key in UNIONS.into_iter().filter(|key| node.contains_key(*key)) {
        let message = format!("`{key}` cannot be generated without losing data");
        let help = "write one schema, or open JSON (`Json`) with `x-untyped`";
        report.add(Rule::NoUnion, format!("{pointer}/{key}"), message, help);
    }
}

fn deviation(report: &mut Report<'_>, node: &Map<String, Value>, pointer: &str) {
    let Some(deviation) = node.get(extension::DEVIATION) else { return };
    let is_set = |key: &str| match deviation.get(key) {
        Some(Value::String(text)) => !text.trim().is_empty(),
        value => value.is_some(),
    };
    if !["documented", "observed", "evidence"].into_iter().all(is_set) {
        let at = format!("{pointer}/{}", extension::DEVIATION);
        let help = "add `documented`, `observed`, and `evidence`";
        report.add(Rule::DeviationComplete, at, "incomplete `x-deviation`", help);
    }
}
