//! A schema as it is meant: references followed, `allOf` merged, every way to write nullable read as one.
//!
//! Each facet of the result remembers where it was written. That is what lets a change in a shared schema be one
//! change, however many places use it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use campfire_codegen::description::yaml::push_pointer;

/// A value and the place where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) value: &'a Value,
    pub(crate) pointer: String,
}

impl<'a> Site<'a> {
    pub(crate) fn child(&self, key: &str) -> Option<Self> {
        Some(Self { value: self.value.get(key)?, pointer: join(&self.pointer, key) })
    }

    pub(crate) fn text(&self, key: &str) -> &'a str {
        self.value.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn members(&self) -> Vec<(&'a str, Self)> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(key, value)| (key.as_str(), Self { value, pointer: join(&self.pointer, key) })).collect()
    }

    pub(crate) fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| Self { value, pointer: format!("{}/{index}", self.pointer) }).collect()
    }

    /// Where a chain of plain references ends. The revision was checked: it does end.
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

pub(crate) fn join(pointer: &str, key: &str) -> String {
    let mut pointer = pointer.to_owned();
    push_pointer(&mut pointer, key);
    pointer
}

/// A facet of a schema (`maxLength`) and the pointer of the schema that says it.
#[derive(Clone, Debug)]
pub(crate) struct Facet {
    pub(crate) value: Value,
    pub(crate) schema: String,
}

/// A schema as it is meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct View<'a> {
    /// The component that it is, if it is one and nothing more than its use is said beside.
    pub(crate) name: Option<String>,
    /// The pointers of all schemas that it was merged from.
    pub(crate) sources: BTreeSet<String>,
    pub(crate) facets: BTreeMap<String, Facet>,
    pub(crate) properties: BTreeMap<&'a str, Site<'a>>,
    pub(crate) required: BTreeMap<&'a str, String>,
    pub(crate) items: Option<Site<'a>>,
    pub(crate) additional: Option<Site<'a>>,
    /// Alternatives that remain when null and blank are taken out.
    pub(crate) variants: Vec<Site<'a>>,
}

impl<'a> View<'a> {
    pub(crate) fn of(root: &'a Value, site: &Site<'a>) -> Self {
        let mut view = Self::default();
        view.merge(root, site.clone());
        if !view.facets.contains_key("type") {
            let implied = if !view.properties.is_empty() || view.additional.is_some() {
                Some("object")
            } else {
                view.items.as_ref().map(|_| "array")
            };
            if let Some(implied) = implied {
                view.set("type", json!(implied), &site.pointer);
            }
        }
        view
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

    /// What it is, in a word or two.
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
        // What is the default anyway is not worth a facet.
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
        let Value::Object(members) = site.value else { return };
        self.own(members, &site);
    }

    /// Takes null and blank out of the alternatives. A single one that remains is the schema itself.
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

    fn own(&mut self, members: &'a Map<String, Value>, site: &Site<'a>) {
        for (key, value) in members {
            match key.as_str() {
                "$ref" | "allOf" | "oneOf" | "anyOf" => {}
                "properties" => {
                    let properties = Site { value, pointer: join(&site.pointer, key) };
                    self.properties.extend(properties.members());
                }
                "required" => {
                    let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                    self.required.extend(names.map(|name| (name, site.pointer.clone())));
                }
                "items" => self.items = Some(Site { value, pointer: join(&site.pointer, key) }),
                "additionalProperties" => match value {
                    Value::Object(schema) if !schema.is_empty() => {
                        self.additional = Some(Site { value, pointer: join(&site.pointer, key) });
                    }
                    Value::Bool(false) => self.set(key, json!("none"), &site.pointer),
                    _ => self.set(key, json!("any"), &site.pointer),
                },
                "enum" => {
                    let values: Vec<Value> = value.as_array().cloned().unwrap_or_default();
                    if values.contains(&Value::Null) {
                        self.set("nullable", json!(true), &site.pointer);
                    }
                    let mut values: Vec<Value> =
                        values.into_iter().filter(|value| !value.is_null()).map(|value| canonical(&value)).collect();
                    values.sort_by_key(ToString::to_string);
                    values.dedup();
                    self.set(key, Value::Array(values), &site.pointer);
                }
                "x-identity" => {
                    let mut names: Vec<Value> = value.as_array().cloned().unwrap_or_default();
                    names.sort_by_key(ToString::to_string);
                    self.set(key, Value::Array(names), &site.pointer);
                }
                _ => self.set(key, value.clone(), &site.pointer),
            }
        }
    }
}

fn is_component(pointer: &str) -> bool {
    pointer.strip_prefix("/components/schemas/").is_some_and(|rest| !rest.contains('/'))
}

/// The same value whichever way it is written: numbers without an idle fraction, members sorted.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            #[allow(clippy::cast_possible_truncation)]
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => json!(float as i64),
            _ => value.clone(),
        },
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        Value::Object(members) => {
            let sorted: BTreeMap<&String, Value> = members.iter().map(|(key, value)| (key, canonical(value))).collect();
            Value::Object(sorted.into_iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        Value::String(text) => Value::String(text.trim_end().to_owned()),
        other => other.clone(),
    }
}
