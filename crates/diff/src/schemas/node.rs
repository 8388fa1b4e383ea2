//! A node of the graph of compared schemas.

use crate::finding::Finding;

/// A pair of schemas that were compared in one direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) findings: Vec<Finding>,
    /// Steps to nested pairs: `.name` or `[]`, and the index of the node.
    pub(crate) edges: Vec<(String, usize)>,
    /// Old and new name if the component may have been renamed. Settled once all pairs are known.
    pub(super) renamed: Option<(String, String)>,
}

impl Node {
    /// Returns true if one of the schemas took the place of another kind of schema.
    pub(super) fn changes_type(&self) -> bool {
        self.findings.iter().any(|finding| finding.id.ends_with(".type.changed"))
    }
}
