//! Reads a revision from a file or a folder of area files, and rejects input that cannot be compared safely.

use std::path::{Path, PathBuf};
use std::{fs, io};

use campfire_codegen::description::load::Description;
use campfire_codegen::description::overlay::Overlay;
use campfire_codegen::description::rule::Rule;
use campfire_codegen::description::yaml::{Location, Problem, Problems};
use serde_json::Value;

use crate::normalize::normalize;
use crate::validate::{Unfit, unfit};

/// Maximum size of a source in bytes, eight times the vendor's whole schema.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// A revision of a description. Comparing it is certain to end.
#[derive(Clone, Debug)]
pub struct Revision {
    pub(crate) description: Description,
}

impl Revision {
    /// Reads a YAML or JSON file, or a folder with `openapi.yaml` and area files.
    ///
    /// # Errors
    /// When it cannot be read, is larger than [`MAX_BYTES`], is malformed, is not OpenAPI 3.0 or 3.1, or has circular
    /// references.
    pub fn read(path: &Path) -> Result<Self, Problems> {
        let name = path.display().to_string();
        let unreadable = |error: io::Error| {
            problem(&name, format!("cannot be read: {error}"), "pass a file, or a folder that contains `openapi.yaml`")
        };
        let files = files(path).map_err(unreadable)?;
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

    /// Reads an area file on its own. References to components of other files lead to open schemas.
    ///
    /// # Errors
    /// See [`Revision::read`].
    pub fn part(name: &str, text: &str) -> Result<Self, Problems> {
        if text.len() as u64 > MAX_BYTES {
            return Err(too_large(name).into());
        }
        let text = if text.trim().is_empty() { "openapi: 3.0.3\npaths: {}\n" } else { text };
        Self::checked(Description::part(name, text)?)
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

    /// Sets the sandbox overlay, given as name and text of its files. [`Revision::read`] reads it with a folder.
    ///
    /// # Errors
    /// See [`Revision::read`].
    pub fn with_overlay<'a>(mut self, sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let sources: Vec<(&str, &str)> = sources.into_iter().collect();
        if sources.iter().map(|(_, text)| text.len() as u64).sum::<u64>() > MAX_BYTES {
            return Err(too_large("the sandbox overlay").into());
        }
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

    fn checked(mut description: Description) -> Result<Self, Problems> {
        normalize(&mut description.root);
        match unfit(&description.root) {
            None => Ok(Self { description }),
            Some(Unfit { pointer, message, help }) => {
                let (location, help) = (description.locate(&pointer), help.to_owned());
                Err(Problem { rule: Rule::Revision, location, message, help }.into())
            }
        }
    }
}

/// Returns the files of a revision: the file itself, or those in a folder and in its sandbox overlay.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let folders = [path.to_owned(), path.join("sandbox")];
    let mut files = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for entry in fs::read_dir(folder)? {
            files.push(entry?.path());
        }
    }
    Ok(files)
}

fn problem(file: &str, message: String, help: &str) -> Problem {
    Problem { rule: Rule::Revision, location: Location { file: file.into(), line: 1 }, message, help: help.to_owned() }
}

fn too_large(file: &str) -> Problem {
    let message = format!("larger than {} MB", MAX_BYTES / 1024 / 1024);
    problem(file, message, "remove its examples, if it is an OpenAPI document")
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
            ("openapi: 3.2.0\n".to_owned(), "OpenAPI 3.2.0"),
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
