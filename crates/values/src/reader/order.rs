//! [`FieldOrder`]: the order in which fields came last.

/// The number of fields that a type may have.
pub const MAX_FIELDS: usize = 256;

/// The fields of a type, at most [`MAX_FIELDS`], each as `,"name":`: so it stands behind another field in compact JSON, and one
/// comparison takes in the comma, the name, and the colon. The macro [`fields`](crate::fields!) lists them.
///
/// The generator refuses more fields, and names that JSON escapes. Tables are not checked where they are written: the compiler
/// would check hundreds anew whenever the description changes.
pub type Fields = &'static [&'static str];

/// Returns the name of a field.
pub(crate) fn name(field: &str) -> &str {
    field.get(2..field.len().saturating_sub(2)).unwrap_or_default()
}

/// Returns whether fields are not too many, and JSON escapes no character of their names.
pub(super) fn is_readable(fields: Fields) -> bool {
    let is_plain = |byte: u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
    fields.len() <= MAX_FIELDS && fields.iter().all(|field| name(field).bytes().all(is_plain))
}

/// Lists the fields of a type by their names.
#[doc(hidden)]
#[macro_export]
macro_rules! fields {
    ($($name:literal),*) => {
        &[$(concat!(",\"", $name, "\":")),*]
    };
}

/// The fields of an object whose keys are data.
pub const NO_FIELDS: Fields = &[];

/// The order in which the fields of a type came last. Records of a list have the same order, so that the next key is
/// compared with one name instead of all.
pub(super) struct FieldOrder {
    pub(super) fields: Fields,
    /// For each field, by index + 1, the index of the field that followed; for 0, the index of the first field.
    pub(super) next: Box<[u16]>,
}
