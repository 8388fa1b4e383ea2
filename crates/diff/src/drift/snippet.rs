//! Writes additions as YAML in the form of our description. Facts carry over; the vendor's prose does not.

use campfire_codegen::description::bundle;
use serde_json::{Map, Value, json};

use crate::change::Change;
use crate::subject::locate;

const DESCRIBE: &str = "TODO: describe it in your own words";

/// Returns the facts of an addition as YAML, with placeholders for prose.
pub(super) fn snippet(change: &Change, vendors: &Value) -> Option<String> {
    let (pointer, name) = locate(vendors, &change.subject)?;
    let mut facts = facts(vendors.pointer(&pointer)?);
    if let Value::Object(entries) = &mut facts {
        if change.id == "operation.added" {
            entries.insert("summary".to_owned(), json!(DESCRIBE));
            entries.insert("x-retry".to_owned(), json!("TODO: safe, idempotent, keyed or never"));
        } else {
            entries.insert("description".to_owned(), json!(DESCRIBE));
        }
    }
    let wrapped = if change.id.ends_with("enum.added") {
        json!([change.new])
    } else if change.id == "parameter.added" {
        json!([facts])
    } else {
        json!({ name: facts })
    };
    Some(bundle::value(&wrapped))
}

/// Returns a schema, parameter or operation without its prose.
fn facts(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let kept = entries.iter().filter(|(key, value)| is_fact(key, value));
            Value::Object(kept.map(|(key, value)| (key.clone(), facts(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(facts).collect(),
        other => other.clone(),
    }
}

fn is_fact(key: &str, value: &Value) -> bool {
    let prose = ["description", "title", "summary", "example", "tags", "operationId"];
    // A property may be called `title`; its value is a schema then.
    (value.is_object() || !prose.contains(&key)) && !key.starts_with("x-") && key != "examples"
}
