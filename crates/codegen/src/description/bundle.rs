//! The merged description as one document for other tools. It is plain OpenAPI, without the sandbox overlay.

use std::fmt::Write as _;

use serde_json::Value;

use crate::description::load::Description;

/// Returns the merged description as JSON.
pub fn json(description: &Description) -> String {
    let mut text = serde_json::to_string_pretty(&description.root).unwrap_or_default();
    text.push('\n');
    text
}

/// Returns the merged description as YAML.
pub fn yaml(description: &Description) -> String {
    value(&description.root)
}

/// Returns any value as YAML.
pub fn value(value: &Value) -> String {
    let mut text = String::new();
    block(&mut text, value, 0);
    text
}

fn block(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, member) in members {
                let _ = write!(text, "{:indent$}{}:", "", scalar(key));
                nested(text, member, indent + 2);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let _ = write!(text, "{:indent$}-", "");
                nested(text, item, indent + 2);
            }
        }
        other => {
            let _ = writeln!(text, "{:indent$}{}", "", flow(other));
        }
    }
}

fn nested(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            text.push('\n');
            block(text, value, indent);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            block(text, value, indent);
        }
        other => {
            let _ = writeln!(text, " {}", flow(other));
        }
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(string) => scalar(string),
        // Empty collections, numbers, booleans, and null look the same in JSON.
        other => other.to_string(),
    }
}

/// Returns a string as a scalar, double-quoted unless it can only be read as a string.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-' | '/'))
        && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::yaml::parse;

    #[test]
    fn yaml_survives_a_round_trip() {
        let text = "openapi: 3.0.3\na: {b: [1, 'x: y', \"no\", []], 'c d': {}}\nd: |\n  two\n  lines\n'200': null\n";
        let description = Description::merge([("openapi.yaml", text)]).unwrap();
        assert_eq!(parse("bundle.yaml", &yaml(&description)).unwrap().value, description.root);
    }
}
