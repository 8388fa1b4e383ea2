//! A schema by its meaning: references followed, `allOf` merged, all notations for nullable unified.
//!
//! Each facet remembers the schema that states it, so that a change in a shared schema is one change, however many
//! places use it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::site::{Site, canonical, join, sorted};

/// A facet of a schema, such as `maxLength`, and the pointer of the schema that states it.
#[derive(Clone, Debug)]
pub(crate) struct Facet {
    pub(crate) value: Value,
    pub(crate) schema: String,
}

/// A schema by its meaning.
#[derive(Clone, Debug, Default)]
pub(crate) struct View<'a> {
    /// The name of the component, if the schema is one, possibly with annotations for this use.
    pub(crate) name: Option<String>,
    /// The pointers of all schemas merged into this one.
    pub(crate) sources: BTreeSet<String>,
    pub(crate) facets: BTreeMap<String, Facet>,
    pub(crate) properties: BTreeMap<&'a str, Site<'a>>,
    pub(crate) required: BTreeMap<&'a str, String>,
    pub(crate) items: Option<Site<'a>>,
    pub(crate) additional: Option<Site<'a>>,
    /// The alternatives, without null and blank.
    pub(crate) variants: Vec<Site<'a>>,
}

impl<'a> View<'a> {
    pub(crate) fn of(root: &'a Value, site: &Site<'a>) -> Self {
        let mut view = Self::default();
        view.merge(root, site.clone());
        if let Some(implied) = view.implied_type() {
            view.set("type", json!(implied), &site.pointer);
        }
        view
    }

    fn implied_type(&self) -> Option<&'static str> {
        if self.facets.contains_key("type") {
            None
        } else if !self.properties.is_empty() || self.additional.is_some() {
            Some("object")
        } else {
            self.items.as_ref().map(|_| "array")
        }
    }

    pub(crate) fn facet(&self, key: &str) -> Option<&Value> {
        self.facets.get(key).map(|facet| &facet.value)
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.facet(key) == Some(&Value::Bool(true))
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.facet(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// Describes the type in a word or two.
    pub(crate) fn kind(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let kind = match (self.text("type"), self.variants.len()) {
            ("", 0) => "any".to_owned(),
            ("", _) => "one of several".to_owned(),
            (kind, _) => kind.to_owned(),
        };
        match self.text("format") {
            "" => kind,
            format => format!("{kind} ({format})"),
        }
    }

    fn set(&mut self, key: &str, value: Value, schema: &str) {
        // `false` is the default of every flag.
        if value == Value::Bool(false) && !self.facets.contains_key(key) {
            return;
        }
        self.facets.insert(key.to_owned(), Facet { value: canonical(&value), schema: schema.to_owned() });
    }

    fn merge(&mut self, root: &'a Value, site: Site<'a>) {
        let own = site.pointer.clone();
        let is_reference = site.value.get("$ref").is_some();
        let site = site.follow(root);
        self.sources.insert(own);
        self.sources.insert(site.pointer.clone());
        let parts = site.child("allOf").map(|parts| parts.items()).unwrap_or_default();
        let single = parts.len() == 1;
        for part in parts {
            self.merge(root, part);
        }
        if !single && site.value.get("allOf").is_some() {
            self.name = None;
        }
        for key in ["oneOf", "anyOf"] {
            self.alternatives(root, &site, key);
        }
        if is_reference || is_component(&site.pointer) {
            self.name = site.pointer.strip_prefix("/components/schemas/").map(str::to_owned);
        }
        let Value::Object(entries) = site.value else { return };
        self.own(entries, &site);
    }

    /// Merges `oneOf` or `anyOf`. Null and blank alternatives become flags; a single other one is the schema itself.
    fn alternatives(&mut self, root: &'a Value, site: &Site<'a>, key: &str) {
        let Some(parts) = site.child(key) else { return };
        let mut real = Vec::new();
        for part in parts.items() {
            let target = part.clone().follow(root);
            let values = target.value.get("enum").and_then(Value::as_array);
            let only = |wanted: &Value| values.is_some_and(|values| values.iter().all(|value| value == wanted));
            if only(&Value::Null) || target.value.get("type") == Some(&json!("null")) {
                self.set("nullable", json!(true), &site.pointer);
            } else if only(&json!("")) {
                self.set("x-blank", json!(true), &site.pointer);
            } else {
                real.push(part);
            }
        }
        if real.len() == 1 {
            for part in real {
                self.merge(root, part);
            }
        } else {
            real.sort_by_cached_key(|part| canonical(part.value).to_string());
            self.variants.extend(real);
        }
    }

    fn own(&mut self, entries: &'a Map<String, Value>, site: &Site<'a>) {
        for (key, value) in entries {
            let child = || Site { value, pointer: join(&site.pointer, key) };
            match key.as_str() {
                "$ref" | "allOf" | "oneOf" | "anyOf" => {}
                "properties" => self.properties.extend(child().entries()),
                "required" => {
                    let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                    self.required.extend(names.map(|name| (name, site.pointer.clone())));
                }
                "items" => self.items = Some(child()),
                "additionalProperties" => match value {
                    Value::Object(schema) if !schema.is_empty() => self.additional = Some(child()),
                    Value::Bool(false) => self.set(key, json!("none"), &site.pointer),
                    _ => self.set(key, json!("any"), &site.pointer),
                },
                "enum" => self.values(value, site),
                "x-identity" => {
                    let names = value.as_array().cloned().unwrap_or_default();
                    self.set(key, Value::Array(sorted(names)), &site.pointer);
                }
                _ => self.set(key, value.clone(), &site.pointer),
            }
        }
    }

    /// Takes the values of an enum, in any order. A null among them makes the schema nullable.
    fn values(&mut self, values: &Value, site: &Site<'a>) {
        let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
        if values.contains(&Value::Null) {
            self.set("nullable", json!(true), &site.pointer);
        }
        let mut values = sorted(values.iter().filter(|value| !value.is_null()).map(canonical).collect());
        values.dedup();
        self.set("enum", Value::Array(values), &site.pointer);
    }
}

fn is_component(pointer: &str) -> bool {
    pointer.strip_prefix("/components/schemas/").is_some_and(|rest| !rest.contains('/'))
}
