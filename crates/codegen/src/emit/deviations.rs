//! `openapi/DEVIATIONS.md`: where the description differs from the vendor's reference, collected from the marks.

use std::fmt::Write as _;

use serde_json::Value;

use crate::description::load::{Description, METHODS};
use crate::description::spec::members;

/// The document as Markdown.
pub fn markdown(description: &Description) -> String {
    let mut deviations = Vec::new();
    let mut untyped = Vec::new();
    for (path, item) in members(description.root.get("paths")) {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let id = operation.get("operationId").and_then(Value::as_str).unwrap_or(path);
                collect(operation, id.to_owned(), &mut deviations, &mut untyped);
            }
        }
    }
    for section in ["parameters", "schemas"] {
        for (name, value) in members(description.root.pointer(&format!("/components/{section}"))) {
            collect(value, name.to_owned(), &mut deviations, &mut untyped);
        }
    }
    let mut text = format!(
        "# Where the description differs from the vendor's reference\n\n\
         Generated from the `x-deviation` and `x-untyped` marks by `cargo xtask deviations`; do not edit. \
         Nothing here was checked against the live server.\n\n\
         ## Deviations ({})\n\n| where | documented | observed | evidence |\n| --- | --- | --- | --- |\n",
        deviations.len()
    );
    for (place, mark) in &deviations {
        let cell = |key: &str| match mark.get(key) {
            Some(Value::String(text)) => escape(text),
            Some(other) => escape(&other.to_string()),
            None => String::new(),
        };
        let _ = writeln!(text, "| `{place}` | {} | {} | {} |", cell("documented"), cell("observed"), cell("evidence"));
    }
    let _ = write!(
        text,
        "\n## Open JSON ({})\n\nNothing is known of these shapes.\n\n| where | reason |\n| --- | --- |\n",
        untyped.len()
    );
    for (place, reason) in &untyped {
        let _ = writeln!(text, "| `{place}` | {} |", escape(reason));
    }
    text
}

fn escape(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn collect<'a>(
    value: &'a Value,
    place: String,
    deviations: &mut Vec<(String, &'a Value)>,
    untyped: &mut Vec<(String, &'a str)>,
) {
    if let Some(mark) = value.get("x-deviation") {
        deviations.push((place.clone(), mark));
    }
    if let Some(reason) = value.get("x-untyped").and_then(Value::as_str) {
        untyped.push((place.clone(), reason));
    }
    match value {
        Value::Object(node) => {
            for (key, member) in node {
                if key.starts_with("x-") {
                    continue;
                }
                // Only the steps that a reader needs to find the place.
                let step = match key.as_str() {
                    "properties" | "content" | "schema" | "parameters" => place.clone(),
                    "requestBody" => format!("{place} body"),
                    "responses" => place.clone(),
                    other => format!("{place}.{other}"),
                };
                collect(member, step, deviations, untyped);
            }
        }
        Value::Array(items) => {
            for item in items {
                let step = match item.get("name").and_then(Value::as_str) {
                    Some(name) => format!("{place}?{name}"),
                    None => place.clone(),
                };
                collect(item, step, deviations, untyped);
            }
        }
        _ => {}
    }
}
