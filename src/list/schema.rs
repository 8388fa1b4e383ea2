//! [`RecordSchema`]: the fields of a kind of record, as the description has them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The fields of a kind of record, as the API describes them: what a table for it needs to know.
///
/// A response may lack any of them except `id`, and may have others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct RecordSchema {
    fields: Vec<Field>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Field {
    /// The name in the API.
    pub name: String,
    /// The type of its value.
    #[serde(rename = "type")]
    pub ty: FieldType,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldType {
    /// `true` or `false`.
    Boolean,
    /// A 64-bit integer.
    Integer,
    /// A string.
    Text,
    /// An exact decimal number, which the API sends as a number or as a string.
    Decimal,
    /// A calendar date.
    Date,
    /// A point in time.
    Timestamp,
    /// Any JSON.
    Json,
    /// An array of values of this type.
    List(Box<FieldType>),
    /// An object whose keys are data.
    Map(Box<FieldType>),
    /// An object of this kind: [`RecordSchema::of`] has its fields.
    Record(String),
}

impl RecordSchema {
    /// Returns the schema of a kind of record, or of an object inside one: `Contract`.
    pub fn of(kind: &str) -> Option<&'static Self> {
        static SCHEMAS: LazyLock<BTreeMap<String, RecordSchema>> = LazyLock::new(|| {
            // The generator has written it, and a test reads it.
            serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/fields.json"))).unwrap_or_default()
        });
        SCHEMAS.get(kind)
    }

    /// Returns the fields, in the order of the description.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }
}

/// Returns the schema of a kind of record; an empty one if it has none.
pub(super) fn of(kind: &str) -> &'static RecordSchema {
    static NONE: RecordSchema = RecordSchema { fields: Vec::new() };
    RecordSchema::of(kind).unwrap_or(&NONE)
}
