//! Operations: requests and responses.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::compact::is_default;
use crate::schema::{Limits, Type};

/// An operation of the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation<'a> {
    /// The operation id: `contracts.usage.create`.
    pub id: &'a str,
    /// The HTTP method in capitals.
    pub method: &'a str,
    /// The path template: `/rr/api/v1/contracts/{contract_id}/usage`.
    pub path: &'a str,
    /// The summary, on one line.
    #[serde(borrow)]
    pub summary: Cow<'a, str>,
    /// The description as Markdown: what the operation does, and its side effects.
    #[serde(borrow, default, skip_serializing_if = "is_default")]
    pub description: Cow<'a, str>,
    /// The URL of the vendor's reference.
    #[serde(borrow, default, skip_serializing_if = "is_default")]
    pub reference: Cow<'a, str>,
    /// The retry class.
    pub retry: Retry,
    /// The property of the body that makes an operation change data that otherwise only reads, if it is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_if: Option<&'a str>,
    /// The operation that shows if this one took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<&'a str>,
    /// What the operation does with money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
    /// The path parameters, in the order of the path.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub path_parameters: Vec<Parameter<'a>>,
    /// The query parameters, in the order of the description.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<Parameter<'a>>,
    /// The request body.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body<'a>>,
    /// The successful response.
    #[serde(borrow)]
    pub response: Response<'a>,
    /// The documented error statuses.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorStatus<'a>>,
    /// Marked as deprecated.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deprecated: bool,
}

impl Operation<'_> {
    /// Returns `true` unless the operation only reads, or changes data only [on demand](Self::changes_if).
    pub fn changes_data(&self) -> bool {
        self.retry != Retry::Safe
    }
}

/// How often the server may process a call without harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// It changes nothing.
    Safe,
    /// Processing it twice has the same effect as processing it once.
    Idempotent,
    /// The server processes it once per `Idempotency-Key`.
    Keyed,
    /// It may post, pay or send twice, as far as is known.
    Never,
}

/// What an operation does with money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Money {
    /// Money may move outside the books: a payment is refunded, or a bill is handed over to be paid.
    Moves,
    /// A payment is recorded, applied, or reversed in the books, and no money moves.
    Records,
}

/// A path or query parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter<'a> {
    /// The name in the API.
    pub name: &'a str,
    /// The name under which a call keeps the value.
    pub key: &'a str,
    /// The name of a path parameter by what it identifies: `contract_id`, where the path has only `id`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Cow<'a, str>>,
    /// The description as Markdown.
    #[serde(borrow, default, skip_serializing_if = "is_default")]
    pub description: Cow<'a, str>,
    /// The type of its value.
    #[serde(borrow, rename = "type")]
    pub ty: Type<'a>,
    /// A call needs it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
    /// `true` to send an array as `a=1&a=2`, `false` to send it as `a=1,2`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub repeated: bool,
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

impl Parameter<'_> {
    /// Returns the name to show: that of what a path parameter identifies, otherwise the name in the API.
    pub fn shown_name(&self) -> &str {
        self.label.as_deref().unwrap_or(self.name)
    }

    /// Returns `true` for each of its names.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.key == name || self.label.as_deref() == Some(name)
    }
}

/// A request body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body<'a> {
    /// Its type.
    #[serde(borrow, rename = "type")]
    pub ty: Type<'a>,
    /// `true` for `multipart/form-data`, `false` for JSON.
    #[serde(default, skip_serializing_if = "is_default")]
    pub multipart: bool,
    /// It changes only the fields that it contains, so none is required.
    #[serde(default, skip_serializing_if = "is_default")]
    pub partial: bool,
}

/// A successful response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response<'a> {
    /// No body, or none that matters.
    Nothing,
    /// A file of this media type.
    File(&'a str),
    /// A JSON value.
    Json(#[serde(borrow)] Type<'a>),
    /// A list of records.
    List {
        /// The type of a record.
        #[serde(borrow, rename = "type")]
        ty: Type<'a>,
        /// How to get all records.
        paging: Paging,
    },
}

/// How a list is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paging {
    /// By `limit` and `offset`.
    Offset,
    /// By an opaque cursor.
    Cursor,
    /// Not at all: one response has all records.
    Whole,
}

/// A documented error status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorStatus<'a> {
    /// The status code, or a class such as `4XX`.
    pub status: &'a str,
    /// When the server responds with it.
    #[serde(borrow)]
    pub description: Cow<'a, str>,
}
