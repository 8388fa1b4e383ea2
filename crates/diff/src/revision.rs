//! Reads one revision: a file or a folder of area files, refused early where it could do harm or mean nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use campfire_codegen::description::load::Description;
use campfire_codegen::description::node::members;
use campfire_codegen::description::references::references;
use campfire_codegen::description::rule::Rule;
use campfire_codegen::description::yaml::{Location, Problem, Problems};

/// The largest source that is read, in bytes: eight times the vendor's whole schema.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How many `$ref` and `allOf` may follow one another before there is a schema.
const MAX_CHAIN: usize = 64;

/// One revision of a description, checked so far that comparing it ends.
#[derive(Clone, Debug)]
pub struct Revision {
    pub(crate) description: Description,
}

impl Revision {
    /// Reads a YAML or JSON file, or a folder with `openapi.yaml` and area files.
    ///
    /// # Errors
    /// When it cannot be read, is larger than [`MAX_BYTES`], is malformed, is no OpenAPI 3.0, or refers in circles.
    pub fn read(path: &Path) -> Result<Self, Problems> {
        let name = path.display().to_string();
        let unreadable = |error: std::io::Error| {
            problem(&name, format!("cannot be read: {error}"), "name a file, or a folder with `openapi.yaml`")
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

    /// Reads a whole document from text; `name` is what complaints call it.
    ///
    /// # Errors
    /// As [`Revision::read`].
    pub fn parse(name: &str, text: &str) -> Result<Self, Problems> {
        if text.len() as u64 > MAX_BYTES {
            return Err(too_large(name).into());
        }
        Self::checked(Description::single(name, text)?)
    }

    /// Reads area files from (name, text), `openapi.yaml` among them.
    ///
    /// # Errors
    /// As [`Revision::read`].
    pub fn merge<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let sources: Vec<(&str, &str)> = sources.into_iter().collect();
        if sources.iter().map(|(_, text)| text.len() as u64).sum::<u64>() > MAX_BYTES {
            return Err(too_large("the description").into());
        }
        Self::checked(Description::merge(sources)?)
    }

    /// The document.
    pub fn root(&self) -> &Value {
        &self.description.root
    }

    /// Where the node at that JSON pointer stands.
    pub fn locate(&self, pointer: &str) -> Location {
        self.description.locate(pointer)
    }

    fn checked(description: Description) -> Result<Self, Problems> {
        let at = |pointer: &str, message: String, help: &str| {
            Problems::from(Problem {
                rule: Rule::Revision,
                location: description.locate(pointer),
                message,
                help: help.to_owned(),
            })
        };
        if let Some(version) = description.root.get("swagger") {
            let message = format!("OpenAPI {} is not compared", version.to_string().replace('"', ""));
            return Err(at("/swagger", message, "convert it to OpenAPI 3.0, for example with swagger2openapi"));
        }
        let version = description.root.get("openapi").map(|version| version.to_string().replace('"', ""));
        match version {
            Some(version) if version.starts_with("3.0") => {}
            Some(version) => {
                let message = format!("OpenAPI {version} is not compared");
                return Err(at("/openapi", message, "write or downgrade it to OpenAPI 3.0"));
            }
            None => {
                let message = "there is no `openapi` version".to_owned();
                return Err(at("", message, "is this an OpenAPI document? It begins with `openapi: 3.0.3`"));
            }
        }
        for section in ["/paths", "/components", "/components/schemas", "/components/parameters"] {
            if description.root.pointer(section).is_some_and(|value| !value.is_object()) {
                let message = format!("`{}` is no mapping", section.trim_start_matches('/'));
                return Err(at(section, message, "write names and what they mean"));
            }
        }
        if let Some((pointer, message)) = circle(&description.root) {
            return Err(at(&pointer, message, "let the reference lead to a schema of its own"));
        }
        Ok(Self { description })
    }
}

fn problem(file: &str, message: String, help: &str) -> Problem {
    Problem { rule: Rule::Revision, location: Location { file: file.into(), line: 1 }, message, help: help.to_owned() }
}

fn too_large(file: &str) -> Problem {
    problem(file, format!("larger than {} MB", MAX_BYTES / 1024 / 1024), "is it a description? Remove its examples")
}

/// A component that is defined by itself: through `$ref` or `allOf`, without an object or a list between.
///
/// Components are finished from the leaves up, so that no depth of the document becomes depth of the stack.
fn circle(root: &Value) -> Option<(String, String)> {
    let mut waiting: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (kind, components) in members(root.get("components")) {
        for (name, component) in members(Some(components)) {
            let mut pointer = format!("#/components/{kind}");
            campfire_codegen::description::yaml::push_pointer(&mut pointer, name);
            let mut merged = Vec::new();
            merged_references(component, &mut merged);
            waiting.insert(pointer, merged);
        }
    }
    let mut finished: BTreeSet<String> = BTreeSet::new();
    for _ in 0..=MAX_CHAIN {
        let ready: Vec<String> = waiting
            .iter()
            .filter(|(_, needs)| needs.iter().all(|need| finished.contains(need) || !need.starts_with("#/components/")))
            .map(|(name, _)| name.clone())
            .collect();
        if ready.is_empty() {
            break;
        }
        for name in ready {
            waiting.remove(&name);
            finished.insert(name);
        }
    }
    if let Some(name) = waiting.keys().next() {
        let message = format!("`{name}` refers to itself in a circle, or through more than {MAX_CHAIN} references");
        return Some((name.trim_start_matches('#').to_owned(), message));
    }
    // References to anything but a component could form circles that the above does not see.
    let mut odd = None;
    references(root, &mut String::new(), &mut |pointer, target| {
        if !target.starts_with("#/components/") || target.matches('/').count() != 3 {
            odd.get_or_insert_with(|| (pointer.to_owned(), format!("`$ref: {target}` names no component")));
        }
    });
    odd
}

/// What a schema is merged from.
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
    use crate::*;

    #[test]
    fn what_cannot_be_compared_is_refused() {
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
            ("openapi: 3.0.3\npaths: []\n".to_owned(), "`paths` is no mapping"),
            (format!("{head}{circle}"), "circle"),
            (format!("{head}{merged}"), "circle"),
            ("a: &a [x]\nb: [*a, *a]\n".to_owned(), "anchor"),
            (format!("{head}x: '{}'", " ".repeat(MAX_BYTES as usize)), "larger than 16 MB"),
        ] {
            let problems = Revision::parse("x.yaml", &text).unwrap_err().to_string();
            assert!(problems.contains(what), "{what}: {problems}");
        }
    }

    #[test]
    fn a_tree_may_contain_itself() {
        let tree = "openapi: 3.0.3\npaths: {}\ncomponents: {schemas: {A: {properties: {children: {type: array, items: {$ref: '#/components/schemas/A'}}}}}}";
        assert!(Revision::parse("x.yaml", tree).is_ok());
    }
}
