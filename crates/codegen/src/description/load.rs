//! Merges the files of the description into one document, and picks areas out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::description::yaml::{self, Location, Problem, Problems, push_pointer};

/// The file that holds what all areas share.
const COMMON: &str = "openapi.yaml";

/// The HTTP methods that a path may have.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The merged description: an OpenAPI 3.0.3 document that still knows where each line came from.
#[derive(Clone, Debug)]
pub struct Description {
    /// The document.
    pub root: Value,
    lines: BTreeMap<String, Location>,
    /// The area (file stem) of each path.
    areas: BTreeMap<String, String>,
    /// The files that were read, for `rerun-if-changed`.
    pub files: Vec<PathBuf>,
}

impl Description {
    /// Reads `openapi.yaml` and the area files beside it.
    ///
    /// # Errors
    /// When a file cannot be read or parsed, when two files define the same thing, and when a `$ref` leads nowhere.
    pub fn load(folder: &Path) -> Result<Self, Problems> {
        let unreadable = |path: &Path, error: std::io::Error| Problem {
            rule: "files",
            location: Location { file: path.display().to_string().into(), line: 1 },
            message: format!("cannot be read: {error}"),
            help: "the description is `openapi.yaml` and one file per area beside it".to_owned(),
        };
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .map_err(|error| unreadable(folder, error))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
            .collect();
        files.sort();
        let mut sources = Vec::new();
        for path in &files {
            let text = fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
            sources.push((path.display().to_string(), text));
        }
        let mut description = Self::merge(sources.iter().map(|(name, text)| (name.as_str(), text.as_str())))?;
        description.files = files;
        Ok(description)
    }

    /// Merges sources given as (file name, text).
    ///
    /// # Errors
    /// As [`Description::load`].
    pub fn merge<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let mut merged = Self { root: json!({}), lines: BTreeMap::new(), areas: BTreeMap::new(), files: Vec::new() };
        let mut problems = Vec::new();
        let mut documents = Vec::new();
        for (file, text) in sources {
            match yaml::parse(file, text) {
                Ok(document) => documents.push((file, document)),
                Err(problem) => problems.push(problem),
            }
        }
        // The common file first: its head (info, servers) opens the document.
        documents.sort_by_key(|(file, _)| !file.ends_with(COMMON));
        for (file, document) in documents {
            merged.add(file, document, &mut problems);
        }
        if merged.root.get("openapi").is_none() && problems.is_empty() {
            problems.push(Problem {
                rule: "files",
                location: Location { file: COMMON.into(), line: 1 },
                message: "there is no `openapi` version".to_owned(),
                help: format!("put `openapi: 3.0.3`, `info` and `servers` into {COMMON}"),
            });
        }
        if problems.is_empty() {
            merged.check_references(&mut problems);
        }
        if problems.is_empty() { Ok(merged) } else { Err(Problems(problems)) }
    }

    /// Reads one file that holds a whole document, whatever its name.
    ///
    /// # Errors
    /// As [`Description::load`].
    pub fn single(file: &str, text: &str) -> Result<Self, Problems> {
        let document = yaml::parse(file, text)?;
        let mut problems = Vec::new();
        if !document.value.is_object() {
            problems.push(Problem {
                rule: "files",
                location: Location { file: file.into(), line: 1 },
                message: "the file is not a mapping".to_owned(),
                help: "begin with `openapi: 3.0.3`".to_owned(),
            });
        }
        let single =
            Self { root: document.value, lines: document.lines, areas: BTreeMap::new(), files: vec![file.into()] };
        single.check_references(&mut problems);
        if problems.is_empty() { Ok(single) } else { Err(Problems(problems)) }
    }

    fn add(&mut self, file: &str, document: yaml::Document, problems: &mut Vec<Problem>) {
        let area = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or(file).to_owned();
        let common = file.ends_with(COMMON);
        let Value::Object(members) = document.value else {
            problems.push(Problem {
                rule: "files",
                location: Location { file: file.into(), line: 1 },
                message: "the file is not a mapping".to_owned(),
                help: "begin with `paths:` or `components:`".to_owned(),
            });
            return;
        };
        let Value::Object(root) = &mut self.root else { return };
        for (section, value) in members {
            match (section.as_str(), value) {
                ("paths", Value::Object(paths)) => {
                    for path in paths.keys() {
                        self.areas.insert(path.clone(), area.clone());
                    }
                    extend(root, "paths", paths, "/paths", &self.lines, &document.lines, problems);
                }
                ("components", Value::Object(sections)) => {
                    let components = root.entry("components").or_insert_with(|| json!({}));
                    for (kind, entries) in sections {
                        if let (Value::Object(components), Value::Object(entries)) = (&mut *components, entries) {
                            let pointer = format!("/components/{kind}");
                            extend(components, &kind, entries, &pointer, &self.lines, &document.lines, problems);
                        }
                    }
                }
                (_, value) if common => {
                    root.insert(section, value);
                }
                _ => problems.push(Problem {
                    rule: "files",
                    location: document
                        .lines
                        .get(&format!("/{section}"))
                        .cloned()
                        .unwrap_or(Location { file: file.into(), line: 1 }),
                    message: format!("`{section}` in an area file"),
                    help: format!("area files hold `paths` and `components`; the rest is in {COMMON}"),
                }),
            }
        }
        for (pointer, location) in document.lines {
            self.lines.entry(pointer).or_insert(location);
        }
    }

    /// Where the node at that JSON pointer stands, or the nearest one above it.
    pub fn locate(&self, pointer: &str) -> Location {
        let mut pointer = pointer;
        loop {
            if let Some(location) = self.lines.get(pointer) {
                return location.clone();
            }
            match pointer.rfind('/') {
                Some(end) => pointer = &pointer[..end],
                None => return Location { file: COMMON.into(), line: 1 },
            }
        }
    }

    /// The areas that have operations, sorted.
    pub fn areas(&self) -> BTreeSet<&str> {
        self.areas.values().map(String::as_str).collect()
    }

    /// The area of a path.
    pub fn area_of(&self, path: &str) -> &str {
        self.areas.get(path).map_or("", String::as_str)
    }

    /// The same description with the operations of these areas only, and without components that nothing refers to.
    #[must_use]
    pub fn select(&self, areas: &BTreeSet<String>) -> Self {
        let mut selected = self.clone();
        if let Some(Value::Object(paths)) = selected.root.get_mut("paths") {
            paths.retain(|path, _| self.areas.get(path).is_some_and(|area| areas.contains(area)));
        }
        selected.areas.retain(|_, area| areas.contains(area));
        selected.prune();
        selected
    }

    /// Removes components that no operation reaches.
    fn prune(&mut self) {
        let mut reached: BTreeSet<String> = BTreeSet::new();
        let mut queue = Vec::new();
        references(self.root.get("paths").unwrap_or(&Value::Null), &mut String::new(), &mut |_, target| {
            queue.push(target.to_owned());
        });
        while let Some(reference) = queue.pop() {
            if reached.insert(reference.clone())
                && let Some(target) = self.root.pointer(reference.trim_start_matches('#'))
            {
                references(target, &mut String::new(), &mut |_, target| queue.push(target.to_owned()));
                // Pages name their rows without a `$ref`.
                if let Some(rows) = target.get("x-page-of").and_then(Value::as_str) {
                    queue.push(format!("#/components/schemas/{rows}"));
                }
            }
        }
        if let Some(Value::Object(components)) = self.root.get_mut("components") {
            for (kind, entries) in components {
                if kind != "securitySchemes"
                    && let Value::Object(entries) = entries
                {
                    entries.retain(|name, schema| {
                        reached.contains(&format!("#/components/{kind}/{name}")) || schema.get("x-scalar").is_some()
                    });
                }
            }
        }
    }

    fn check_references(&self, problems: &mut Vec<Problem>) {
        references(&self.root, &mut String::new(), &mut |pointer, target| {
            let found = target.strip_prefix('#').is_some_and(|target| self.root.pointer(target).is_some());
            if !found {
                problems.push(Problem {
                    rule: "files",
                    location: self.locate(pointer),
                    message: format!("`$ref: {target}` leads nowhere"),
                    help: match target.rsplit('/').next().and_then(|name| self.similar(name)) {
                        Some(similar) => format!("did you mean `{similar}`?"),
                        None => "define the component, or correct its name".to_owned(),
                    },
                });
            }
        });
    }

    /// The schema whose name begins the most alike, if it is alike for two thirds.
    fn similar(&self, name: &str) -> Option<&str> {
        let name = name.to_lowercase();
        let alike = |other: &str| other.to_lowercase().chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
        let schemas = self.root.pointer("/components/schemas")?.as_object()?;
        let best = schemas.keys().max_by_key(|other| (alike(other), std::cmp::Reverse(other.len())))?;
        (alike(best) * 3 >= name.len().max(best.len()) * 2).then_some(best)
    }
}

/// Adds the entries of one file to a section, refusing names that another file has already taken.
fn extend(
    parent: &mut Map<String, Value>,
    section: &str,
    entries: Map<String, Value>,
    pointer: &str,
    known: &BTreeMap<String, Location>,
    lines: &BTreeMap<String, Location>,
    problems: &mut Vec<Problem>,
) {
    let Value::Object(target) = parent.entry(section.to_owned()).or_insert_with(|| json!({})) else { return };
    for (name, value) in entries {
        if target.contains_key(&name) {
            let mut at = pointer.to_owned();
            push_pointer(&mut at, &name);
            let first = known.get(&at).map(|location| format!(" (first in {location})")).unwrap_or_default();
            problems.push(Problem {
                rule: "files",
                location: lines.get(&at).cloned().unwrap_or(Location { file: COMMON.into(), line: 1 }),
                message: format!("`{name}` is defined twice{first}"),
                help: "keep one; what several areas use can stand in any of their files".to_owned(),
            });
        } else {
            target.insert(name, value);
        }
    }
}

/// Calls `found` with the pointer and the target of every `$ref` below a value.
pub fn references(value: &Value, pointer: &mut String, found: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let parent = pointer.len();
                push_pointer(pointer, key);
                match member {
                    Value::String(target) if key == "$ref" => found(pointer, target),
                    _ => references(member, pointer, found),
                }
                pointer.truncate(parent);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let parent = pointer.len();
                push_pointer(pointer, &index.to_string());
                references(item, pointer, found);
                pointer.truncate(parent);
            }
        }
        _ => {}
    }
}
