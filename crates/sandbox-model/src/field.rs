//! Fields of records: types, limits, and sources of computed values.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compact::is_default;
use crate::vocabulary::LedgerValue;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// A string.
    String,
    /// A 64-bit integer.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A calendar date.
    Date,
    /// An exact decimal number.
    Decimal,
    /// A point in time.
    Timestamp,
    /// A file in a multipart request.
    File,
    /// Any JSON value.
    Json,
    /// An array.
    List(Box<Type>),
    /// An object whose keys are data.
    Map(Box<Type>),
    /// An object of the named schema.
    Object(String),
    /// A value of the named enum schema.
    Enum(String),
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each flag is a keyword of the description")]
pub struct Field {
    /// The name in JSON.
    pub name: String,
    /// The type of its value.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Required in requests that create a record.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
    /// Present in every response.
    #[serde(default, skip_serializing_if = "is_default")]
    pub identity: bool,
    /// May be `null`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nullable: bool,
    /// Appears in responses only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// Appears in requests only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub write_only: bool,
    /// Accepts the empty string.
    #[serde(default, skip_serializing_if = "is_default")]
    pub blank: bool,
    /// The JSON Schema format of a string, such as `uuid` or `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The documented default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The resource whose id the field holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
    /// No operation shows the records of that resource, so only tests can add them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unlisted: bool,
    /// The reason why the sandbox does not model what a request with the field does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmodelled: Option<String>,
    /// The sibling that references a record, and the field of that record to copy the value from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<FieldPath>,
    /// The resource whose records are listed here, and the field in which they reference this record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collects: Option<FieldPath>,
    /// Allowed texts per field of those records; others are not listed.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub filter: BTreeMap<String, Vec<String>>,
    /// The terms that add up to the value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sum: Vec<SumTerm>,
    /// The value that the ledger gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<LedgerValue>,
    /// The field that references the record above. The value lists the ids from the topmost record to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<String>,
    /// A sum below zero is shown as zero.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nonnegative: bool,
    /// The lower bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Bound>,
    /// The upper bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Bound>,
    /// The maximum length of a string in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// The regular expression that a string matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The minimum number of items of an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u64>,
}

impl Field {
    /// Returns `true` if the value is computed from other values.
    pub fn is_computed(&self) -> bool {
        self.derived.is_some() || self.ledger.is_some() || self.lineage.is_some() || !self.sum.is_empty()
    }
}

/// A bound of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The number as text, so that no digit is lost.
    pub value: String,
    /// `true` if the bound itself is not allowed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exclusive: bool,
}

/// A field of something else, written `owner.field`; the owner may contain dots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldPath {
    /// The resource or the sibling field.
    pub owner: String,
    /// The field of its records.
    pub field: String,
}

/// A text that is not of the form `owner.field`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidFieldPath(String);

impl fmt::Display for InvalidFieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not of the form `owner.field`", self.0)
    }
}

impl std::error::Error for InvalidFieldPath {}

impl TryFrom<String> for FieldPath {
    type Error = InvalidFieldPath;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.rsplit_once('.') {
            Some((owner, field)) if !owner.is_empty() && !field.is_empty() => {
                Ok(Self { owner: owner.to_owned(), field: field.to_owned() })
            }
            _ => Err(InvalidFieldPath(text)),
        }
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> Self {
        path.to_string()
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.owner, self.field)
    }
}

/// A term of a sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SumTerm {
    /// A field of the record (`total_amount`) or of the items in one of its lists (`lines.amount`). A leading minus
    /// subtracts it.
    Own(String),
    /// A field of the records of another resource.
    Related(RelatedField),
}

/// A field of the records of another resource that reference this record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelatedField {
    /// The field to add up, or a field of the items in a list (`lines.amount`).
    pub of: String,
    /// The resource that has the field.
    #[serde(rename = "in")]
    pub resource: String,
    /// The field in which its records reference this record.
    pub by: String,
    /// Records in which this field is set do not count, or with a path (`product.exclude_from_mrr`), those that reference a record
    /// in which it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<String>,
    /// Records in which this date is after today do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Subtracts the field instead of adding it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub minus: bool,
}
