//! What is in the description, as the generator sees it: operations, parameters, schemas, fields.
//!
//! Texts are made fit for rustdoc on the way. This is the only place that reads OpenAPI's JSON for meaning. It knows no operation and no schema by name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::description::load::{Description, METHODS};
use crate::description::markdown::escape;
use crate::description::yaml::{Location, Problem, Problems, push_pointer};

/// The whole description.
#[derive(Clone, Debug)]
pub struct Api {
    /// In the order of the description.
    pub operations: Vec<Operation>,
    /// By name.
    pub schemas: BTreeMap<String, Schema>,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `contracts.usage.create`
    pub id: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// `/rr/api/v1/contracts/{contract_id}/usage`
    pub path: String,
    /// One line.
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// The link to the vendor's reference.
    pub reference: String,
    /// Marked `deprecated`.
    pub deprecated: bool,
    /// May it be repeated?
    pub retry: Retry,
    /// How its rows are paged, if it is a list.
    pub pagination: Option<Pagination>,
    /// Whether the rows come in the order of their last change.
    pub ordered: bool,
    /// The operation that tells whether this one took effect.
    pub read_back: Option<String>,
    /// In the order of the path.
    pub path_parameters: Vec<Parameter>,
    /// In the order of the description.
    pub query: Vec<Parameter>,
    /// The request body.
    pub body: Option<Body>,
    /// What a success answers.
    pub answer: Answer,
    /// Success statuses.
    pub statuses: Vec<String>,
    /// Error statuses that the reference tells apart, and when they come.
    pub refusals: Vec<(String, String)>,
    /// What the sandbox does for it, beyond what its method says.
    pub effect: Option<Value>,
    /// `x-approval`: what the sandbox gives to a key that may not act alone.
    pub approval: Option<String>,
    /// Where it stands.
    pub location: Location,
}

/// The retry classes, see `openapi/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Changes nothing.
    Safe,
    /// Twice is once.
    Idempotent,
    /// Once per `Idempotency-Key`.
    Keyed,
    /// Not known to be repeatable.
    Never,
}

/// How the rows of a list are had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pagination {
    /// `limit` and `offset`.
    Offset,
    /// An opaque cursor.
    Cursor,
    /// All rows at once.
    None,
}

/// A path or query parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// The name in Rust.
    pub rust_name: String,
    /// Markdown.
    pub description: String,
    /// What it holds.
    pub ty: Type,
    /// An array sent as `a=1&a=2` (true) or as `a=1,2` (false).
    pub explode: bool,
    /// Required.
    pub required: bool,
    /// Marked `deprecated`.
    pub deprecated: bool,
    /// Stays out of the typed API.
    pub omit: bool,
    /// `{documented, observed, evidence}`
    pub deviation: Option<Deviation>,
    /// The resource whose id it is.
    pub references: Option<String>,
    /// Fewest characters of a text.
    pub min_length: Option<u64>,
}

/// A difference between the vendor's reference and this description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// What the reference says.
    pub documented: String,
    /// What is so.
    pub observed: String,
    /// How that is known.
    pub evidence: String,
}

/// A request body.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its type.
    pub ty: Type,
    /// `multipart/form-data` instead of JSON.
    pub multipart: bool,
    /// Whether it must be there.
    pub required: bool,
}

/// What a success answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No body that matters.
    Nothing,
    /// JSON of this type.
    Json(Type),
    /// Bytes of this media type.
    Bytes(String),
}

/// A type of the description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// A whole number of 64 bits.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A calendar day.
    Date,
    /// A component schema (object, enum or scalar) by name.
    Named(String),
    /// A list.
    Array(Box<Type>),
    /// An object whose keys are data.
    Map(Box<Type>),
    /// A file part of an upload.
    File,
    /// Any JSON value.
    Json,
}

/// A component schema.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: String,
    /// What it is.
    pub kind: SchemaKind,
    /// The accounting document that its records are, for the sandbox.
    pub document: Option<String>,
    /// Where it stands.
    pub location: Location,
}

/// What a component schema is.
#[derive(Clone, Debug)]
pub enum SchemaKind {
    /// A handwritten Rust type of this name (`decimal`).
    Scalar(String),
    /// An open set of strings, with what they mean.
    Enum(Vec<(String, Option<String>)>),
    /// A page of the named schema.
    Page(String),
    /// An object.
    Object {
        /// Its fields, in the order of the description.
        fields: Vec<Field>,
        /// What unlisted members hold, where those are data by the description.
        additional: Option<Type>,
    },
}

/// A field of an object.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// The name in Rust.
    pub rust_name: String,
    /// Markdown.
    pub description: String,
    /// What it holds.
    pub ty: Type,
    /// In the `required` list.
    pub required: bool,
    /// Every answer carries it.
    pub identity: bool,
    /// May be null.
    pub nullable: bool,
    /// Only in answers.
    pub read_only: bool,
    /// Only in requests.
    pub write_only: bool,
    /// Marked `deprecated`.
    pub deprecated: bool,
    /// `""` is allowed.
    pub blank: bool,
    /// The JSON Schema format of a text (`uuid`, `email`, `uri`).
    pub format: Option<String>,
    /// The documented default, as JSON.
    pub default: Option<Value>,
    /// The resource whose id it is.
    pub references: Option<String>,
    /// `sibling.property`: filled from the record that the sibling references.
    pub derived: Option<String>,
    /// `resource.field`: the records of that resource which name this one in that field.
    pub collects: Option<String>,
    /// The terms of `x-sum`, as they stand.
    pub sum: Option<Value>,
    /// Limits on the value.
    pub limits: Limits,
    /// `{documented, observed, evidence}`
    pub deviation: Option<Deviation>,
    /// Why nothing is known of its shape.
    pub untyped: Option<String>,
}

/// Limits on a value, as texts so that no digit is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Lower bound, and whether it is itself excluded.
    pub minimum: Option<(String, bool)>,
    /// Upper bound, and whether it is itself excluded.
    pub maximum: Option<(String, bool)>,
    /// Fewest characters.
    pub min_length: Option<u64>,
    /// Most characters.
    pub max_length: Option<u64>,
    /// Fewest items.
    pub min_items: Option<u64>,
    /// Most items.
    pub max_items: Option<u64>,
}

impl Api {
    /// Reads a description that has passed the lint.
    ///
    /// # Errors
    /// On what the generator cannot mean, with file and line.
    pub fn read(description: &Description) -> Result<Self, Problems> {
        Reader { description, problems: Vec::new() }.api()
    }

    /// The component of that name.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas.get(name)
    }

    /// The name of the handwritten scalar, if the type is one.
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

    /// Names of the schemas that a type is made of, directly.
    pub fn names(ty: &Type) -> Option<&str> {
        match ty {
            Type::Named(name) => Some(name),
            Type::Array(inner) | Type::Map(inner) => Self::names(inner),
            _ => None,
        }
    }

    /// All schemas reachable from the given ones, following the fields that `follow` accepts.
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
                SchemaKind::Page(rows) => queue.push(rows),
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

struct Reader<'a> {
    description: &'a Description,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn api(mut self) -> Result<Api, Problems> {
        let root = &self.description.root;
        let mut schemas = BTreeMap::new();
        for (name, schema) in members(root.pointer("/components/schemas")) {
            let mut pointer = "/components/schemas".to_owned();
            push_pointer(&mut pointer, name);
            if let Some(schema) = self.schema(name, schema, &pointer) {
                schemas.insert(name.to_owned(), schema);
            }
        }
        let mut operations = Vec::new();
        for (path, item) in members(root.get("paths")) {
            for method in METHODS {
                if let Some(operation) = item.get(method) {
                    let mut pointer = "/paths".to_owned();
                    push_pointer(&mut pointer, path);
                    push_pointer(&mut pointer, method);
                    if let Some(operation) = self.operation(path, method, operation, &pointer) {
                        operations.push(operation);
                    }
                }
            }
        }
        if self.problems.is_empty() { Ok(Api { operations, schemas }) } else { Err(Problems(self.problems)) }
    }

    fn problem<T>(&mut self, pointer: &str, message: impl Into<String>, help: &str) -> Option<T> {
        self.problems.push(Problem {
            rule: "meaning",
            location: self.description.locate(pointer),
            message: message.into(),
            help: help.to_owned(),
        });
        None
    }

    fn operation(&mut self, path: &str, method: &str, value: &'a Value, pointer: &str) -> Option<Operation> {
        let Some(id) = value.get("operationId").and_then(Value::as_str) else {
            return self.problem(pointer, "an operation without `operationId`", "name it `resource.method`");
        };
        let retry = match value.get("x-retry").and_then(Value::as_str) {
            Some("safe") => Retry::Safe,
            Some("idempotent") => Retry::Idempotent,
            Some("keyed") => Retry::Keyed,
            Some("never") => Retry::Never,
            _ => return self.problem(pointer, "no valid `x-retry`", "one of safe, idempotent, keyed, never"),
        };
        let ordered = match value.get("x-order").and_then(Value::as_str) {
            Some("last-modified") => true,
            Some(other) => {
                return self.problem(pointer, format!("`x-order: {other}`"), "the one order is last-modified");
            }
            None => false,
        };
        let pagination = match value.get("x-pagination").and_then(Value::as_str) {
            None => None,
            Some("offset") => Some(Pagination::Offset),
            Some("cursor") => Some(Pagination::Cursor),
            Some("none") => Some(Pagination::None),
            Some(other) => {
                return self.problem(pointer, format!("`x-pagination: {other}`"), "one of offset, cursor, none");
            }
        };
        let mut path_parameters = Vec::new();
        let mut query = Vec::new();
        for (index, parameter) in value.get("parameters").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let at = format!("{pointer}/parameters/{index}");
            let parameter = self.resolve(parameter);
            let place = parameter.get("in").and_then(Value::as_str).unwrap_or("");
            if let Some(read) = self.parameter(parameter, &at) {
                match place {
                    "path" => path_parameters.push(read),
                    "query" => query.push(read),
                    _ => {
                        self.problem::<()>(
                            &at,
                            format!("a parameter in `{place}`"),
                            "only path and query are possible",
                        );
                    }
                }
            }
        }
        let order = |name: &str| path.find(&format!("{{{name}}}"));
        path_parameters.sort_by_key(|parameter| order(&parameter.name));
        for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            if !path_parameters.iter().any(|parameter| parameter.name == name) {
                self.problem::<()>(
                    pointer,
                    format!("the path parameter `{name}` is not declared"),
                    "add it to `parameters`",
                );
            }
        }
        if let Some(stray) = path_parameters.iter().find(|parameter| order(&parameter.name).is_none()) {
            let message = format!("the path has no `{{{}}}`", stray.name);
            self.problem::<()>(pointer, message, "remove the parameter, or put it into the path");
        }
        let body = match value.get("requestBody") {
            None => None,
            Some(body) => self.body(self.resolve(body), &format!("{pointer}/requestBody")),
        };
        let (answer, statuses) = self.answer(value.get("responses"), &format!("{pointer}/responses"))?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        Some(Operation {
            id: id.to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: escape(text("summary")),
            description: escape(text("description")),
            reference: value.pointer("/externalDocs/url").and_then(Value::as_str).unwrap_or_default().to_owned(),
            deprecated: flag(value, "deprecated"),
            retry,
            pagination,
            ordered,
            read_back: value.get("x-read-back").and_then(Value::as_str).map(str::to_owned),
            path_parameters,
            query,
            body,
            answer,
            statuses,
            refusals: members(value.get("responses"))
                .filter(|(status, _)| status.starts_with(['4', '5']) && !status.ends_with("XX"))
                .map(|(status, response)| (status.to_owned(), description(self.resolve(response))))
                .collect(),
            effect: value.get("x-effect").cloned(),
            approval: value.get("x-approval").and_then(Value::as_str).map(str::to_owned),
            location: self.description.locate(pointer),
        })
    }

    /// Follows a `$ref`, once; the loader has checked that it leads somewhere.
    fn resolve(&self, value: &'a Value) -> &'a Value {
        value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|target| self.description.root.pointer(target.trim_start_matches('#')))
            .unwrap_or(value)
    }

    fn parameter(&mut self, value: &'a Value, pointer: &str) -> Option<Parameter> {
        let name = value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let ty = self.ty(value.get("schema").unwrap_or(&Value::Null), &format!("{pointer}/schema"))?;
        Some(Parameter {
            rust_name: rust_name(value, &name),
            description: description(value),
            ty,
            explode: value.get("explode").and_then(Value::as_bool).unwrap_or(true),
            required: flag(value, "required"),
            deprecated: flag(value, "deprecated"),
            omit: value.get("x-omit").is_some(),
            deviation: deviation(value),
            references: value.get("x-references").and_then(Value::as_str).map(str::to_owned),
            min_length: value.pointer("/schema/minLength").and_then(Value::as_u64),
            name,
        })
    }

    fn body(&mut self, value: &'a Value, pointer: &str) -> Option<Body> {
        let content = members(value.get("content")).collect::<Vec<_>>();
        let [(media, content)] = content.as_slice() else {
            return self.problem(
                &format!("{pointer}/content"),
                format!("a body with {} media types", content.len()),
                "keep one: application/json, or multipart/form-data for uploads",
            );
        };
        let ty = self.ty(content.get("schema").unwrap_or(&Value::Null), &format!("{pointer}/content"))?;
        Some(Body { ty, multipart: *media == "multipart/form-data", required: flag(value, "required") })
    }

    fn answer(&mut self, value: Option<&'a Value>, pointer: &str) -> Option<(Answer, Vec<String>)> {
        let mut answer = Answer::Nothing;
        let mut statuses = Vec::new();
        for (status, response) in members(value) {
            if !status.starts_with('2') {
                continue;
            }
            statuses.push(status.to_owned());
            let response = self.resolve(response);
            for (media, content) in members(response.get("content")) {
                let found = if media == "application/json" {
                    let at = format!("{pointer}/{status}/content");
                    Answer::Json(self.ty(content.get("schema").unwrap_or(&Value::Null), &at)?)
                } else {
                    Answer::Bytes(media.to_owned())
                };
                if answer != Answer::Nothing {
                    return self.problem(
                        &format!("{pointer}/{status}"),
                        "two success answers with a body",
                        "keep one; describe the other outcomes in its schema",
                    );
                }
                answer = found;
            }
        }
        Some((answer, statuses))
    }

    fn schema(&mut self, name: &str, value: &'a Value, pointer: &str) -> Option<Schema> {
        let kind = if let Some(scalar) = value.get("x-scalar").and_then(Value::as_str) {
            SchemaKind::Scalar(scalar.to_owned())
        } else if let Some(rows) = value.get("x-page-of").and_then(Value::as_str) {
            SchemaKind::Page(rows.to_owned())
        } else if let Some(values) = value.get("enum").and_then(Value::as_array) {
            let meaning = value.get("x-enum-descriptions");
            SchemaKind::Enum(
                values
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|text| {
                        let meaning = meaning.and_then(|all| all.get(text)).and_then(Value::as_str);
                        (text.to_owned(), meaning.map(escape))
                    })
                    .collect(),
            )
        } else if value.get("type").and_then(Value::as_str) == Some("object") {
            let required: BTreeSet<&str> = strings(value.get("required")).collect();
            let identity: BTreeSet<&str> = strings(value.get("x-identity")).collect();
            let mut fields = Vec::new();
            for (field, property) in members(value.get("properties")) {
                let mut at = format!("{pointer}/properties");
                push_pointer(&mut at, field);
                if let Some(mut read) = self.field(field, property, &at) {
                    read.required = required.contains(field);
                    read.identity = identity.contains(field);
                    fields.push(read);
                }
            }
            let additional = match value.get("additionalProperties") {
                Some(Value::Object(_)) => self.ty(&value["additionalProperties"], pointer),
                _ => None,
            };
            SchemaKind::Object { fields, additional }
        } else {
            return self.problem(
                pointer,
                format!("`{name}` is neither an object nor an enum nor a scalar"),
                "give it `type: object`, an `enum`, or an `x-scalar`",
            );
        };
        Some(Schema {
            name: name.to_owned(),
            description: description(value),
            kind,
            document: value.get("x-document").and_then(Value::as_str).map(str::to_owned),
            location: self.description.locate(pointer),
        })
    }

    fn field(&mut self, name: &str, value: &'a Value, pointer: &str) -> Option<Field> {
        let bound = |key: &str, exclusive: &str| {
            value.get(key).filter(|bound| bound.is_number()).map(|bound| (bound.to_string(), flag(value, exclusive)))
        };
        let count = |key: &str| value.get(key).and_then(Value::as_u64);
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Field {
            name: name.to_owned(),
            rust_name: rust_name(value, name),
            description: description(value),
            ty: self.ty(value, pointer)?,
            required: false,
            identity: false,
            nullable: flag(value, "nullable"),
            read_only: flag(value, "readOnly"),
            write_only: flag(value, "writeOnly"),
            deprecated: flag(value, "deprecated"),
            blank: flag(value, "x-blank"),
            format: text("format"),
            default: value.get("default").cloned(),
            references: text("x-references"),
            derived: text("x-derived"),
            collects: text("x-collects"),
            sum: value.get("x-sum").cloned(),
            limits: Limits {
                minimum: bound("minimum", "exclusiveMinimum"),
                maximum: bound("maximum", "exclusiveMaximum"),
                min_length: count("minLength"),
                // That of the items, where it is a list of texts.
                max_length: count("maxLength").or_else(|| value.pointer("/items/maxLength").and_then(Value::as_u64)),
                min_items: count("minItems"),
                max_items: count("maxItems"),
            },
            deviation: deviation(value),
            untyped: value.get("x-untyped").and_then(Value::as_str).map(escape),
        })
    }

    fn ty(&mut self, value: &'a Value, pointer: &str) -> Option<Type> {
        let reference = match value.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            Some([only]) => only.get("$ref"),
            Some(_) => {
                return self.problem(
                    pointer,
                    "`allOf` of several schemas",
                    "write one schema; `allOf` only wraps a `$ref`",
                );
            }
            None => value.get("$ref"),
        };
        if let Some(target) = reference.and_then(Value::as_str) {
            return match target.strip_prefix("#/components/schemas/") {
                Some(name) => Some(Type::Named(name.to_owned())),
                None => self.problem(pointer, format!("`{target}` is no schema"), "refer to `#/components/schemas/…`"),
            };
        }
        let format = value.get("format").and_then(Value::as_str);
        match (value.get("type").and_then(Value::as_str), format) {
            (Some("string"), Some("date")) => Some(Type::Date),
            (Some("string"), Some("binary")) => Some(Type::File),
            (Some("string"), _) => Some(Type::String),
            (Some("integer"), _) => Some(Type::Integer),
            (Some("boolean"), _) => Some(Type::Boolean),
            (Some("array"), _) => {
                let items = value.get("items").unwrap_or(&Value::Null);
                Some(Type::Array(Box::new(self.ty(items, &format!("{pointer}/items"))?)))
            }
            (Some("object"), _) => match value.get("additionalProperties") {
                Some(inner @ Value::Object(members)) if !members.is_empty() => {
                    Some(Type::Map(Box::new(self.ty(inner, &format!("{pointer}/additionalProperties"))?)))
                }
                // An object of which nothing is known is open JSON.
                _ => Some(Type::Json),
            },
            (Some("number"), _) => self.problem(
                pointer,
                "a `type: number`",
                "money, quantities, rates and percentages are `$ref: '#/components/schemas/Decimal'`",
            ),
            _ => self.problem(pointer, "a schema without a type", "give it a `type` or a `$ref`; open JSON is `Json`"),
        }
    }
}

/// The members of an object; nothing for anything else.
pub fn members(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

pub(crate) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn description(value: &Value) -> String {
    escape(value.get("description").and_then(Value::as_str).unwrap_or_default())
}

fn deviation(value: &Value) -> Option<Deviation> {
    let deviation = value.get("x-deviation")?;
    let text = |key: &str| match deviation.get(key) {
        Some(Value::String(text)) => escape(text),
        Some(other) => escape(&other.to_string()),
        None => String::new(),
    };
    Some(Deviation { documented: text("documented"), observed: text("observed"), evidence: text("evidence") })
}

fn rust_name(value: &Value, name: &str) -> String {
    match value.get("x-rust-name").and_then(Value::as_str) {
        Some(name) => name.to_owned(),
        None => crate::description::names::snake(name),
    }
}
