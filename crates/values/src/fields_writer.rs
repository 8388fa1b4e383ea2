//! How the fields of a generated struct are serialized.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::reader::name;

/// The fields of an object, serialized one after the other.
///
/// The first error is kept until [`end`](Self::end). So a generated struct makes one call per field without a branch, which halves the
/// time that the compiler spends on its serialization.
pub struct FieldsWriter<S: Serializer>(Result<S::SerializeMap, S::Error>);

impl<S: Serializer> FieldsWriter<S> {
    /// Begins an object.
    pub fn new(serializer: S) -> Self {
        Self(serializer.serialize_map(None))
    }

    /// Serializes a field of [`Fields`](crate::reader::Fields), with or without a value.
    pub fn always<T: Serialize + ?Sized>(&mut self, field: &str, value: &T) {
        self.entry(name(field), value);
    }

    /// Serializes a field that is left out if it has no value.
    pub fn optional<T: Serialize>(&mut self, field: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.entry(name(field), value);
        }
    }

    fn entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        if let Ok(map) = &mut self.0
            && let Err(error) = map.serialize_entry(key, value)
        {
            self.0 = Err(error);
        }
    }

    /// Serializes fields whose keys are data.
    pub fn entries<'a, K: AsRef<str> + 'a, T: Serialize + 'a>(
        &mut self,
        entries: impl IntoIterator<Item = (&'a K, &'a T)>,
    ) {
        for (key, value) in entries {
            self.entry(key.as_ref(), value);
        }
    }

    /// Ends the object.
    ///
    /// # Errors
    /// The first error of the serializer.
    pub fn end(self) -> Result<S::Ok, S::Error> {
        self.0?.end()
    }
}
