//! A value in a document together with its JSON pointer, and the comparison of two JSON objects by key.

use std::collections::{BTreeMap, BTreeSet};

use campfire_codegen::description::yaml::push_pointer;
use serde_json::{Value, json};

/// A value and its JSON pointer.
#[derive(Clone, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) value: &'a Value,
    pub(crate) pointer: String,
}

impl<'a> Site<'a> {
    /// Returns the value at a pointer, or null if there is none.
    pub(crate) fn at(root: &'a Value, pointer: &str) -> Self {
        const NULL: &Value = &Value::Null;
        Self { value: root.pointer(pointer).unwrap_or(NULL), pointer: pointer.to_owned() }
    }

    pub(crate) fn child(&self, key: &str) -> Option<Self> {
        Some(Self { value: self.value.get(key)?, pointer: join(&self.pointer, key) })
    }

    pub(crate) fn text(&self, key: &str) -> &'a str {
        self.value.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }

    pub(crate) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), Self { value, pointer: join(&self.pointer, key) })).collect()
    }

    pub(crate) fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| Self { value, pointer: format!("{}/{index}", self.pointer) }).collect()
    }

    /// Follows a chain of references to its end. [`Revision`](crate::revision::Revision) has checked that it ends.
    pub(crate) fn follow(self, root: &'a Value) -> Self {
        let mut site = self;
        while let Some(target) = site.value.get("$ref").and_then(Value::as_str) {
            let pointer = target.trim_start_matches('#');
            let Some(value) = root.pointer(pointer) else { break };
            site = Self { value, pointer: pointer.to_owned() };
        }
        site
    }
}

/// A key whose values differ between two JSON objects.
pub(crate) struct Entry<'a> {
    pub(crate) key: &'a str,
    pub(crate) old: Value,
    pub(crate) new: Value,
}

impl Entry<'_> {
    /// Returns the values wrapped with their key, for changes whose id does not name it.
    pub(crate) fn with_key(self) -> Self {
        let wrap = |value: Value| if value.is_null() { value } else { json!({ self.key: value }) };
        Self { key: self.key, old: wrap(self.old), new: wrap(self.new) }
    }
}

/// Returns the keys of either object, except those in `skip`, whose values differ. Each object comes with the root of its
/// document, which `compared` may need for the value of a key.
pub(crate) fn differing<'a>(
    (old_root, old): (&'a Value, &Site<'a>),
    (new_root, new): (&'a Value, &Site<'a>),
    skip: &[&str],
    compared: impl Fn(&'a Value, &Site<'a>, &str) -> Value,
) -> Vec<Entry<'a>> {
    keys(old, new)
        .into_iter()
        .filter(|key| !skip.contains(key))
        .map(|key| Entry { key, old: compared(old_root, old, key), new: compared(new_root, new, key) })
        .filter(|entry| entry.old != entry.new)
        .collect()
}

/// Returns the keys of either object.
pub(crate) fn keys<'a>(old: &Site<'a>, new: &Site<'a>) -> BTreeSet<&'a str> {
    old.entries().into_iter().chain(new.entries()).map(|(key, _)| key).collect()
}

/// Appends a step to a JSON pointer.
pub(crate) fn join(pointer: &str, key: &str) -> String {
    let mut pointer = pointer.to_owned();
    push_pointer(&mut pointer, key);
    pointer
}

/// Sorts values by their JSON text.
pub(crate) fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_key(ToString::to_string);
    values
}

/// Returns the same value in normal form: sorted keys, no `.0` fractions, no trailing white space.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            #[allow(clippy::cast_possible_truncation)]
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => json!(float as i64),
            _ => value.clone(),
        },
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        Value::Object(entries) => {
            let sorted: BTreeMap<&String, Value> = entries.iter().map(|(key, value)| (key, canonical(value))).collect();
            Value::Object(sorted.into_iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        Value::String(text) => Value::String(text.trim_end().to_owned()),
        other => other.clone(),
    }
}
