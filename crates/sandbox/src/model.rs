//! The API as the sandbox serves it: the model that `campfire-codegen` writes, and indexes over it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use campfire_sandbox_model::{DocumentKind, Field, Model as Source, Operation, Response, SumTerm, Type};

use super::accounting;
use super::store::Links;

/// The model with its indexes.
#[derive(Debug)]
pub(crate) struct Model {
    source: Source,
    /// The fields by which records are found from the records that they reference.
    pub(crate) links: Links,
    /// The schema of the records of each resource.
    records: BTreeMap<String, String>,
    /// The positions of fields, by schema and name.
    positions: HashMap<String, HashMap<String, usize>>,
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
            let model = serde_json::from_str::<Source>(self.json).map(Model::new);
            model.map_err(|error| format!("the model of the API cannot be read: {error}"))
        };
        self.parsed.get_or_init(parse).as_ref().map_err(Clone::clone)
    }
}

impl Model {
    fn new(source: Source) -> Self {
        let positions = |fields: &Vec<Field>| {
            let named = fields.iter().enumerate().map(|(position, field)| (field.name.clone(), position));
            named.collect()
        };
        Model {
            links: links(&source),
            records: record_schemas(&source.operations),
            positions: source.schemas.iter().map(|(name, fields)| (name.clone(), positions(fields))).collect(),
            source,
        }
    }

    pub(crate) fn operations(&self) -> &[Operation] {
        &self.source.operations
    }

    /// The values of an enum schema.
    pub(crate) fn enum_values(&self, name: &str) -> &[String] {
        self.source.enums.get(name).map_or(&[], Vec::as_slice)
    }

    /// The accounting document that the records of a schema are.
    pub(crate) fn schema_document(&self, schema: &str) -> Option<DocumentKind> {
        self.source.documents.get(schema).copied()
    }

    /// Where the records of a resource are kept, if its list shows those of another.
    pub(crate) fn table<'m>(&'m self, resource: &'m str) -> &'m str {
        let lists = self.operations().iter().filter(|operation| operation.resource() == resource);
        let of = lists
            .filter(|operation| operation.name() == "list")
            .find_map(|operation| operation.effect.records.of.as_deref());
        of.unwrap_or(resource)
    }

    /// The fields of an object schema.
    pub(crate) fn fields(&self, schema: &str) -> &[Field] {
        self.source.schemas.get(schema).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn field(&self, schema: &str, name: &str) -> Option<&Field> {
        let position = self.positions.get(schema)?.get(name)?;
        self.fields(schema).get(*position)
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
    pub(crate) fn document(&self, resource: &str) -> Option<DocumentKind> {
        self.schema_document(self.record_schema(resource)?)
    }

    /// The schema of the records of a resource: what its items, its collection or its creation answer.
    pub(crate) fn record_schema(&self, resource: &str) -> Option<&str> {
        self.records.get(resource).map(String::as_str)
    }
}

fn links(source: &Source) -> Links {
    let mut links: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut link = |resource: &str, field: &str| {
        links.entry(resource.to_owned()).or_default().insert(field.to_owned());
    };
    // The books are kept whichever areas are compiled.
    for (resource, field) in accounting::LINKS {
        link(resource, field);
    }
    for field in source.schemas.values().flatten() {
        if let Some(path) = &field.collects {
            link(&path.owner, &path.field);
        }
        for term in &field.sum {
            if let SumTerm::Related(related) = term {
                link(&related.resource, &related.by);
            }
        }
    }
    links
}

fn record_schemas(operations: &[Operation]) -> BTreeMap<String, String> {
    let mut schemas = BTreeMap::new();
    for operation in operations {
        if !schemas.contains_key(operation.resource())
            && let Some(schema) = record_schema(operations, operation.resource())
        {
            schemas.insert(operation.resource().to_owned(), schema.to_owned());
        }
    }
    // Records that only another resource shows, because the area of their own is not compiled.
    for operation in operations {
        if let Some(of) = &operation.effect.records.of
            && !schemas.contains_key(of)
            && let Some(schema) = schemas.get(operation.resource()).cloned()
        {
            schemas.insert(of.clone(), schema);
        }
    }
    schemas
}

fn record_schema<'a>(operations: &'a [Operation], resource: &str) -> Option<&'a str> {
    // Some records are only ever voided.
    ["retrieve", "create", "list", "void"].iter().find_map(|name| {
        let mut operations = operations.iter();
        let operation = operations.find(|operation| operation.resource() == resource && operation.name() == *name)?;
        match &operation.response {
            Response::Value { ty: Type::Object(schema) }
            | Response::Page { ty: Type::Object(schema) }
            | Response::List { ty: Type::Object(schema) } => Some(schema.as_str()),
            _ => None,
        }
    })
}
