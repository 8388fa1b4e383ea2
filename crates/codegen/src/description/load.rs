//! Reads the files of the description and merges them into one document.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::description::lines::Lines;
use crate::description::overlay::Overlay;
use crate::description::references;
use crate::description::rule::Rule;
use crate::description::yaml::{self, Location, Problem, Problems, push_pointer};

/// The file with everything that the areas share.
const COMMON: &str = "openapi.yaml";

/// The folder with the sandbox overlay, beside the area files.
const OVERLAY: &str = "sandbox";

/// The merged description: an OpenAPI 3.0.3 document that knows the line of every node, and the sandbox overlay.
#[derive(Clone, Debug)]
pub struct Description {
    /// The document.
    pub root: Value,
    /// The behavior of the sandbox, which is not part of the document.
    pub overlay: Overlay,
    /// The files that were read, for `rerun-if-changed`.
    pub files: Vec<PathBuf>,
    pub(super) lines: Lines,
    /// The area (file stem) of each path.
    pub(super) areas: BTreeMap<String, String>,
}

impl Description {
    /// Reads `openapi.yaml`, the area files beside it, and the sandbox overlay in `sandbox/`, if there is one.
    ///
    /// # Errors
    /// If a file cannot be read or parsed, if two files define the same thing, or if a `$ref` does not resolve.
    pub fn load(folder: &Path) -> Result<Self, Problems> {
        let files = yaml_files(folder)?;
        let overlay = folder.join(OVERLAY);
        let overlay_files = if overlay.is_dir() { yaml_files(&overlay)? } else { Vec::new() };
        let mut description = Self::merge(borrowed(&read(&files)?))?;
        description.overlay = Overlay::read(borrowed(&read(&overlay_files)?))?;
        description.files = [files, overlay_files].concat();
        Ok(description)
    }

    /// Merges sources given as (file name, text). The result has no sandbox overlay.
    ///
    /// # Errors
    /// See [`Description::load`].
    pub fn merge<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let mut merger = Merger { description: Self::new(json!({}), Lines::default()), problems: Vec::new() };
        let mut documents = Vec::new();
        for (file, text) in sources {
            match yaml::parse(file, text) {
                Ok(document) => documents.push((file, document)),
                Err(problem) => merger.problems.push(problem),
            }
        }
        // The common file comes first: its `info` and `servers` open the document.
        documents.sort_by_key(|(file, _)| !file.ends_with(COMMON));
        for (file, document) in documents {
            merger.add(file, document);
        }
        if merger.description.root.get("openapi").is_none() && merger.problems.is_empty() {
            let help = format!("put `openapi: 3.0.3`, `info`, and `servers` into {COMMON}");
            merger.problem(at_start(COMMON), "the `openapi` version is missing", help);
        }
        if !merger.problems.is_empty() {
            return Err(Problems(merger.problems));
        }
        merger.description.checked()
    }

    /// Reads one file that holds a whole document, whatever its name.
    ///
    /// # Errors
    /// See [`Description::load`].
    pub fn single(file: &str, text: &str) -> Result<Self, Problems> {
        let document = yaml::parse(file, text)?;
        if !document.value.is_object() {
            return Err(not_a_mapping(file, "`openapi: 3.0.3`").into());
        }
        let mut single = Self::new(document.value, document.lines.into());
        single.files = vec![file.into()];
        single.checked()
    }

    /// Reads one area file without those it refers to. References that lead out of it are stubs.
    ///
    /// # Errors
    /// If the file is not valid YAML, or is not a mapping.
    pub fn part(file: &str, text: &str) -> Result<Self, Problems> {
        let document = yaml::parse(file, text)?;
        let Value::Object(mut root) = document.value else {
            return Err(not_a_mapping(file, "`paths:` or `components:`").into());
        };
        root.entry("openapi").or_insert_with(|| json!("3.0.3"));
        let mut part = Self::new(Value::Object(root), document.lines.into());
        for dangling in references::dangling(&part.root) {
            let steps = dangling.target.trim_start_matches("#/").split('/');
            let stub = steps.fold(&mut part.root, |target, step| {
                if !target.is_object() {
                    *target = json!({});
                }
                &mut target[step]
            });
            // The name stands for the content, so that references to different schemas differ.
            *stub = json!({ "title": dangling.target });
        }
        Ok(part)
    }

    fn new(root: Value, lines: Lines) -> Self {
        Self { root, overlay: Overlay::default(), files: Vec::new(), lines, areas: BTreeMap::new() }
    }

    /// Returns the location of the node at a JSON pointer, or of its nearest ancestor.
    pub fn locate(&self, pointer: &str) -> Location {
        self.lines.locate(pointer).cloned().unwrap_or_else(|| at_start(COMMON))
    }

    /// Returns the areas that have operations, sorted.
    pub fn areas(&self) -> BTreeSet<&str> {
        self.areas.values().map(String::as_str).collect()
    }

    /// Returns the area of a path.
    pub(super) fn area_of(&self, path: &str) -> Option<&str> {
        self.areas.get(path).map(String::as_str)
    }

    /// Returns the description if all of its references resolve.
    fn checked(self) -> Result<Self, Problems> {
        let problem = |dangling: references::Dangling| Problem {
            rule: Rule::Files,
            location: self.locate(&dangling.pointer),
            message: match dangling.target.starts_with('#') {
                true => format!("`$ref: {}` does not resolve", dangling.target),
                false => format!("`$ref: {}` leads to another file", dangling.target),
            },
            help: match dangling.similar {
                _ if !dangling.target.starts_with('#') => "bundle the document into one file".to_owned(),
                Some(similar) => format!("did you mean `{similar}`?"),
                None => "define the component, or correct its name".to_owned(),
            },
        };
        let problems: Vec<Problem> = references::dangling(&self.root).into_iter().map(problem).collect();
        if problems.is_empty() { Ok(self) } else { Err(Problems(problems)) }
    }
}

/// Merges files one by one and collects the problems of all of them.
struct Merger {
    description: Description,
    problems: Vec<Problem>,
}

impl Merger {
    fn problem(&mut self, location: Location, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem { rule: Rule::Files, location, message: message.into(), help: help.into() });
    }

    fn add(&mut self, file: &str, document: yaml::Document) {
        let Value::Object(sections) = document.value else {
            self.problems.push(not_a_mapping(file, "`paths:` or `components:`"));
            return;
        };
        let lines = Lines::from(document.lines);
        for (section, value) in sections {
            match (section.as_str(), value) {
                ("paths", Value::Object(paths)) => {
                    let area = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or(file);
                    self.description.areas.extend(paths.keys().map(|path| (path.clone(), area.to_owned())));
                    self.extend(&["paths"], paths, &lines);
                }
                ("components", Value::Object(kinds)) => {
                    for (kind, entries) in kinds {
                        if let Value::Object(entries) = entries {
                            self.extend(&["components", &kind], entries, &lines);
                        }
                    }
                }
                (_, value) if file.ends_with(COMMON) => {
                    if let Value::Object(root) = &mut self.description.root {
                        root.insert(section, value);
                    }
                }
                _ => {
                    let location = lines.get(&format!("/{section}")).cloned().unwrap_or_else(|| at_start(file));
                    let help = format!("area files hold `paths` and `components`; everything else goes into {COMMON}");
                    self.problem(location, format!("`{section}` is not allowed in an area file"), help);
                }
            }
        }
        self.description.lines.add(lines);
    }

    /// Adds the entries of one file to a section. A name that another file has already defined is a problem.
    fn extend(&mut self, section: &[&str], entries: Map<String, Value>, lines: &Lines) {
        let mut pointer = String::new();
        let mut target = &mut self.description.root;
        for step in section {
            push_pointer(&mut pointer, step);
            let Value::Object(members) = target else { return };
            target = members.entry(*step).or_insert_with(|| json!({}));
        }
        let Value::Object(target) = target else { return };
        let mut duplicates = Vec::new();
        for (name, value) in entries {
            if target.contains_key(&name) {
                duplicates.push(name);
            } else {
                target.insert(name, value);
            }
        }
        for name in duplicates {
            let mut at = pointer.clone();
            push_pointer(&mut at, &name);
            let first = self.description.lines.get(&at).map(|first| format!(" (first in {first})")).unwrap_or_default();
            let location = lines.get(&at).cloned().unwrap_or_else(|| at_start(COMMON));
            let help = "keep one definition; areas can share what any of their files defines";
            self.problem(location, format!("`{name}` is defined twice{first}"), help);
        }
    }
}

/// Returns the YAML files in a folder, sorted.
fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    Ok(files)
}

/// Reads files as (name, text).
fn read(files: &[PathBuf]) -> Result<Vec<(String, String)>, Problem> {
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        Ok((path.display().to_string(), text))
    };
    files.iter().map(read).collect()
}

fn borrowed(sources: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    sources.iter().map(|(file, text)| (file.as_str(), text.as_str()))
}

fn at_start(file: &str) -> Location {
    Location { file: file.into(), line: 1 }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem {
        rule: Rule::Files,
        location: at_start(&path.display().to_string()),
        message: format!("cannot read the file: {error}"),
        help: "the description consists of `openapi.yaml` and one file per area beside it".to_owned(),
    }
}

fn not_a_mapping(file: &str, start: &str) -> Problem {
    Problem {
        rule: Rule::Files,
        location: at_start(file),
        message: "the file is not a mapping".to_owned(),
        help: format!("start it with {start}"),
    }
}
