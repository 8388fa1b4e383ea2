//! [`RecordText`]: a record as the text that the server sent, for programs that need not know its fields.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, Serializer};

use crate::json::{Json, ParseJsonError};
use crate::read_error::ReadJsonError;
use crate::read_json::{ReadJson, only_value};
use crate::reader::{Place, Reader, RecordParts};

/// A record as the text that the server sent: valid JSON, in which no key appears twice in one object.
///
/// It takes less time and memory than a [`Json`], so that programs that copy records can read each value once, straight into
/// the place where it is kept.
///
/// ```
/// # use campfire_values as campfire;
/// use campfire::RecordText;
///
/// let record: RecordText = r#"{"id": 7, "amount": 12.50, "note": "caf\u00e9"}"#.parse()?;
/// let values: Vec<&str> = record.fields().map(|field| field.value()).collect();
/// assert_eq!(values, ["7", "12.50", r#""caf\u00e9""#]);
/// assert_eq!(record.get("note").unwrap(), "café");
///
/// let same: RecordText = r#"{"note":"café","id":7,"amount":12.50}"#.parse()?;
/// assert_eq!(record.checksum(), same.checksum());
/// # Ok::<(), campfire_values::ParseJsonError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RecordText {
    text: Box<str>,
    places: Box<[Place]>,
    /// Some names have escapes.
    has_escapes: bool,
    checksum: u64,
}

/// A field of a [`RecordText`].
#[derive(Clone, Copy)]
pub struct FieldText<'a> {
    record: &'a RecordText,
    place: &'a Place,
}

impl RecordText {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns a checksum of the value. Records with equal fields have the same, whatever the order of the fields, whitespace,
    /// and escapes; every digit of a number counts. It is the same in every process and version.
    pub fn checksum(&self) -> u64 {
        self.checksum
    }

    /// Returns the fields in the order of the text; none if the record is not an object.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = FieldText<'_>> {
        self.places.iter().map(|place| FieldText { record: self, place })
    }

    /// Returns the field of this name.
    pub fn field(&self, name: &str) -> Option<FieldText<'_>> {
        self.fields().find(|field| field.is(name))
    }

    /// Returns the value of a field, or `None` if there is none.
    pub fn get(&self, name: &str) -> Option<Json> {
        self.field(name).map(|field| field.json())
    }
}

impl<'a> FieldText<'a> {
    /// Returns the name.
    pub fn name(&self) -> Cow<'a, str> {
        unescaped(&self.record.text[self.place.name()])
    }

    /// Returns `true` if this is the name.
    #[inline]
    pub fn is(&self, name: &str) -> bool {
        let place = self.place.name();
        place.len() == name.len() && self.record.text.as_bytes()[place] == *name.as_bytes()
            || self.record.has_escapes && self.name() == name
    }

    /// Returns the JSON text of the value.
    pub fn value(&self) -> &'a str {
        &self.record.text[self.place.value()]
    }

    /// Returns `true` if the value is null.
    pub fn is_null(&self) -> bool {
        self.value().starts_with('n')
    }

    /// Returns the value if it is a string.
    pub fn string(&self) -> Option<Cow<'a, str>> {
        Some(unescaped(self.value().strip_prefix('"')?.strip_suffix('"')?))
    }

    /// Returns the value.
    pub fn json(&self) -> Json {
        // The text was checked when the record was read.
        self.value().parse().unwrap_or_default()
    }
}

/// Returns the content of a string, which is valid, from the text between its quotes.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let quoted = format!("\"{text}\"");
    Cow::Owned(Reader::new(&quoted).string().unwrap_or_default().into_owned())
}

impl std::str::FromStr for RecordText {
    type Err = ParseJsonError;

    fn from_str(text: &str) -> Result<Self, ParseJsonError> {
        only_value(&mut Reader::new(text)).map_err(ParseJsonError)
    }
}

impl ReadJson for RecordText {
    const IS_UNTYPED: bool = true;

    fn read_json(reader: &mut Reader<'_>) -> Result<Option<Self>, ReadJsonError> {
        let record = reader.record()?;
        Ok(record.map(|RecordParts { text, places, has_escapes, sum }| Self {
            text: text.into(),
            places,
            has_escapes,
            checksum: sum,
        }))
    }
}

/// Writes the text as it is.
impl fmt::Display for RecordText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for RecordText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for FieldText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.name(), self.value())
    }
}

/// Serializes the value as [`Json`] does.
impl Serialize for RecordText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.parse::<Json>().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}
