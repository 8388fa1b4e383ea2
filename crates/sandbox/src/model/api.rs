//! The model with indexes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use campfire_sandbox_model::{DocumentKind, Field, Index, Model, Operation, Response, Schema, SumTerm, Type};

use crate::model::ledger;

/// The fields by which records are found from the records that they reference: field names by resource.
pub(crate) type Links = BTreeMap<String, BTreeSet<String>>;

/// The model of the API with the indexes that the sandbox needs.
#[derive(Debug)]
pub(crate) struct Api {
    index: Index,
    links: Links,
    /// The schema of the records of each resource.
    record_schemas: BTreeMap<String, String>,
}

/// It is an index with more.
impl Deref for Api {
    type Target = Index;

    fn deref(&self) -> &Index {
        &self.index
    }
}

impl Api {
    pub(crate) fn new(model: Model) -> Self {
        Api { links: links(&model), record_schemas: record_schemas(&model.operations), index: Index::new(model) }
    }

    pub(crate) fn links(&self) -> &Links {
        &self.links
    }

    /// Returns the field that identifies the records of a resource, unless that is the integer `id`.
    pub(crate) fn key_field(&self, resource: &str) -> Option<&Field> {
        let mut identity = self.fields(self.record_schema(resource)?).iter().filter(|field| field.identity);
        identity.next().filter(|field| identity.next().is_none() && !is_integer_id(field))
    }

    /// Returns the name of a field as the model stores it, so that callers need not copy it.
    pub(crate) fn known_name(&'static self, resource: &str, name: &str) -> Option<&'static str> {
        self.field(self.record_schema(resource)?, name).map(|field| field.name.as_str())
    }

    /// Returns every field of a record that is a sum, with its resource.
    pub(crate) fn sums(&self) -> impl Iterator<Item = (&str, &Field)> {
        let schemas = self.record_schemas.iter();
        let fields =
            schemas.flat_map(|(resource, schema)| self.fields(schema).iter().map(move |field| (&**resource, field)));
        fields.filter(|(_, field)| !field.sum.is_empty())
    }

    /// Returns the kind of accounting document that the records of a resource are.
    pub(crate) fn document(&self, resource: &str) -> Option<DocumentKind> {
        self.records_of(resource).document()
    }

    /// Returns the schema of the records of a resource, one without fields if it has none.
    pub(crate) fn records_of(&self, resource: &str) -> Schema<'_> {
        self.record_schema(resource).map_or_else(Schema::default, |schema| self.schema(schema))
    }

    /// Returns the name of the schema of the records of a resource.
    pub(crate) fn record_schema(&self, resource: &str) -> Option<&str> {
        self.record_schemas.get(resource).map(String::as_str)
    }

    /// Returns `true` if records reference this resource, but no operation shows it.
    pub(crate) fn is_unlisted(&self, resource: &str) -> bool {
        self.all_fields().any(|field| field.unlisted && field.references.as_deref() == Some(resource))
    }

    /// Returns the resource that holds the records: another one if the list of `resource` shows the records of that.
    pub(crate) fn table<'a>(&'a self, resource: &'a str) -> &'a str {
        let lists =
            self.operations().iter().filter(|operation| operation.resource() == resource && operation.name() == "list");
        lists.filter_map(|operation| operation.effect.records.of.as_deref()).next().unwrap_or(resource)
    }
}

/// Returns `true` for the integer `id`, which the sandbox itself assigns.
pub(crate) fn is_integer_id(field: &Field) -> bool {
    field.identity && field.name == "id" && field.ty == Type::Integer
}

fn links(model: &Model) -> Links {
    let mut links = Links::new();
    let mut link = |resource: &str, field: &str| {
        links.entry(resource.to_owned()).or_default().insert(field.to_owned());
    };
    for (resource, field) in ledger::LINKS {
        link(resource, field);
    }
    for field in model.schemas.values().flatten() {
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
    // If the area of a resource is not compiled, only the list of another resource shows its records.
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
    // `void` comes last: some records have no other operation.
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
