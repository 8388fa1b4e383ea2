//! [`FieldOrder`]: the order in which fields came last.

/// The number of fields that a type may have.
pub const MAX_FIELDS: usize = 256;

/// The fields of a type, at most [`MAX_FIELDS`]. The macro [`fields`](crate::fields!) lists them.
pub type Fields = &'static [Field];

/// A field of a type.
#[derive(Debug)]
pub struct Field {
    /// `,"name":`, as it stands behind another field in compact JSON: one comparison takes in the comma, the name, and the colon.
    pub(super) text: &'static str,
}

impl Field {
    /// Returns the field of a text such as `,"name":`.
    ///
    /// # Panics
    /// If the name would be written with escapes.
    pub const fn from_text(text: &'static str) -> Self {
        let (bytes, mut at) = (text.as_bytes(), 2);
        while at + 2 < bytes.len() {
            assert!(!matches!(bytes[at], b'"' | b'\\' | 0..0x20), "the name of a field would be written with escapes");
            at += 1;
        }
        Self { text }
    }

    /// Returns its name.
    pub(super) fn name(&self) -> &'static str {
        self.text.get(2..self.text.len().saturating_sub(2)).unwrap_or_default()
    }
}

/// Lists the fields of a type by their names.
#[doc(hidden)]
#[macro_export]
macro_rules! fields {
    ($($name:literal),*) => {
        &[$($crate::reader::Field::from_text(concat!(",\"", $name, "\":"))),*]
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
