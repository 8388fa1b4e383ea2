//! [`Column`]: builds an Arrow array from values, without a float and without loss.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, ListArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, FieldRef, Fields};
use campfire::{Json, JsonObject};

use super::scalar::{from_date, from_decimal, from_timestamp};
use super::shape::{EXTRA, Shape, record_fields};
use crate::layout::Value;

/// Builds an array of one shape.
pub(crate) enum Column {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Text(StringBuilder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Json(StringBuilder),
    List(List),
    Record(Record),
}

/// Builds an array of lists.
pub(crate) struct List {
    shape: Shape,
    field: FieldRef,
    items: Box<Column>,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
}

/// Builds an array of structs.
pub(crate) struct Record {
    names: Vec<String>,
    known: BTreeSet<String>,
    fields: Fields,
    columns: Vec<Column>,
    extra: StringBuilder,
    nulls: NullBufferBuilder,
}

/// Appends a value if there is one, and null otherwise. Evaluates to `false` if the value did not fit.
macro_rules! append {
    ($builder:expr, $value:expr) => {{
        let value = $value;
        $builder.append_option(value);
        value.is_some()
    }};
}

impl Column {
    pub(crate) fn new(shape: &Shape) -> Self {
        match shape {
            Shape::Boolean => Self::Boolean(BooleanBuilder::new()),
            Shape::Integer => Self::Integer(Int64Builder::new()),
            Shape::Text => Self::Text(StringBuilder::new()),
            Shape::Json => Self::Json(StringBuilder::new()),
            Shape::Decimal => {
                Self::Decimal(Decimal128Builder::new().with_data_type(shape.field("").data_type().clone()))
            }
            Shape::Date => Self::Date(Date32Builder::new()),
            Shape::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Shape::List(item) => Self::List(List {
                shape: (**item).clone(),
                field: Arc::new(item.field("item")),
                items: Box::new(Self::new(item)),
                offsets: vec![0],
                nulls: NullBufferBuilder::new(0),
            }),
            Shape::Record(fields) => Self::Record(Record::new(fields)),
        }
    }

    /// Appends the value of a row. Appends null and returns `false` if the value does not fit.
    pub(crate) fn append_value(&mut self, value: &Value<'_>) -> bool {
        match (self, value) {
            (column, Value::Null) => {
                column.append_null();
                true
            }
            (Self::Boolean(column), Value::Boolean(value)) => append!(column, Some(*value)),
            (Self::Integer(column), Value::Integer(value)) => append!(column, Some(*value)),
            (Self::Text(column), Value::Text(text)) | (Self::Json(column), Value::Json(text)) => {
                append!(column, Some(text))
            }
            (Self::Decimal(column), Value::Decimal(value)) => append!(column, from_decimal(*value)),
            (Self::Date(column), Value::Date(date)) => append!(column, from_date(*date)),
            (Self::Timestamp(column), Value::Timestamp(at)) => append!(column, from_timestamp(*at)),
            (Self::List(list), Value::Json(text)) if text == "[]" => {
                list.end_item();
                true
            }
            (column, Value::Json(text)) => match text.parse() {
                Ok(json) => column.append(&json),
                Err(_) => column.misfit(),
            },
            (column, _) => column.misfit(),
        }
    }

    /// Appends a JSON value. Appends null and returns `false` if it does not fit.
    fn append(&mut self, value: &Json) -> bool {
        match self {
            // The macro would outlive the text in Rust 1.88.
            Self::Json(column) => {
                column.append_value(value.to_string());
                true
            }
            Self::Boolean(column) => append!(column, value.as_bool()),
            Self::Integer(column) => append!(column, value.as_i64()),
            Self::Text(column) => append!(column, value.as_str()),
            Self::Decimal(column) => append!(column, value.as_decimal().and_then(from_decimal)),
            Self::Date(column) => append!(column, text(value).and_then(from_date)),
            Self::Timestamp(column) => append!(column, text(value).and_then(from_timestamp)),
            Self::List(list) => match value.as_array() {
                Some(items) if items.iter().all(|item| item.is_null() || fits(item, &list.shape)) => {
                    list.append(items);
                    true
                }
                _ => self.misfit(),
            },
            Self::Record(record) => match value.as_object() {
                Some(object) => {
                    record.append(object);
                    true
                }
                None => self.misfit(),
            },
        }
    }

    fn misfit(&mut self) -> bool {
        self.append_null();
        false
    }

    fn append_null(&mut self) {
        match self {
            Self::Boolean(column) => column.append_null(),
            Self::Integer(column) => column.append_null(),
            Self::Text(column) | Self::Json(column) => column.append_null(),
            Self::Decimal(column) => column.append_null(),
            Self::Date(column) => column.append_null(),
            Self::Timestamp(column) => column.append_null(),
            Self::List(list) => {
                list.offsets.extend(list.offsets.last().copied());
                list.nulls.append_null();
            }
            Self::Record(record) => record.append_null(),
        }
    }

    fn len(&self) -> usize {
        use arrow_array::builder::ArrayBuilder;
        match self {
            Self::Boolean(column) => column.len(),
            Self::Integer(column) => column.len(),
            Self::Text(column) | Self::Json(column) => column.len(),
            Self::Decimal(column) => column.len(),
            Self::Date(column) => column.len(),
            Self::Timestamp(column) => column.len(),
            Self::List(list) => list.nulls.len(),
            Self::Record(record) => record.nulls.len(),
        }
    }

    /// Returns the array, and starts a new one.
    ///
    /// # Errors
    /// If a list has more items than Arrow can count.
    pub(crate) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Boolean(column) => Arc::new(column.finish()),
            Self::Integer(column) => Arc::new(column.finish()),
            Self::Text(column) | Self::Json(column) => Arc::new(column.finish()),
            Self::Decimal(column) => Arc::new(column.finish()),
            Self::Date(column) => Arc::new(column.finish()),
            Self::Timestamp(column) => Arc::new(column.finish()),
            Self::List(list) => Arc::new(list.finish()?),
            Self::Record(record) => Arc::new(record.finish()?),
        })
    }
}

impl List {
    fn append(&mut self, items: &[Json]) {
        for item in items {
            if item.is_null() {
                self.items.append_null();
            } else {
                self.items.append(item);
            }
        }
        self.end_item();
    }

    fn end_item(&mut self) {
        // More items than fit are found in `finish`.
        self.offsets.push(i32::try_from(self.items.len()).unwrap_or(-1));
        self.nulls.append_non_null();
    }

    fn finish(&mut self) -> Result<ListArray, ArrowError> {
        let offsets = std::mem::replace(&mut self.offsets, vec![0]);
        if offsets.contains(&-1) {
            return Err(ArrowError::OffsetOverflowError(self.items.len()));
        }
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        ListArray::try_new(self.field.clone(), offsets, self.items.finish()?, self.nulls.finish())
    }
}

impl Record {
    fn new(fields: &[(String, Shape)]) -> Self {
        let fields: Vec<(String, Shape)> = fields.iter().filter(|(name, _)| name != EXTRA).cloned().collect();
        Self {
            names: fields.iter().map(|(name, _)| name.clone()).collect(),
            known: fields.iter().map(|(name, _)| name.clone()).collect(),
            columns: fields.iter().map(|(_, shape)| Column::new(shape)).collect(),
            fields: record_fields(&fields),
            extra: StringBuilder::new(),
            nulls: NullBufferBuilder::new(0),
        }
    }

    /// Appends an object. Fields that have no column, or do not fit it, are the extra.
    fn append(&mut self, object: &JsonObject) {
        let others = object.iter().filter(|(name, value)| !value.is_null() && !self.known.contains(*name));
        let mut extra: JsonObject = others.map(|(name, value)| (name.clone(), value.clone())).collect();
        for (name, column) in self.names.iter().zip(&mut self.columns) {
            match object.get(name) {
                None | Some(Json::Null) => column.append_null(),
                Some(value) if column.append(value) => {}
                Some(value) => {
                    extra.insert(name.clone(), value.clone());
                }
            }
        }
        self.extra.append_option((!extra.is_empty()).then(|| Json::Object(extra).to_string()));
        self.nulls.append_non_null();
    }

    fn append_null(&mut self) {
        for column in &mut self.columns {
            column.append_null();
        }
        self.extra.append_null();
        self.nulls.append_null();
    }

    fn finish(&mut self) -> Result<StructArray, ArrowError> {
        let mut arrays = self.columns.iter_mut().map(Column::finish).collect::<Result<Vec<_>, _>>()?;
        arrays.push(Arc::new(self.extra.finish()));
        StructArray::try_new(self.fields.clone(), arrays, self.nulls.finish())
    }
}

/// Returns `true` if a value that is not null can be an item of this shape. A struct holds any object.
fn fits(value: &Json, shape: &Shape) -> bool {
    match shape {
        Shape::Json => true,
        Shape::Boolean => value.as_bool().is_some(),
        Shape::Integer => value.as_i64().is_some(),
        Shape::Text => value.as_str().is_some(),
        Shape::Decimal => value.as_decimal().and_then(from_decimal).is_some(),
        Shape::Date => text(value).and_then(from_date).is_some(),
        Shape::Timestamp => text(value).and_then(from_timestamp).is_some(),
        Shape::List(shape) => {
            value.as_array().is_some_and(|items| items.iter().all(|item| item.is_null() || fits(item, shape)))
        }
        Shape::Record(_) => value.as_object().is_some(),
    }
}

/// Parses a string.
fn text<T: std::str::FromStr>(value: &Json) -> Option<T> {
    value.as_str()?.parse().ok()
}
