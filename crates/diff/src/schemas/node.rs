//! A node of the graph of compared schemas.

use crate::finding::{At, Finding};

/// A pair of schemas that were compared in one direction.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Pointers to the schemas in the old and in the new document.
    pub(crate) pointers: (String, String),
    pub(crate) findings: Vec<Finding>,
    /// Steps to nested pairs: `.name` or `[]`, and the index of the node.
    pub(crate) edges: Vec<(String, usize)>,
    /// Old and new name if the component may have been renamed. Settled once all pairs are known.
    pub(super) renamed: Option<(String, String)>,
    /// One component took the place of another here. The findings below are part of that change, up to the next pair
    /// of equal components.
    pub(crate) replaced: Option<Replaced>,
    /// The component that both schemas are, apart from annotations for this use.
    pub(crate) component: Option<String>,
}

/// One component that took the place of another.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    pub(crate) old: String,
    pub(crate) new: String,
    /// The place that uses the component.
    pub(crate) subject: String,
    pub(crate) at: At,
}

impl Node {
    pub(super) fn new(old: String, new: String) -> Self {
        Self {
            pointers: (old, new),
            findings: Vec::new(),
            edges: Vec::new(),
            renamed: None,
            replaced: None,
            component: None,
        }
    }

    /// Returns true if one of the schemas took the place of another kind of schema.
    pub(super) fn changes_type(&self) -> bool {
        self.findings.iter().any(|finding| finding.id.contains(".type."))
    }

    /// Returns true if both documents mean the same schema, which may itself have changed.
    pub(crate) fn is_same_schema(&self) -> bool {
        self.pointers.0 == self.pointers.1 || self.component.is_some()
    }
}
