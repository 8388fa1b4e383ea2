//! Reads a revision from a file or a folder of area files, and rejects input that cannot be compared safely.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use campfire_codegen::description::load::Description;
use campfire_codegen::description::overlay::Overlay;
use campfire_codegen::description::references::references;
use campfire_codegen::description::rule::Rule;
use campfire_codegen::description::yaml::{Location, Problem, Problems};
use serde_json::Value;

use crate::site::{Site, join};

/// Maximum size of a source in bytes, eight times the vendor's whole schema.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Maximum number of `$ref` and `allOf` that may follow one another before a schema.
const MAX_CHAIN: usize = 64;

/// A revision of a description. Comparing it is certain to end.
#[derive(Clone, Debug)]
pub struct Revision {
    pub(crate) description: Description,
}

impl Revision {
    /// Reads a YAML or JSON file, or a folder with `openapi.yaml` and area files.
    ///
    /// # Errors
    /// When it cannot be read, is larger than [`MAX_BYTES`], is malformed, is not OpenAPI 3.0, or has circular
    /// references.
    pub fn read(path: &Path) -> Result<Self, Problems> {
        let name = path.display().to_string();
        let unreadable = |error: std::io::Error| {
            problem(&name, format!("cannot be read: {error}"), "pass a file, or a folder that contains `openapi.yaml`")
        };
        let files = if path.is_dir() {
            fs::read_dir(path).map_err(unreadable)?.filter_map(|entry| Some(entry.ok()?.path())).collect()
        } else {
            vec![path.to_owned()]
        };
        let mut bytes = 0;
        for file in files.iter().filter(|file| !file.is_dir()) {
            bytes += fs::metadata(file).map_err(unreadable)?.len();
        }
        if bytes > MAX_BYTES {
            return Err(too_large(&name).into());
        }
        if path.is_dir() {
            Self::checked(Description::load(path)?)
        } else {
            Self::parse(&name, &fs::read_to_string(path).map_err(unreadable)?)
        }
    }

    /// Reads a document from text; error messages refer to it as `name`.
    ///
    /// # Errors
    /// See [`Revision::read`].
    pub fn parse(name: &str, text: &str) -> Result<Self, Problems> {
        if text.len() as u64 > MAX_BYTES {
            return Err(too_large(name).into());
        }
        Self::checked(Description::single(name, text)?)
    }

    /// Merges area files, given as name and text. One of them must be `openapi.yaml`.
    ///
    /// # Errors
    /// See [`Revision::read`].
    pub fn merge<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let sources: Vec<(&str, &str)> = sources.into_iter().collect();
        if sources.iter().map(|(_, text)| text.len() as u64).sum::<u64>() > MAX_BYTES {
            return Err(too_large("the description").into());
        }
        Self::checked(Description::merge(sources)?)
    }

    /// Adds the files of a sandbox overlay, given as name and text.
    ///
    /// # Errors
    /// If a file cannot be read as an overlay.
    pub fn with_overlay<'a>(mut self, sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        self.description.overlay = Overlay::read(sources)?;
        Ok(self)
    }

    /// Returns the document.
    pub fn root(&self) -> &Value {
        &self.description.root
    }

    /// Returns the source location of the node at a JSON pointer.
    pub fn locate(&self, pointer: &str) -> Location {
        self.description.locate(pointer)
    }

    fn checked(description: Description) -> Result<Self, Problems> {
        let root = &description.root;
        let unfit = version(root).or_else(|| sections(root)).or_else(|| circular(root));
        match unfit {
            None => Ok(Self { description }),
            Some(Unfit { pointer, message, help }) => {
                let (location, help) = (description.locate(&pointer), help.to_owned());
                Err(Problem { rule: Rule::Revision, location, message, help }.into())
            }
        }
    }
}

/// A reason not to compare a document.
struct Unfit {
    pointer: String,
    message: String,
    help: &'static str,
}

impl Unfit {
    fn new(pointer: &str, message: String, help: &'static str) -> Option<Self> {
        Some(Self { pointer: pointer.to_owned(), message, help })
    }
}

fn version(root: &Value) -> Option<Unfit> {
    let text = |key: &str| root.get(key).map(|version| version.to_string().replace('"', ""));
    let unsupported = |version: String| format!("OpenAPI {version} is not supported");
    if let Some(version) = text("swagger") {
        let help = "convert it to OpenAPI 3.0, for example with swagger2openapi";
        return Unfit::new("/swagger", unsupported(version), help);
    }
    match text("openapi") {
        Some(version) if version.starts_with("3.0") => None,
        Some(version) => Unfit::new("/openapi", unsupported(version), "convert it to OpenAPI 3.0"),
        None => {
            Unfit::new("", "no `openapi` version found".to_owned(), "OpenAPI documents begin with `openapi: 3.0.3`")
        }
    }
}

fn sections(root: &Value) -> Option<Unfit> {
    let sections = ["/paths", "/components", "/components/schemas", "/components/parameters"];
    let section = sections.into_iter().find(|section| root.pointer(section).is_some_and(|value| !value.is_object()))?;
    let message = format!("`{}` is not a mapping", section.trim_start_matches('/'));
    Unfit::new(section, message, "write a mapping of names to definitions")
}

fn problem(file: &str, message: String, help: &str) -> Problem {
    Problem { rule: Rule::Revision, location: Location { file: file.into(), line: 1 }, message, help: help.to_owned() }
}

fn too_large(file: &str) -> Problem {
    let message = format!("larger than {} MB", MAX_BYTES / 1024 / 1024);
    problem(file, message, "remove its examples, if it is an OpenAPI document")
}

/// Finds a component that is defined by itself, through `$ref` or `allOf` without an object or a list in between.
fn circular(root: &Value) -> Option<Unfit> {
    const HELP: &str = "point the reference to a schema with a definition of its own";
    if let Some(name) = unfinished(root) {
        let message =
            format!("circular reference: `{name}` leads to itself, or through more than {MAX_CHAIN} references");
        return Unfit::new(name.trim_start_matches('#'), message, HELP);
    }
    // References to anything but a component could be circular in ways not covered above.
    let mut odd = None;
    references(root, &mut String::new(), &mut |pointer, target| {
        if odd.is_none() && (!target.starts_with("#/components/") || target.matches('/').count() != 3) {
            odd = Unfit::new(pointer, format!("`$ref: {target}` does not name a component"), HELP);
        }
    });
    odd
}

/// Returns a component that is not finished after [`MAX_CHAIN`] rounds.
///
/// Each round finishes the components whose references are all finished. Unlike recursion, that uses no stack for the
/// depth of the document.
fn unfinished(root: &Value) -> Option<String> {
    let mut waiting = merged_components(root);
    let mut finished: BTreeSet<String> = BTreeSet::new();
    for _ in 0..=MAX_CHAIN {
        let done = |need: &String| finished.contains(need) || !need.starts_with("#/components/");
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

/// Returns each component with the references it is merged from.
fn merged_components(root: &Value) -> BTreeMap<String, Vec<String>> {
    let mut components = BTreeMap::new();
    for (kind, group) in Site::at(root, "/components").entries() {
        for (name, component) in group.entries() {
            let mut merged = Vec::new();
            merged_references(component.value, &mut merged);
            components.insert(join(&format!("#/components/{kind}"), name), merged);
        }
    }
    components
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsupported_documents_are_rejected() {
        let head = "openapi: 3.0.3\npaths: {}\n";
        let circle =
            "components: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}}";
        let merged = "components: {schemas: {A: {allOf: [{$ref: '#/components/schemas/A'}]}}}";
        for (text, what) in [
            (String::new(), "empty"),
            ("[]".to_owned(), "not a mapping"),
            ("swagger: '2.0'\n".to_owned(), "OpenAPI 2.0"),
            ("openapi: 3.1.0\n".to_owned(), "OpenAPI 3.1.0"),
            ("a: 1\n".to_owned(), "no `openapi`"),
            ("openapi: 3.0.3\npaths: []\n".to_owned(), "`paths` is not a mapping"),
            (format!("{head}{circle}"), "circular"),
            (format!("{head}{merged}"), "circular"),
            ("a: &a [x]\nb: [*a, *a]\n".to_owned(), "anchor"),
            (format!("{head}x: '{}'", " ".repeat(MAX_BYTES as usize)), "larger than 16 MB"),
        ] {
            let problems = Revision::parse("x.yaml", &text).unwrap_err().to_string();
            assert!(problems.contains(what), "{what}: {problems}");
        }
    }

    #[test]
    fn schemas_may_be_recursive() {
        let tree = "openapi: 3.0.3\npaths: {}\ncomponents: {schemas: {A: {properties: {children: {type: array, items: {$ref: '#/components/schemas/A'}}}}}}";
        assert!(Revision::parse("x.yaml", tree).is_ok());
    }
}
