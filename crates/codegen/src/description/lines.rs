//! The location of every node of a document, by JSON pointer.

use std::collections::HashMap;

use crate::description::yaml::Location;

/// Locations by JSON pointer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(HashMap<String, Location>);

impl Lines {
    /// Adds the lines of a file. A pointer that is already known keeps its location.
    pub(crate) fn add(&mut self, lines: Self) {
        for (pointer, location) in lines.0 {
            self.0.entry(pointer).or_insert(location);
        }
    }

    /// Returns the location of exactly that node.
    pub(crate) fn get(&self, pointer: &str) -> Option<&Location> {
        self.0.get(pointer)
    }

    /// Returns the location of the node or of its nearest known ancestor.
    pub(crate) fn locate(&self, pointer: &str) -> Option<&Location> {
        let mut pointer = pointer;
        loop {
            match (self.0.get(pointer), pointer.rfind('/')) {
                (None, Some(end)) => pointer = &pointer[..end],
                (found, _) => return found,
            }
        }
    }
}

impl From<HashMap<String, Location>> for Lines {
    fn from(lines: HashMap<String, Location>) -> Self {
        Self(lines)
    }
}
