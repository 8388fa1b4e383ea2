//! [`FieldOrder`]: the order in which fields came last.

/// The number of fields that a type may have.
pub const MAX_FIELDS: usize = 256;

/// The names of the fields of a type, at most [`MAX_FIELDS`].
pub type Fields = &'static [&'static str];

/// The names for an object whose keys are data.
pub const NO_FIELDS: Fields = &[];

/// The order in which the fields of a type came last. Records of a list have the same order, so that the next key is
/// compared with one name instead of all.
pub(super) struct FieldOrder {
    pub(super) fields: Fields,
    /// For each field, by index + 1, the index of the field that followed; for 0, the index of the first field.
    pub(super) next: Box<[u16]>,
}
