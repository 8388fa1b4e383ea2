//! Writes additions as YAML in the form of our description. Facts carry over; the vendor's prose does not.

use std::collections::BTreeMap;

use campfire_codegen::description::bundle;
use serde_json::{Map, Value, json};

use crate::change::Change;

const DESCRIBE: &str = "TODO: describe it in your own words";

/// The vendor's document, and our names for its schemas.
pub(super) struct Snippets<'a> {
    vendors: &'a Value,
    /// References to our schemas by references to the vendor's.
    ours: BTreeMap<String, String>,
}

impl<'a> Snippets<'a> {
    /// `pairs` are the places that were compared with each other.
    pub(super) fn new(vendors: &'a Value, pairs: &[(String, String)]) -> Self {
        let is_schema =
            |pointer: &str| pointer.starts_with("/components/schemas/") && pointer.matches('/').count() == 3;
        let named = pairs.iter().filter(|(old, new)| is_schema(old) && is_schema(new));
        Self { vendors, ours: named.map(|(old, new)| (format!("#{new}"), format!("#{old}"))).collect() }
    }

    /// Returns the facts of an addition as YAML, with placeholders for prose. The vendor's schemas that it needs and that
    /// our description does not have follow.
    pub(super) fn snippet(&self, change: &Change) -> Option<String> {
        let pointer = change.pointers.1.as_deref()?;
        let value = self.vendors.pointer(pointer)?;
        if change.id.ends_with("enum.added") {
            return Some(bundle::value(&json!([change.new])));
        }
        let mut missing = Vec::new();
        let mut facts = self.facts(value, &mut missing);
        if let Value::Object(entries) = &mut facts {
            if change.id == "operation.added" {
                entries.insert("summary".to_owned(), json!(DESCRIBE));
                entries.insert("x-retry".to_owned(), json!("TODO: safe, idempotent, keyed, keyed-if-trusted or never"));
            } else {
                entries.insert("description".to_owned(), json!(DESCRIBE));
            }
        }
        let name = pointer.rsplit('/').next()?.replace("~1", "/").replace("~0", "~");
        let is_listed = value.get("in").is_some() && value.get("name").is_some() || pointer.contains("/parameters/");
        let wrapped = if is_listed { json!([facts]) } else { json!({ name: facts }) };
        let schemas = self.schemas(missing);
        let mut text = bundle::value(&wrapped);
        if !schemas.is_empty() {
            text.push_str(&bundle::value(&json!({"components": {"schemas": schemas}})));
        }
        Some(text)
    }

    /// Returns the facts of the vendor's schemas at these references, and of those that they refer to.
    fn schemas(&self, mut waiting: Vec<String>) -> Map<String, Value> {
        let mut schemas = Map::new();
        while let Some(target) = waiting.pop() {
            let name = target.rsplit('/').next().unwrap_or_default().to_owned();
            if let Some(schema) = self.vendors.pointer(target.trim_start_matches('#'))
                && !schemas.contains_key(&name)
            {
                schemas.insert(name, self.facts(schema, &mut waiting));
            }
        }
        schemas
    }

    /// Returns a schema, parameter or operation without its prose. References lead to our schemas, or are missing.
    fn facts(&self, value: &Value, missing: &mut Vec<String>) -> Value {
        match value {
            Value::Object(entries) => {
                let kept = entries.iter().filter(|(key, value)| is_fact(key, value));
                let mut facts = Map::new();
                for (key, value) in kept {
                    let fact = match value {
                        Value::String(target) if key == "$ref" => json!(self.reference(target, missing)),
                        value => self.facts(value, missing),
                    };
                    facts.insert(key.clone(), fact);
                }
                Value::Object(facts)
            }
            Value::Array(items) => items.iter().map(|item| self.facts(item, missing)).collect(),
            other => other.clone(),
        }
    }

    fn reference(&self, target: &str, missing: &mut Vec<String>) -> String {
        match self.ours.get(target) {
            Some(ours) => ours.clone(),
            None => {
                missing.push(target.to_owned());
                target.to_owned()
            }
        }
    }
}

fn is_fact(key: &str, value: &Value) -> bool {
    let prose = ["description", "title", "summary", "example", "tags", "operationId"];
    // A property may be called `title`; its value is a schema then.
    (value.is_object() || !prose.contains(&key)) && !key.starts_with("x-") && key != "examples"
}
