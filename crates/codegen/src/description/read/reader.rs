//! The state of the reader, and the parts that operations and schemas share.

use serde_json::Value;

use crate::description::extension;
use crate::description::load::Description;
use crate::description::markdown::escape;
use crate::description::names;
use crate::description::node::Node;
use crate::description::rule::Rule;
use crate::description::spec::Deviation;
use crate::description::yaml::{Location, Problem, Problems};

/// Collects the problems of all readers, so that one run shows them all.
pub(super) struct Reader<'a> {
    description: &'a Description,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(description: &'a Description) -> Self {
        Self { description, problems: Vec::new() }
    }

    /// Returns the result, or all problems if there are any.
    pub(super) fn finish<T>(self, read: T) -> Result<T, Problems> {
        if self.problems.is_empty() { Ok(read) } else { Err(Problems(self.problems)) }
    }

    pub(super) fn root(&self) -> &'a Value {
        &self.description.root
    }

    pub(super) fn area(&self, path: &str) -> &'a str {
        self.description.area_of(path).unwrap_or_default()
    }

    pub(super) fn locate(&self, node: &Node<'_>) -> Location {
        self.description.locate(&node.pointer)
    }

    /// Reports a problem. Returns `None` as the result of reading.
    pub(super) fn problem<T>(&mut self, pointer: &str, message: impl Into<String>, help: &str) -> Option<T> {
        self.problems.push(Problem {
            rule: Rule::Meaning,
            location: self.description.locate(pointer),
            message: message.into(),
            help: help.to_owned(),
        });
        None
    }
}

/// Returns a string below a node as it is.
pub(super) fn word(node: &Node<'_>, key: &str) -> Option<String> {
    node.word(key).map(str::to_owned)
}

/// Returns a string below a node as Markdown for rustdoc, or the empty string.
pub(super) fn prose(node: &Node<'_>, key: &str) -> String {
    escape(node.word(key).unwrap_or_default())
}

pub(super) fn deviation(node: &Node<'_>) -> Option<Deviation> {
    let deviation = node.value.get(extension::DEVIATION)?;
    let text = |key: &str| match deviation.get(key) {
        Some(Value::String(text)) => escape(text),
        Some(other) => escape(&other.to_string()),
        None => String::new(),
    };
    Some(Deviation { documented: text("documented"), observed: text("observed"), evidence: text("evidence") })
}

/// Returns the Rust name of a parameter or property.
pub(super) fn rust_name(node: &Node<'_>, name: &str) -> String {
    node.word(extension::RUST_NAME).map_or_else(|| names::snake(name), str::to_owned)
}
