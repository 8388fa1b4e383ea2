//! Schemas: the types of values, and the fields of objects.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::compact::is_default;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type<'a> {
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
    /// A calendar date or a point in time.
    DateOrTimestamp,
    /// A file in a multipart request.
    File,
    /// Any JSON value.
    Json,
    /// An array.
    List(#[serde(borrow)] Box<Type<'a>>),
    /// An object whose keys are data.
    Map(#[serde(borrow)] Box<Type<'a>>),
    /// An object of the named schema.
    Object(&'a str),
    /// A string of the named enum schema.
    Enum(&'a str),
}

/// A schema that types refer to by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema<'a> {
    /// The name.
    pub name: &'a str,
    /// The description as Markdown.
    #[serde(borrow, default, skip_serializing_if = "is_default")]
    pub description: Cow<'a, str>,
    /// The kind, with its content.
    #[serde(borrow)]
    pub kind: SchemaKind<'a>,
}

/// The kind of a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaKind<'a> {
    /// An open set of strings.
    Enum(#[serde(borrow)] Vec<EnumValue<'a>>),
    /// An object.
    Object {
        /// The fields, in the order of the description.
        #[serde(borrow)]
        fields: Vec<Field<'a>>,
        /// The type of unlisted members, if their keys are data.
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        additional: Option<Type<'a>>,
    },
}

/// A value of an enum schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumValue<'a> {
    /// The value.
    #[serde(borrow)]
    pub value: Cow<'a, str>,
    /// Its meaning, if that is not obvious.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Cow<'a, str>>,
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each flag is a keyword of the description")]
pub struct Field<'a> {
    /// The name in JSON.
    pub name: &'a str,
    /// The name in the SDK.
    pub key: &'a str,
    /// The description as Markdown.
    #[serde(borrow, default, skip_serializing_if = "is_default")]
    pub description: Cow<'a, str>,
    /// The type of its value.
    #[serde(borrow, rename = "type")]
    pub ty: Type<'a>,
    /// Required in requests that create a record.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
    /// May be `null`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nullable: bool,
    /// Appears in responses only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// Appears in requests only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub write_only: bool,
    /// Marked as deprecated.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deprecated: bool,
    /// The resource whose id it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<&'a str>,
    /// The limits of its value.
    #[serde(borrow, default, skip_serializing_if = "is_default")]
    pub limits: Limits<'a>,
}

/// The limits of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits<'a> {
    /// The lower bound of a number.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Bound<'a>>,
    /// The upper bound of a number.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Bound<'a>>,
    /// The minimum length of a string in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// The maximum length of a string in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// The minimum number of items of an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u64>,
    /// The maximum number of items of an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
}

/// A bound of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound<'a> {
    /// The number as text, so that no digit is lost.
    pub value: &'a str,
    /// `true` if the bound itself is not allowed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exclusive: bool,
}
