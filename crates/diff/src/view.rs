//! A schema by its meaning: references followed, `allOf` merged, all notations for nullable unified.
//!
//! Each facet remembers the schema that states it, so that a change in a shared schema is one change, however many
//! places use it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::narrow::{self, bound};
use crate::resolve::meaning;
use crate::site::{Site, canonical, join, sorted};

/// Keywords of JSON Schema without a counterpart in OpenAPI 3.0. They are compared as a whole.
pub(crate) const OPAQUE: [&str; 16] = [
    "$dynamicRef",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "maxContains",
    "minContains",
    "oneOf",
    "patternProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords that only identify a schema or hold others.
const IGNORED: [&str; 8] =
    ["$anchor", "$comment", "$defs", "$dynamicAnchor", "$id", "$schema", "$vocabulary", "definitions"];

/// A facet of a schema, such as `maxLength`, and the pointer of the schema that states it.
#[derive(Clone, Debug)]
pub(crate) struct Facet {
    pub(crate) value: Value,
    pub(crate) schema: String,
}

/// A schema by its meaning. Nested schemas are lists of schemas that hold together: the parts of an `allOf` may each
/// say something about the same property.
#[derive(Clone, Debug, Default)]
pub(crate) struct View<'a> {
    /// The name of the component, if the schema is one, possibly with annotations for this use.
    pub(crate) name: Option<String>,
    /// The pointers of all schemas merged into this one.
    pub(crate) sources: BTreeSet<String>,
    pub(crate) facets: BTreeMap<String, Facet>,
    pub(crate) properties: BTreeMap<&'a str, Vec<Site<'a>>>,
    pub(crate) required: BTreeMap<&'a str, String>,
    pub(crate) items: Vec<Site<'a>>,
    /// The schemas of the first items of a list.
    pub(crate) prefix: Vec<Site<'a>>,
    pub(crate) additional: Vec<Site<'a>>,
    /// The alternatives, without null and blank.
    pub(crate) variants: Vec<Site<'a>>,
    /// True if exactly one alternative must match.
    pub(crate) exclusive: bool,
}

impl<'a> View<'a> {
    /// Merges schemas that hold together.
    pub(crate) fn of(root: &'a Value, parts: &[Site<'a>]) -> Self {
        let mut view = Self::default();
        for part in parts {
            view.merge(root, part.clone());
        }
        if parts.len() > 1 {
            view.name = None;
        }
        if let (Some(implied), Some(first)) = (view.implied_type(), parts.first()) {
            view.set("type", json!(implied), &first.pointer);
        }
        view
    }

    fn implied_type(&self) -> Option<&'static str> {
        if self.facets.contains_key("type") {
            None
        } else if !self.properties.is_empty() || !self.additional.is_empty() {
            Some("object")
        } else {
            (!self.items.is_empty() || !self.prefix.is_empty()).then_some("array")
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
        let value = canonical(&value);
        let merged = self.facets.get(key).and_then(|before| narrow::both(key, &before.value, &value));
        let schema = match (&merged, self.facets.get(key)) {
            (Some(merged), Some(before)) if *merged == before.value => before.schema.clone(),
            _ => schema.to_owned(),
        };
        self.facets.insert(key.to_owned(), Facet { value: merged.unwrap_or(value), schema });
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
        self.bounds(entries, &site);
        self.own(root, entries, &site);
    }

    /// Merges `oneOf` or `anyOf`. Null and blank alternatives become flags; a single other one is the schema itself.
    fn alternatives(&mut self, root: &'a Value, site: &Site<'a>, key: &str) {
        let Some(parts) = site.child(key) else { return };
        let mut real = Vec::new();
        let mut known = BTreeSet::new();
        for part in parts.items() {
            let target = part.clone().follow(root);
            let values = target.value.get("enum").and_then(Value::as_array);
            let only = |wanted: &Value| values.is_some_and(|values| values.iter().all(|value| value == wanted));
            if only(&Value::Null) || target.value.get("type") == Some(&json!("null")) {
                self.set("nullable", json!(true), &site.pointer);
            } else if only(&json!("")) {
                self.set("x-blank", json!(true), &site.pointer);
            } else if known.insert(meaning(root, part.value).to_string()) {
                real.push(part);
            }
        }
        if real.len() == 1 {
            for part in real {
                self.merge(root, part);
            }
        } else if self.variants.is_empty() {
            self.exclusive = key == "oneOf";
            self.variants = real;
        } else {
            // Alternatives in several parts of an `allOf` must each match.
            self.set("oneOf", Value::Array(known.into_iter().map(Value::from).collect()), &site.pointer);
        }
    }

    /// Takes the limits of a number. `exclusiveMinimum` is a flag beside `minimum`.
    fn bounds(&mut self, entries: &Map<String, Value>, site: &Site<'a>) {
        for (key, flag) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
            if let Some(number) = entries.get(key) {
                let excluded = entries.get(flag) == Some(&Value::Bool(true));
                self.set(key, bound(&canonical(number), excluded, key == "minimum"), &site.pointer);
            }
        }
    }

    fn own(&mut self, root: &'a Value, entries: &'a Map<String, Value>, site: &Site<'a>) {
        for (key, value) in entries {
            let child = || Site { value, pointer: join(&site.pointer, key) };
            match key.as_str() {
                "$ref" | "allOf" | "oneOf" | "anyOf" | "minimum" | "maximum" | "exclusiveMinimum"
                | "exclusiveMaximum" | "then" | "else" => {}
                "properties" => {
                    for (name, property) in child().entries() {
                        add_part(self.properties.entry(name).or_default(), property);
                    }
                }
                "required" => {
                    let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                    self.required.extend(names.map(|name| (name, site.pointer.clone())));
                }
                "items" => add_part(&mut self.items, child()),
                "prefixItems" => self.prefix = child().items(),
                "additionalProperties" => match value {
                    Value::Object(schema) if !schema.is_empty() => add_part(&mut self.additional, child()),
                    Value::Bool(false) => self.set(key, json!("none"), &site.pointer),
                    // Absence means the same.
                    _ => {}
                },
                "enum" => self.values(value, site),
                "x-identity" => {
                    let names = value.as_array().cloned().unwrap_or_default();
                    self.set(key, Value::Array(sorted(names)), &site.pointer);
                }
                "discriminator" => self.set(key, discriminator(value), &site.pointer),
                "not" => self.set(key, meaning(root, value), &site.pointer),
                "if" => {
                    let part = |key: &str| entries.get(key).map(|schema| meaning(root, schema));
                    self.set(key, json!({"if": part("if"), "then": part("then"), "else": part("else")}), &site.pointer);
                }
                key if OPAQUE.contains(&key) => self.set(key, meaning(root, value), &site.pointer),
                key if IGNORED.contains(&key) => {}
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

/// Adds a schema to those that hold together. The same schema may be reached on several ways.
fn add_part<'a>(parts: &mut Vec<Site<'a>>, part: Site<'a>) {
    if parts.iter().all(|known| known.pointer != part.pointer) {
        parts.push(part);
    }
}

/// Returns a discriminator whose mapping leads to references only. Names of schemas are short for them.
fn discriminator(value: &Value) -> Value {
    let mut value = value.clone();
    let mapping = value.get_mut("mapping").and_then(Value::as_object_mut);
    for target in mapping.into_iter().flat_map(Map::values_mut) {
        if let Value::String(name) = target
            && !name.contains(['/', '#', '.'])
        {
            *name = format!("#/components/schemas/{name}");
        }
    }
    value
}

fn is_component(pointer: &str) -> bool {
    pointer.strip_prefix("/components/schemas/").is_some_and(|rest| !rest.contains('/'))
}
