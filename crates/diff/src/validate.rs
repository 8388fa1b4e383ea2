//! Rejects documents that cannot be compared, or whose comparison might not end.

use std::collections::{BTreeMap, BTreeSet};

use campfire_codegen::description::references::references;
use serde_json::Value;

/// Maximum number of `$ref` and `allOf` that may follow one another before a schema.
const MAX_CHAIN: usize = 64;

/// A reason not to compare a document.
pub(crate) struct Unfit {
    pub(crate) pointer: String,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

impl Unfit {
    fn new(pointer: &str, message: String, help: &'static str) -> Option<Self> {
        Some(Self { pointer: pointer.to_owned(), message, help })
    }
}

/// Returns the reason not to compare a document, if there is one.
pub(crate) fn unfit(root: &Value) -> Option<Unfit> {
    version(root).or_else(|| sections(root)).or_else(|| circular(root))
}

fn version(root: &Value) -> Option<Unfit> {
    let text = |key: &str| root.get(key).map(|version| version.to_string().replace('"', ""));
    let unsupported = |version: String| format!("OpenAPI {version} is not supported");
    if let Some(version) = text("swagger") {
        let help = "convert it to OpenAPI 3.0, for example with swagger2openapi";
        return Unfit::new("/swagger", unsupported(version), help);
    }
    match text("openapi") {
        Some(version) if version.starts_with("3.0") || version.starts_with("3.1") => None,
        Some(version) => Unfit::new("/openapi", unsupported(version), "convert it to OpenAPI 3.0 or 3.1"),
        None => {
            Unfit::new("", "no `openapi` version found".to_owned(), "OpenAPI documents begin with `openapi: 3.0.3`")
        }
    }
}

fn sections(root: &Value) -> Option<Unfit> {
    let sections = ["/paths", "/webhooks", "/components", "/components/schemas", "/components/parameters"];
    let section = sections.into_iter().find(|section| root.pointer(section).is_some_and(|value| !value.is_object()))?;
    let message = format!("`{}` is not a mapping", section.trim_start_matches('/'));
    Unfit::new(section, message, "write a mapping of names to definitions")
}

/// Finds a definition that leads to itself, through `$ref` or `allOf` without an object or a list in between.
fn circular(root: &Value) -> Option<Unfit> {
    const HELP: &str = "point the reference to a schema with a definition of its own";
    let name = unfinished(root)?;
    let message = format!("circular reference: `{name}` leads to itself, or through more than {MAX_CHAIN} references");
    Unfit::new(name.trim_start_matches('#'), message, HELP)
}

/// Returns a definition that is not finished after [`MAX_CHAIN`] rounds.
///
/// Each round finishes the definitions whose references are all finished. Unlike recursion, that uses no stack for the
/// depth of the document.
fn unfinished(root: &Value) -> Option<String> {
    let mut waiting = definitions(root);
    let mut finished: BTreeSet<String> = BTreeSet::new();
    for _ in 0..=MAX_CHAIN {
        let done = |need: &String| finished.contains(need);
        let ready = waiting.iter().filter(|(_, needs)| needs.iter().all(done));
        let ready: Vec<String> = ready.map(|(name, _)| name.clone()).collect();
        if ready.is_empty() {
            break;
        }
        for name in ready {
            waiting.remove(&name);
            finished.insert(name);
        }
    }
    waiting.into_keys().next()
}

/// Returns the target of each reference with the references it is merged from.
fn definitions(root: &Value) -> BTreeMap<String, Vec<String>> {
    let mut definitions = BTreeMap::new();
    references(root, &mut String::new(), &mut |_, target| {
        if !definitions.contains_key(target) {
            let mut merged = Vec::new();
            let value = root.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null);
            merged_references(value, &mut merged);
            definitions.insert(target.to_owned(), merged);
        }
    });
    definitions
}

/// Collects the references that a schema is merged from.
fn merged_references(schema: &Value, found: &mut Vec<String>) {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        found.push(target.to_owned());
        return;
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for part in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            merged_references(part, found);
        }
    }
}
