//! The description as the sandbox knows it: what `codegen::model` has written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use serde::Deserialize;

use super::accounting;
use super::accounting::document::Kind;
use super::store::Links;
use campfire_values::Json;

#[derive(Debug, Deserialize)]
pub(crate) struct Model {
    pub(crate) operations: Vec<Operation>,
    schemas: BTreeMap<String, Vec<Field>>,
    pub(crate) enums: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) documents: BTreeMap<String, Kind>,
    /// Filled when the model is read.
    #[serde(skip)]
    pub(crate) links: Links,
    /// The schema of the records of each resource. Filled when the model is read.
    #[serde(skip)]
    records: BTreeMap<String, String>,
    /// The places of fields, by schema and name. Filled when the model is read.
    #[serde(skip)]
    places: HashMap<String, HashMap<String, usize>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) answer: Answer,
    #[serde(default)]
    pub(crate) query: Vec<String>,
    pub(crate) body: Option<Body>,
    #[serde(default)]
    pub(crate) effect: Effect,
    #[serde(default)]
    pub(crate) approval: Approval,
    /// Changes nothing, whatever its method.
    #[serde(default)]
    pub(crate) safe: bool,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Answer {
    Nothing,
    Bytes {
        media: String,
    },
    Page {
        #[serde(rename = "type")]
        ty: Type,
    },
    List {
        #[serde(rename = "type")]
        ty: Type,
    },
    Value {
        #[serde(rename = "type")]
        ty: Type,
    },
}

#[derive(Debug, Deserialize)]
pub(crate) struct Body {
    #[serde(rename = "type")]
    pub(crate) ty: Type,
    #[serde(default)]
    pub(crate) multipart: bool,
}

/// What an operation does or shows; see `x-effect` in `openapi/README.md`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Effect {
    /// Makes a copy and answers it.
    #[serde(default)]
    pub(crate) copy: bool,
    /// Answers a link to the file that the record is.
    #[serde(default)]
    pub(crate) link: bool,
    /// Removes the record as if it had never been.
    #[serde(default)]
    pub(crate) delete: bool,
    /// Sets fields of the record: to a value, or (`$name`) to what the body holds under that name.
    #[serde(default)]
    pub(crate) set: BTreeMap<String, Json>,
    /// What the accounting has to do.
    #[serde(default, rename = "do")]
    pub(crate) deed: Option<accounting::Deed>,
    /// Which records a list shows.
    #[serde(default)]
    pub(crate) rows: Rows,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Rows {
    /// The resource, where it is not the list's own.
    pub(crate) of: Option<String>,
    /// The day that `start_date` and `end_date` bound.
    pub(crate) dated_by: Option<String>,
    /// Only records whose fields have one of these values.
    #[serde(default, rename = "where")]
    pub(crate) only: BTreeMap<String, Vec<Json>>,
}

/// What a key gets that may not act alone.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Approval {
    /// A refusal.
    #[default]
    Required,
    /// A draft that waits for approval.
    Draft,
    /// What it asked for: nothing is posted.
    None,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Type {
    String,
    Integer,
    Boolean,
    Date,
    Decimal,
    Timestamp,
    File,
    Json,
    List(Box<Type>),
    Map(Box<Type>),
    Object(String),
    Enum(String),
}

#[derive(Debug, Deserialize)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Field {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) ty: Type,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) identity: bool,
    #[serde(default)]
    pub(crate) nullable: bool,
    #[serde(default)]
    pub(crate) read_only: bool,
    #[serde(default)]
    pub(crate) write_only: bool,
    #[serde(default)]
    pub(crate) blank: bool,
    pub(crate) format: Option<String>,
    pub(crate) default: Option<Json>,
    pub(crate) references: Option<String>,
    pub(crate) derived: Option<String>,
    /// `resource.field`: the records that name this one.
    pub(crate) collects: Option<String>,
    #[serde(default)]
    pub(crate) sum: Vec<Term>,
    pub(crate) minimum: Option<(String, bool)>,
    pub(crate) maximum: Option<(String, bool)>,
    pub(crate) max_length: Option<usize>,
    pub(crate) min_items: Option<usize>,
}

/// A term of a sum.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Term {
    /// `lines.amount` or `total_amount`, of the record itself; a minus in front takes it away.
    Own(String),
    /// A field of the records of another resource that name this one.
    Others {
        of: String,
        #[serde(rename = "in")]
        resource: String,
        by: String,
        /// Records in which this field is set do not count.
        unless: Option<String>,
        #[serde(default)]
        minus: bool,
    },
}

impl Field {
    /// Whether its value follows from other values.
    pub(crate) fn is_computed(&self) -> bool {
        self.derived.is_some() || !self.sum.is_empty()
    }
}

impl Operation {
    /// `contracts.usage` of `contracts.usage.create`.
    pub(crate) fn resource(&self) -> &str {
        self.id.rsplit_once('.').map_or(&self.id, |(resource, _)| resource)
    }

    /// `create` of `contracts.usage.create`.
    pub(crate) fn action(&self) -> &str {
        self.id.rsplit_once('.').map_or(&self.id, |(_, action)| action)
    }

    pub(crate) fn takes(&self, parameter: &str) -> bool {
        self.query.iter().any(|name| name == parameter)
    }
}

/// The model of an API as JSON, parsed once per process.
#[derive(Debug)]
pub struct ModelSource {
    json: &'static str,
    parsed: OnceLock<Result<Model, String>>,
}

impl ModelSource {
    /// Wraps the JSON that `campfire-codegen` writes.
    pub const fn new(json: &'static str) -> Self {
        Self { json, parsed: OnceLock::new() }
    }

    /// Parses the model.
    pub(crate) fn read(&self) -> Result<&Model, String> {
        let parse = || {
            let model = serde_json::from_str::<Model>(self.json).map(Model::prepared);
            model.map_err(|error| format!("the model of the API cannot be read: {error}"))
        };
        self.parsed.get_or_init(parse).as_ref().map_err(Clone::clone)
    }
}

impl Model {
    fn prepared(mut self) -> Self {
        let mut links: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut link = |resource: &str, field: &str| {
            links.entry(resource.to_owned()).or_default().insert(field.to_owned());
        };
        // The books are kept whichever areas are compiled.
        for (resource, field) in accounting::LINKS {
            link(resource, field);
        }
        for field in self.schemas.values().flatten() {
            if let Some((resource, by)) = field.collects.as_deref().and_then(|path| path.rsplit_once('.')) {
                link(resource, by);
            }
            for term in &field.sum {
                if let Term::Others { resource, by, .. } = term {
                    link(resource, by);
                }
            }
        }
        self.links = links;
        let places = |fields: &Vec<Field>| {
            let named = fields.iter().enumerate().map(|(place, field)| (field.name.clone(), place));
            named.collect()
        };
        self.places = self.schemas.iter().map(|(name, fields)| (name.clone(), places(fields))).collect();
        for operation in &self.operations {
            if !self.records.contains_key(operation.resource())
                && let Some(schema) = self.find_record_schema(operation.resource()).map(str::to_owned)
            {
                self.records.insert(operation.resource().to_owned(), schema);
            }
        }
        // Records that only another resource shows, because the area of their own is not compiled.
        for operation in &self.operations {
            if let Some(of) = &operation.effect.rows.of
                && !self.records.contains_key(of)
                && let Some(schema) = self.records.get(operation.resource()).cloned()
            {
                self.records.insert(of.clone(), schema);
            }
        }
        self
    }

    /// Where the records of a resource are kept, if its list shows those of another.
    pub(crate) fn table<'m>(&'m self, resource: &'m str) -> &'m str {
        let lists = self.operations.iter().filter(|operation| operation.resource() == resource);
        let of = lists
            .filter(|operation| operation.action() == "list")
            .find_map(|operation| operation.effect.rows.of.as_deref());
        of.unwrap_or(resource)
    }

    /// The fields of an object schema.
    pub(crate) fn fields(&self, schema: &str) -> &[Field] {
        self.schemas.get(schema).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn field(&self, schema: &str, name: &str) -> Option<&Field> {
        let place = self.places.get(schema)?.get(name)?;
        self.fields(schema).get(*place)
    }

    /// The name of a field, from the model itself, so that it need not be copied.
    pub(crate) fn known_name(&'static self, resource: &str, name: &str) -> Option<&'static str> {
        self.field(self.record_schema(resource)?, name).map(|field| field.name.as_str())
    }

    /// The sums of the records of all resources.
    pub(crate) fn totals(&self) -> impl Iterator<Item = (&str, &Field)> {
        let fields = self
            .records
            .iter()
            .flat_map(|(resource, schema)| self.fields(schema).iter().map(move |field| (resource.as_str(), field)));
        fields.filter(|(_, field)| !field.sum.is_empty())
    }

    /// The accounting document that the records of a resource are.
    pub(crate) fn document(&self, resource: &str) -> Option<Kind> {
        self.documents.get(self.record_schema(resource)?).copied()
    }

    /// The schema of the records of a resource: what its items, its collection or its creation answer.
    pub(crate) fn record_schema(&self, resource: &str) -> Option<&str> {
        self.records.get(resource).map(String::as_str)
    }

    fn find_record_schema(&self, resource: &str) -> Option<&str> {
        // Some records are only ever voided.
        ["retrieve", "create", "list", "void"].iter().find_map(|action| {
            let operation = self
                .operations
                .iter()
                .find(|operation| operation.resource() == resource && operation.action() == *action)?;
            match &operation.answer {
                Answer::Value { ty: Type::Object(name) }
                | Answer::Page { ty: Type::Object(name) }
                | Answer::List { ty: Type::Object(name) } => Some(name.as_str()),
                _ => None,
            }
        })
    }
}
