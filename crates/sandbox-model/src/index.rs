//! Looking things up in a model.

use std::collections::HashMap;

use crate::Model;
use crate::field::Field;
use crate::operation::{Operation, parameter_name, segments};
use crate::vocabulary::DocumentKind;

/// The operations that show or change a single record.
const OF_RECORD: [&str; 4] = ["retrieve", "replace", "update", "delete"];

/// The schema of an object, found once for many fields. The default has no fields.
#[derive(Clone, Copy, Debug, Default)]
pub struct Schema<'a> {
    fields: &'a [Field],
    index: Option<&'a SchemaIndex>,
}

impl<'a> Schema<'a> {
    /// Returns the fields, in the order of the description.
    pub fn fields(self) -> &'a [Field] {
        self.fields
    }

    /// Returns a field.
    pub fn field(self, name: &str) -> Option<&'a Field> {
        self.fields.get(*self.index?.positions.get(name)?)
    }

    /// Returns the kind of accounting document that its records are.
    pub fn document(self) -> Option<DocumentKind> {
        self.index?.document
    }
}

/// A model with an index of its fields.
#[derive(Debug)]
pub struct Index {
    model: Model,
    schemas: HashMap<String, SchemaIndex>,
}

/// What is known of a schema beside its fields.
#[derive(Debug)]
struct SchemaIndex {
    /// The positions of fields, by name.
    positions: HashMap<String, usize>,
    document: Option<DocumentKind>,
}

impl Index {
    /// Indexes a model.
    pub fn new(model: Model) -> Self {
        let schemas = model.schemas.iter().map(|(schema, fields)| {
            let positions = fields.iter().enumerate().map(|(position, field)| (field.name.clone(), position)).collect();
            (schema.clone(), SchemaIndex { positions, document: model.documents.get(schema).copied() })
        });
        Index { schemas: schemas.collect(), model }
    }

    /// Returns the model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Returns the operations, in the order of the description.
    pub fn operations(&self) -> &[Operation] {
        &self.model.operations
    }

    /// Returns the values of an enum schema, none if there is no such schema.
    pub fn enum_values(&self, schema: &str) -> &[String] {
        self.model.enums.get(schema).map_or(&[], Vec::as_slice)
    }

    /// Returns an object schema, one without fields if there is none with this name.
    pub fn schema(&self, name: &str) -> Schema<'_> {
        let fields = self.model.schemas.get(name).map_or(&[][..], Vec::as_slice);
        Schema { fields, index: self.schemas.get(name) }
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
