//! [`Rows`]: builds record batches from rows.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use super::column::Column;
use super::shape::{EXTRA, Shape};
use crate::layout::{Layout, Row, Value, add_extra};

/// The column of the id of the parent.
pub(crate) const PARENT: &str = "_parent";
/// The column of the checksum of the record.
pub(crate) const CHECKSUM: &str = "_checksum";
/// The column that is true where a record was deleted.
pub(crate) const DELETED: &str = "_deleted";

/// Returns the schema of a table: its columns, and [`PARENT`], [`EXTRA`] and [`CHECKSUM`].
pub(crate) fn schema(layout: &Layout) -> SchemaRef {
    Arc::new(Schema::new(fields(layout)))
}

/// Returns the schema of changes of a table: that of the table, and [`DELETED`].
pub(crate) fn change_schema(layout: &Layout) -> SchemaRef {
    let mut fields = fields(layout);
    fields.push(Field::new(DELETED, DataType::Boolean, false));
    Arc::new(Schema::new(fields))
}

fn fields(layout: &Layout) -> Vec<Field> {
    let columns = layout.columns().iter().map(|column| {
        let field = Shape::of(&column.field).field(&column.name);
        let is_id = column.name == "id";
        field.with_nullable(!is_id)
    });
    let others =
        [Shape::Integer.field(PARENT), Shape::Json.field(EXTRA), Shape::Integer.field(CHECKSUM).with_nullable(false)];
    columns.chain(others).collect()
}

/// Builds record batches of changes from rows.
pub(crate) struct Rows {
    schema: SchemaRef,
    id: Option<usize>,
    columns: Vec<(String, Column)>,
    parents: Int64Builder,
    extra: StringBuilder,
    checksums: Int64Builder,
    deleted: BooleanBuilder,
}

impl Rows {
    pub(crate) fn new(layout: &Layout) -> Self {
        let columns = layout.columns().iter();
        Self {
            schema: change_schema(layout),
            id: layout.columns().iter().position(|column| column.name == "id"),
            columns: columns.map(|column| (column.name.clone(), Column::new(&Shape::of(&column.field)))).collect(),
            parents: Int64Builder::new(),
            extra: StringBuilder::new(),
            checksums: Int64Builder::new(),
            deleted: BooleanBuilder::new(),
        }
    }

    /// Adds a row. Values that do not fit their column become part of the extra.
    pub(crate) fn push(&mut self, row: &Row<'_>) {
        let mut extra = None;
        for ((name, column), value) in self.columns.iter_mut().zip(&row.values) {
            if !column.append_value(value) {
                add_extra(extra.get_or_insert_with(|| row.extra.clone()), name, value.clone());
            }
        }
        self.parents.append_option(row.parent);
        self.extra.append_option(extra.as_ref().unwrap_or(&row.extra).as_deref());
        self.checksums.append_value(row.checksum);
        self.deleted.append_value(false);
    }

    /// Adds the deletion of a record.
    pub(crate) fn push_deleted(&mut self, id: i64) {
        let value = Value::Integer(id);
        for (index, (_, column)) in self.columns.iter_mut().enumerate() {
            column.append_value(if Some(index) == self.id { &value } else { &Value::Null });
        }
        self.parents.append_null();
        self.extra.append_null();
        self.checksums.append_value(0);
        self.deleted.append_value(true);
    }

    /// Returns the rows as changes, and starts a new batch.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut arrays: Vec<ArrayRef> =
            self.columns.iter_mut().map(|(_, column)| column.finish()).collect::<Result<_, _>>()?;
        arrays.push(Arc::new(self.parents.finish()));
        arrays.push(Arc::new(self.extra.finish()));
        arrays.push(Arc::new(self.checksums.finish()));
        arrays.push(Arc::new(self.deleted.finish()));
        RecordBatch::try_new(self.schema.clone(), arrays)
    }
}
