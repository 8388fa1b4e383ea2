//! The description as the generator sees it: operations, parameters, schemas, and fields. Texts are ready for rustdoc.

use std::collections::{BTreeMap, BTreeSet};

use campfire_sandbox_model::ApiKey;
use serde_json::Value;

use crate::description::yaml::Location;

/// The whole description.
#[derive(Clone, Debug)]
pub struct Api {
    /// The server.
    pub server: Server,
    /// The operations, in the order of the description.
    pub operations: Vec<Operation>,
    /// The component schemas by name.
    pub schemas: BTreeMap<String, Schema>,
    /// What is worth knowing about a resource as a whole, as Markdown by the name of the resource.
    pub notes: BTreeMap<String, String>,
}

/// The server of the API.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Its URL, if the description names one.
    pub url: Option<String>,
    /// How requests carry the API key.
    pub key: ApiKey,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `contracts.usage.create`
    pub id: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// `/rr/api/v1/contracts/{contract_id}/usage`
    pub path: String,
    /// The area, which is the name of its file: `revenue-recognition`.
    pub area: String,
    /// The summary, on one line.
    pub summary: String,
    /// The description as Markdown.
    pub description: String,
    /// The URL of its page in the vendor's reference, or the empty string.
    pub reference: String,
    /// Other words that people search for.
    pub aliases: Vec<String>,
    /// Marked `deprecated`.
    pub deprecated: bool,
    /// The retry class.
    pub retry: Retry,
    /// The other retry class that it can have.
    pub variant: Option<RetryVariant>,
    /// The pagination, if the operation is a list.
    pub pagination: Option<Pagination>,
    /// `true` if records are sorted by the time of their last change.
    pub ordered: bool,
    /// The operation that shows whether this one took effect.
    pub read_back: Option<String>,
    /// The field in which a caller can put a key of its own.
    pub client_key: Option<ClientKey>,
    /// What the operation does with money.
    pub money: Option<Money>,
    /// The path parameters, in the order of the path.
    pub path_parameters: Vec<Parameter>,
    /// The query parameters, in the order of the description.
    pub query: Vec<Parameter>,
    /// The request body.
    pub body: Option<Body>,
    /// The successful response.
    pub answer: Answer,
    /// The success statuses.
    pub statuses: Vec<String>,
    /// The documented error statuses, each with its description.
    pub refusals: Vec<(String, String)>,
    /// The place in the description.
    pub location: Location,
}

/// A retry class, see `openapi/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The operation changes nothing.
    Safe,
    /// Running it twice has the same effect as running it once.
    Idempotent,
    /// It runs once per `Idempotency-Key`.
    Keyed,
    /// It is not known to be safe to retry.
    Never,
}

impl Retry {
    /// Reads the value of `x-retry`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "safe" => Some(Self::Safe),
            "idempotent" => Some(Self::Idempotent),
            "keyed" => Some(Self::Keyed),
            // What makes it a keyed operation is its variant.
            KEYED_IF_TRUSTED | "never" => Some(Self::Never),
            _ => None,
        }
    }

    /// Returns `true` if an operation of this class must not run twice.
    pub(crate) fn runs_once(self) -> bool {
        matches!(self, Self::Keyed | Self::Never)
    }
}

/// The value of `x-retry` for operations that are keyed only for users who trust the server to honor idempotency keys.
pub(crate) const KEYED_IF_TRUSTED: &str = "keyed-if-trusted";

/// A second retry class of an operation, and when it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryVariant {
    /// [`Retry::Keyed`], if the user trusts the server to honor idempotency keys.
    KeyedIfTrusted,
    /// The class of calls in whose body a property is `true`.
    IfSet {
        /// The name of the property in the API.
        name: String,
        /// The name of the property in Rust.
        property: String,
        /// The class.
        retry: Retry,
    },
}

/// The field of a request body in which a caller can put a key of its own, to find the record again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientKey {
    /// The field holds the key and nothing else.
    Id(String),
    /// The field is free text, which ends with a marker that contains the key.
    Marker(String),
}

impl ClientKey {
    /// Reads the value of `x-client-key`: `{id: field}` or `{marker: field}`.
    pub(crate) fn parse(value: &Value) -> Option<Self> {
        let members = value.as_object().filter(|members| members.len() == 1)?;
        let (form, field) = members.iter().next()?;
        let field = field.as_str()?.to_owned();
        match form.as_str() {
            "id" => Some(Self::Id(field)),
            "marker" => Some(Self::Marker(field)),
            _ => None,
        }
    }

    /// Returns the name of the field.
    pub fn field(&self) -> &str {
        let (Self::Id(field) | Self::Marker(field)) = self;
        field
    }
}

/// What an operation does with money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Money {
    /// Money may move outside the books.
    Moves,
    /// A payment is recorded, applied, or reversed in the books, and no money moves.
    Records,
}

impl Money {
    /// Reads the value of `x-money`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "moves" => Some(Self::Moves),
            "records" => Some(Self::Records),
            _ => None,
        }
    }
}

/// The pagination of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pagination {
    /// By `limit` and `offset`.
    Offset,
    /// By an opaque cursor.
    Cursor,
    /// All records in one response.
    None,
}

/// A path or query parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name in the API.
    pub name: String,
    /// The name in Rust.
    pub rust_name: String,
    /// The description as Markdown.
    pub description: String,
    /// The type of its value.
    pub ty: Type,
    /// `true` to send an array as `a=1&a=2`, `false` to send it as `a=1,2`.
    pub explode: bool,
    /// Marked `required`.
    pub required: bool,
    /// Marked `deprecated`.
    pub deprecated: bool,
    /// Left out of the typed API.
    pub omit: bool,
    /// The difference from the vendor's reference.
    pub deviation: Option<Deviation>,
    /// The resource whose id it holds.
    pub references: Option<String>,
    /// The minimum length of a string.
    pub min_length: Option<u64>,
}

/// A difference between the vendor's reference and this description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The statement of the reference.
    pub documented: String,
    /// The actual behavior.
    pub observed: String,
    /// The evidence for it.
    pub evidence: String,
}

/// A request body.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its type.
    pub ty: Type,
    /// `true` for `multipart/form-data`, `false` for JSON.
    pub multipart: bool,
    /// Marked `required`.
    pub required: bool,
}

/// The body of a successful response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No body, or none that matters.
    Nothing,
    /// JSON of this type.
    Json(Type),
    /// Bytes of this media type.
    Bytes(String),
}

/// A type of the description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A string.
    String,
    /// A 64-bit integer.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A calendar date.
    Date,
    /// A component schema (object, enum, or scalar) by name.
    Named(String),
    /// An array.
    Array(Box<Type>),
    /// An object whose keys are data.
    Map(Box<Type>),
    /// A file in a multipart request.
    File,
    /// Any JSON value.
    Json,
}

/// A component schema.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The name.
    pub name: String,
    /// The description as Markdown.
    pub description: String,
    /// The kind, with its content.
    pub kind: SchemaKind,
    /// The place in the description.
    pub location: Location,
}

/// The kind of a component schema.
#[derive(Clone, Debug)]
pub enum SchemaKind {
    /// A handwritten Rust type of this name (`decimal`).
    Scalar(String),
    /// An open set of strings, each with its meaning.
    Enum(Vec<(String, Option<String>)>),
    /// A page of the named schema.
    Page(String),
    /// An object.
    Object {
        /// The fields, in the order of the description.
        fields: Vec<Field>,
        /// The type of unlisted members, if their keys are data.
        additional: Option<Type>,
    },
}

/// A field of an object.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub struct Field {
    /// The name in the API.
    pub name: String,
    /// The name in Rust.
    pub rust_name: String,
    /// The description as Markdown.
    pub description: String,
    /// The type of its value.
    pub ty: Type,
    /// Listed in `required`.
    pub required: bool,
    /// Present in every response.
    pub identity: bool,
    /// May be `null`.
    pub nullable: bool,
    /// Appears in responses only.
    pub read_only: bool,
    /// Appears in requests only.
    pub write_only: bool,
    /// Marked `deprecated`.
    pub deprecated: bool,
    /// Accepts the empty string.
    pub blank: bool,
    /// The JSON Schema format of a string, such as `uuid` or `email`.
    pub format: Option<String>,
    /// The documented default, as JSON.
    pub default: Option<Value>,
    /// A value for the examples in the documentation, as JSON.
    pub example: Option<Value>,
    /// The resource whose id it holds.
    pub references: Option<String>,
    /// The property of the same object that holds the currency of an amount.
    pub currency: Option<String>,
    /// The limits of the value.
    pub limits: Limits,
    /// The difference from the vendor's reference.
    pub deviation: Option<Deviation>,
    /// The reason why its shape is unknown.
    pub untyped: Option<String>,
}

/// Limits of a value. Bounds are text, so that no digit is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The lower bound, and `true` if the bound itself is not allowed.
    pub minimum: Option<(String, bool)>,
    /// The upper bound, and `true` if the bound itself is not allowed.
    pub maximum: Option<(String, bool)>,
    /// The minimum length in characters.
    pub min_length: Option<u64>,
    /// The maximum length in characters.
    pub max_length: Option<u64>,
    /// The regular expression that a string matches.
    pub pattern: Option<String>,
    /// The minimum number of items.
    pub min_items: Option<u64>,
    /// The maximum number of items.
    pub max_items: Option<u64>,
}

impl Api {
    /// Returns the component schema of that name.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas.get(name)
    }

    /// Returns the name of the handwritten scalar, if the type is one.
    pub fn scalar(&self, ty: &Type) -> Option<&str> {
        match ty {
            Type::Json => Some("json"),
            Type::Named(name) => match &self.schemas.get(name)?.kind {
                SchemaKind::Scalar(scalar) => Some(scalar),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the schema that a type names, directly or as an item.
    pub fn names(ty: &Type) -> Option<&str> {
        match ty {
            Type::Named(name) => Some(name),
            Type::Array(inner) | Type::Map(inner) => Self::names(inner),
            _ => None,
        }
    }

    /// Returns all schemas that the given ones lead to through fields that `follow` accepts.
    pub fn closure<'a>(
        &'a self,
        roots: impl IntoIterator<Item = &'a str>,
        follow: impl Fn(&Field) -> bool,
    ) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut queue: Vec<&str> = roots.into_iter().collect();
        while let Some(name) = queue.pop() {
            let Some((name, schema)) = self.schemas.get_key_value(name) else { continue };
            if !reached.insert(name.as_str()) {
                continue;
            }
            match &schema.kind {
                SchemaKind::Page(records) => queue.push(records),
                SchemaKind::Object { fields, additional } => {
                    let fields = fields.iter().filter(|field| follow(field)).map(|field| &field.ty);
                    queue.extend(fields.chain(additional).filter_map(Self::names));
                }
                SchemaKind::Scalar(_) | SchemaKind::Enum(_) => {}
            }
        }
        reached
    }
}
