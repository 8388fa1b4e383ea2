//! Reads records back from record batches.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use campfire::{Json, JsonObject};

use super::rows::{CHECKSUM, DELETED, PARENT};
use super::scalar::{to_date, to_decimal, to_timestamp};
use super::shape::{EXTRA, Shape};

/// Reads the records of a batch: the fields that are not null, the extra, and the id of the parent as `_parent`.
pub(crate) struct Records<'a> {
    columns: Vec<(&'a str, Shape, &'a dyn Array)>,
    extra: Option<&'a dyn Array>,
    parents: Option<&'a dyn Array>,
    checksums: Option<&'a dyn Array>,
}

impl<'a> Records<'a> {
    pub(crate) fn new(batch: &'a RecordBatch) -> Self {
        let schema = batch.schema_ref();
        let columns = schema.fields().iter().zip(batch.columns());
        let columns = columns.filter(|(field, _)| ![PARENT, EXTRA, CHECKSUM, DELETED].contains(&field.name().as_str()));
        let columns =
            columns.filter_map(|(field, array)| Some((field.name().as_str(), Shape::of_field(field)?, &**array)));
        let other = |name| batch.column_by_name(name).map(|array| &**array);
        Self { columns: columns.collect(), extra: other(EXTRA), parents: other(PARENT), checksums: other(CHECKSUM) }
    }

    /// Returns the record in a row, without its parent.
    pub(crate) fn record(&self, row: usize) -> JsonObject {
        let fields = self.columns.iter();
        let fields = fields.filter_map(|(name, shape, array)| Some(((*name).to_owned(), value(*array, shape, row)?)));
        let mut record: JsonObject = fields.collect();
        add_extra(&mut record, self.extra, row);
        record
    }

    /// Returns the record in a row, with the id of its parent as `_parent`.
    pub(crate) fn with_parent(&self, row: usize) -> Json {
        let mut record = self.record(row);
        if let Some(parent) = self.parent(row) {
            record.insert(PARENT.to_owned(), parent.into());
        }
        record.into()
    }

    /// Returns the id of the parent of a record.
    pub(crate) fn parent(&self, row: usize) -> Option<i64> {
        integer(self.parents, row)
    }

    /// Returns the checksum of a record.
    pub(crate) fn checksum(&self, row: usize) -> Option<i64> {
        integer(self.checksums, row)
    }
}

fn integer(array: Option<&dyn Array>, row: usize) -> Option<i64> {
    let array = array?.as_primitive_opt::<Int64Type>()?;
    array.is_valid(row).then(|| array.value(row))
}

fn add_extra(record: &mut JsonObject, extra: Option<&dyn Array>, row: usize) {
    let text = extra.and_then(|array| array.as_string_opt::<i32>()).filter(|array| array.is_valid(row));
    if let Some(Ok(Json::Object(extra))) = text.map(|array| array.value(row).parse()) {
        record.extend(extra);
    }
}

/// Returns a value, or `None` for null.
fn value(array: &dyn Array, shape: &Shape, row: usize) -> Option<Json> {
    if array.is_null(row) {
        return None;
    }
    Some(match shape {
        Shape::Boolean => array.as_boolean_opt()?.value(row).into(),
        Shape::Integer => array.as_primitive_opt::<Int64Type>()?.value(row).into(),
        Shape::Text => array.as_string_opt::<i32>()?.value(row).into(),
        Shape::Json => array.as_string_opt::<i32>()?.value(row).parse().ok()?,
        Shape::Decimal => to_decimal(array.as_primitive_opt::<Decimal128Type>()?.value(row))?.into(),
        Shape::Date => to_date(array.as_primitive_opt::<Date32Type>()?.value(row))?.to_string().into(),
        Shape::Timestamp => {
            to_timestamp(array.as_primitive_opt::<TimestampMicrosecondType>()?.value(row))?.to_string().into()
        }
        Shape::List(item) => {
            let items = array.as_list_opt::<i32>()?.value(row);
            Json::Array((0..items.len()).map(|index| value(&items, item, index).unwrap_or_default()).collect())
        }
        Shape::Record(fields) => {
            let array = array.as_struct_opt()?;
            let fields = fields
                .iter()
                .filter_map(|(name, shape)| Some((name.clone(), value(array.column_by_name(name)?, shape, row)?)));
            let mut record: JsonObject = fields.collect();
            add_extra(&mut record, array.column_by_name(EXTRA).map(|array| &**array), row);
            Json::Object(record)
        }
    })
}
