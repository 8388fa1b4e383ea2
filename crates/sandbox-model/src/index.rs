//! Looking things up in a model.

use std::collections::{BTreeMap, HashMap};

use crate::Model;
use crate::api_key::ApiKey;
use crate::field::Field;
use crate::operation::{Operation, parameter_name, segments};
use crate::vocabulary::DocumentKind;

/// The operations that show or change a single record.
const OF_RECORD: [&str; 4] = ["retrieve", "replace", "update", "delete"];

/// A model, indexed by the names of schemas and fields.
#[derive(Debug)]
pub struct Index {
    operations: Vec<Operation>,
    schemas: HashMap<String, Indexed>,
    enums: BTreeMap<String, Vec<String>>,
    key: ApiKey,
}

/// The schema of an object, found once for many fields. The default has no fields.
#[derive(Clone, Copy, Debug, Default)]
pub struct Schema<'a>(Option<&'a Indexed>);

#[derive(Debug)]
struct Indexed {
    fields: Vec<Field>,
    /// The positions of the fields, by name.
    positions: HashMap<String, usize>,
    document: Option<DocumentKind>,
}

impl Indexed {
    fn new(fields: Vec<Field>, document: Option<DocumentKind>) -> Self {
        let positions = fields.iter().enumerate().map(|(position, field)| (field.name.clone(), position)).collect();
        Indexed { fields, positions, document }
    }
}

impl<'a> Schema<'a> {
    /// Returns the fields, in the order of the description.
    pub fn fields(self) -> &'a [Field] {
        self.0.map_or(&[], |schema| &schema.fields)
    }

    /// Returns a field.
    pub fn field(self, name: &str) -> Option<&'a Field> {
        let schema = self.0?;
        schema.fields.get(*schema.positions.get(name)?)
    }

    /// Returns the kind of accounting document that its records are.
    pub fn document(self) -> Option<DocumentKind> {
        self.0?.document
    }
}

impl Index {
    /// Indexes a model.
    pub fn new(model: Model) -> Self {
        let Model { operations, schemas, enums, documents, key } = model;
        let schemas = schemas.into_iter().map(|(name, fields)| {
            let document = documents.get(&name).copied();
            (name, Indexed::new(fields, document))
        });
        Index { operations, schemas: schemas.collect(), enums, key }
    }

    /// Returns how requests carry the API key.
    pub fn key(&self) -> &ApiKey {
        &self.key
    }

    /// Returns the operations, in the order of the description.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Returns the values of an enum schema, none if there is no such schema.
    pub fn enum_values(&self, schema: &str) -> &[String] {
        self.enums.get(schema).map_or(&[], Vec::as_slice)
    }

    /// Returns an object schema, one without fields if there is none with this name.
    pub fn schema(&self, name: &str) -> Schema<'_> {
        Schema(self.schemas.get(name))
    }

    /// Returns the fields of all object schemas, in no particular order.
    pub fn all_fields(&self) -> impl Iterator<Item = &Field> {
        self.schemas.values().flat_map(|schema| &schema.fields)
    }

    /// Returns the fields of an object schema, none if there is no such schema.
    pub fn fields(&self, schema: &str) -> &[Field] {
        self.schema(schema).fields()
    }

    /// Returns a field of an object schema.
    pub fn field(&self, schema: &str, name: &str) -> Option<&Field> {
        self.schema(schema).field(name)
    }

    /// Returns the resource whose records a path leads to, such as `/books/{isbn}`. The names in braces do not matter.
    pub fn resource_at(&self, path: &str) -> Option<&str> {
        let leads_there =
            |operation: &&Operation| OF_RECORD.contains(&operation.name()) && is_same_path(&operation.path, path);
        self.operations().iter().find(leads_there).map(Operation::resource)
    }
}

/// Returns `true` if two path templates differ at most in the names of their parameters.
fn is_same_path(one: &str, other: &str) -> bool {
    let is_parameter = |segment: &str| parameter_name(segment).is_some();
    let is_same = |(one, other): (&str, &str)| one == other || is_parameter(one) && is_parameter(other);
    segments(one).count() == segments(other).count() && segments(one).zip(segments(other)).all(is_same)
}
