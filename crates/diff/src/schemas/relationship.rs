//! What two documents are to each other.

/// What two documents are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relationship {
    /// Two revisions of one description, where names of schemas have a meaning.
    Revisions,
    /// Two descriptions of one API, which name schemas as they like. The second one has `Patched…` twins for updates.
    Descriptions,
}
