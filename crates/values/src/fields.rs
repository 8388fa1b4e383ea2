//! How the fields of an object are read into the slots of a generated struct.

use std::collections::BTreeMap;

use crate::json::{self, Json, JsonObject, any};
use crate::read_error::ReadJsonError;
use crate::read_json::{ReadJson, insert};
use crate::reader::{Fields, Key, Object, Reader};
use crate::timestamp::Timestamp;

/// Fields that the description does not list, in the order in which they were read.
#[derive(Default)]
pub struct Extra(Vec<(String, Json)>);

impl Extra {
    /// Sorts the fields into an object.
    ///
    /// # Errors
    /// If a key appears twice.
    pub fn into_object(self, reader: &Reader<'_>) -> Result<JsonObject, ReadJsonError> {
        json::object(reader, self.0)
    }
}

/// Reads the value of a field into its slot.
///
/// # Errors
/// If the value does not fit.
pub fn field<T: ReadJson>(reader: &mut Reader<'_>, slot: &mut Option<T>) -> Result<(), ReadJsonError> {
    // A key that appears twice is an error, so the slot is empty. Assigning to it would drop what it held.
    std::mem::forget(std::mem::replace(slot, T::read_json(reader)?));
    Ok(())
}

/// Keeps the value of an unknown key.
///
/// # Errors
/// If the value is not valid JSON.
pub fn unknown<'a>(reader: &mut Reader<'a>, object: &mut Object<'a>, extra: &mut Extra) -> Result<(), ReadJsonError> {
    let key = object.take_key();
    let value = any(reader).map_err(|error| error.at_key(&*key))?;
    reader.push(&mut extra.0, (key.into_owned(), value))
}

/// Reads the fields of a generated struct.
pub struct FieldsReader<'a> {
    object: Object<'a>,
    extra: Extra,
}

impl<'a> FieldsReader<'a> {
    /// Begins an object that has these fields, or returns `None` for null.
    ///
    /// # Errors
    /// If something else stands here, or the nesting is too deep. `expected` describes the object.
    #[inline]
    pub fn new(reader: &mut Reader<'a>, fields: Fields, expected: &str) -> Result<Option<Self>, ReadJsonError> {
        let object = reader.object(fields, expected)?;
        Ok(object.map(|object| Self { object, extra: Extra::default() }))
    }

    /// Moves to the value of the next key, or returns `None` at the end of the object.
    ///
    /// # Errors
    /// If neither stands here, or the key names a field that was there before.
    #[inline]
    pub fn key(&mut self, reader: &mut Reader<'a>) -> Result<Option<Key>, ReadJsonError> {
        reader.key(&mut self.object)
    }

    /// Reads the value of a field into its slot.
    ///
    /// # Errors
    /// If the value does not fit.
    #[inline]
    pub fn plain<T: ReadJson>(&mut self, reader: &mut Reader<'a>, slot: &mut Option<T>) -> Result<(), ReadJsonError> {
        field(reader, slot)
    }

    /// Reads a value whose documented type differs from the observed one. The server may send either: a value that does not
    /// have the observed type is kept in `extra`, under its own name.
    ///
    /// # Errors
    /// If there is a mistake inside a value of the right kind.
    pub fn loose<T: ReadJson>(&mut self, reader: &mut Reader<'a>, slot: &mut Option<T>) -> Result<(), ReadJsonError> {
        let first = reader.peek();
        let mark = reader.mark();
        match T::read_json(reader) {
            Ok(value) => *slot = value,
            Err(error) if T::OPENS == Some(first) => return Err(error),
            Err(_) => {
                reader.back(mark);
                let value = any(reader)?;
                let name = self.object.last_field().to_owned();
                reader.push(&mut self.extra.0, (name, value))?;
            }
        }
        Ok(())
    }

    /// Keeps the value of an unknown key.
    ///
    /// # Errors
    /// If the value is not valid JSON.
    #[inline]
    pub fn unknown(&mut self, reader: &mut Reader<'a>) -> Result<(), ReadJsonError> {
        unknown(reader, &mut self.object, &mut self.extra)
    }

    /// Keeps the value of a key that is data: typed if possible, else as JSON.
    ///
    /// # Errors
    /// If the value is not valid JSON, or the key appears twice.
    pub fn additional<T: ReadJson>(
        &mut self,
        reader: &mut Reader<'a>,
        additional: &mut BTreeMap<String, T>,
    ) -> Result<(), ReadJsonError> {
        let mark = reader.mark();
        if let Ok(Some(value)) = T::read_json(reader) {
            let key = self.object.take_key();
            return insert(reader, additional, key.into_owned(), value);
        }
        reader.back(mark);
        self.unknown(reader)
    }

    /// Adds the name of a field to the path of an error.
    #[cold]
    pub fn locate(&self, key: Key, error: ReadJsonError) -> ReadJsonError {
        self.object.locate(key, error)
    }

    /// Returns the error for an identity that is missing.
    #[cold]
    pub fn missing(&self, reader: &Reader<'_>, index: usize) -> ReadJsonError {
        let error = reader.error("is missing or null, but every record must have it");
        self.object.locate(Key::Field(index), error)
    }

    /// Returns the fields that the description does not list.
    ///
    /// # Errors
    /// If a key appears twice.
    #[inline]
    pub fn into_extra(self, reader: &Reader<'_>) -> Result<JsonObject, ReadJsonError> {
        self.extra.into_object(reader)
    }
}

/// Returns a time from a field that the description does not list.
pub fn extra_time(extra: &JsonObject, name: &str) -> Option<Timestamp> {
    extra.get(name)?.as_str()?.parse().ok()
}

/// Returns a boolean from a field that the description does not list.
pub fn extra_flag(extra: &JsonObject, name: &str) -> Option<bool> {
    extra.get(name)?.as_bool()
}
