//! Collects the problems that rules find.

use crate::description::load::Description;
use crate::description::node::Node;
use crate::description::rule::Rule;
use crate::description::yaml::{Location, Problem};

/// Collects problems.
pub(super) struct Report<'a> {
    description: &'a Description,
    problems: Vec<Problem>,
}

impl<'a> Report<'a> {
    pub(super) fn new(description: &'a Description) -> Self {
        Self { description, problems: Vec::new() }
    }

    /// Reports a problem at a JSON pointer of the document.
    pub(super) fn add(
        &mut self,
        rule: Rule,
        pointer: impl AsRef<str>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add_at(rule, self.description.locate(pointer.as_ref()), message, help);
    }

    /// Reports a problem at a location outside the document.
    pub(super) fn add_at(
        &mut self,
        rule: Rule,
        location: Location,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.push(Problem { rule, location, message: message.into(), help: help.into() });
    }

    /// Reports a missing description. `what` names the node: "the schema `Invoice`".
    pub(super) fn require_description(&mut self, rule: Rule, node: &Node<'_>, what: &str) {
        if node.text("description").is_empty() {
            self.add(rule, &node.pointer, format!("{what} has no description"), "describe it in our own words");
        }
    }

    /// Returns the location of a JSON pointer of the document.
    pub(super) fn locate(&self, pointer: &str) -> Location {
        self.description.locate(pointer)
    }

    /// Returns all problems, sorted by location.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        self.problems.sort_by(|a, b| a.location.cmp(&b.location));
        self.problems.dedup();
        self.problems
    }
}
