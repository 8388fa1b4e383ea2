//! [`Shape`]: the Arrow type of a field.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};
use campfire::tables::{FieldType, RecordSchema};

/// The number of digits after the decimal point: as many as leave 20 digits before it, which is Spark's default as well.
pub(crate) const SCALE: u8 = 18;

/// The column of what no other column holds, in a table and in a struct.
pub(crate) const EXTRA: &str = "_extra";

/// The Arrow type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Boolean,
    Integer,
    Text,
    Decimal,
    Date,
    Timestamp,
    /// JSON, as text.
    Json,
    List(Box<Shape>),
    /// A struct of these fields, and of [`EXTRA`].
    Record(Vec<(String, Shape)>),
}

impl Shape {
    /// Returns the shape of a field. What the description leaves open is JSON: any value, objects whose keys are data, and
    /// lists of these.
    pub(crate) fn of(ty: &FieldType) -> Self {
        Self::within(ty, &mut Vec::new())
    }

    /// `path` has the kinds of the records around the field: a record inside itself is JSON.
    fn within<'a>(ty: &'a FieldType, path: &mut Vec<&'a str>) -> Self {
        match ty {
            FieldType::Boolean => Self::Boolean,
            FieldType::Integer => Self::Integer,
            FieldType::Text => Self::Text,
            FieldType::Decimal => Self::Decimal,
            FieldType::Date => Self::Date,
            FieldType::Timestamp => Self::Timestamp,
            FieldType::List(item) => match Self::within(item, path) {
                Self::Json => Self::Json,
                item => Self::List(Box::new(item)),
            },
            FieldType::Record(kind) => match RecordSchema::of(kind) {
                Some(schema) if !schema.fields().is_empty() && !path.contains(&kind.as_str()) => {
                    path.push(kind);
                    let fields = schema.fields().iter();
                    let fields = fields.map(|field| (field.name.clone(), Self::within(&field.ty, path))).collect();
                    path.pop();
                    Self::Record(fields)
                }
                _ => Self::Json,
            },
            _ => Self::Json,
        }
    }

    /// Returns the field of this shape, which can be null.
    pub(crate) fn field(&self, name: &str) -> Field {
        let field = Field::new(name, self.data_type(), true);
        if *self != Self::Json {
            return field;
        }
        field.with_metadata(HashMap::from([(META.to_owned(), META_JSON.to_owned())]))
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Text | Self::Json => DataType::Utf8,
            Self::Decimal => DataType::Decimal128(38, SCALE.cast_signed()),
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::List(item) => DataType::List(Arc::new(item.field("item"))),
            Self::Record(fields) => DataType::Struct(record_fields(fields)),
        }
    }

    /// Returns the shape of a field of a record batch, or `None` if it is not one of these.
    pub(crate) fn of_field(field: &Field) -> Option<Self> {
        Some(match field.data_type() {
            DataType::Boolean => Self::Boolean,
            DataType::Int64 => Self::Integer,
            DataType::Utf8 if field.metadata().get(META).is_some_and(|kind| kind == META_JSON) => Self::Json,
            DataType::Utf8 => Self::Text,
            DataType::Decimal128(..) => Self::Decimal,
            DataType::Date32 => Self::Date,
            DataType::Timestamp(TimeUnit::Microsecond, _) => Self::Timestamp,
            DataType::List(item) => Self::List(Box::new(Self::of_field(item)?)),
            DataType::Struct(fields) => {
                let fields = fields.iter().filter(|field| field.name() != EXTRA);
                Self::Record(
                    fields.map(|field| Some((field.name().clone(), Self::of_field(field)?))).collect::<Option<_>>()?,
                )
            }
            _ => return None,
        })
    }
}

/// Tells JSON from other text.
const META: &str = "campfire:type";
const META_JSON: &str = "json";

/// Returns the fields of a struct.
pub(crate) fn record_fields(fields: &[(String, Shape)]) -> Fields {
    let known = fields.iter().filter(|(name, _)| name != EXTRA).map(|(name, shape)| shape.field(name));
    known.chain([Shape::Json.field(EXTRA)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_shape_is_nested_and_the_rest_is_json() {
        let shape = |text: &str| Shape::of(&serde_json::from_str(text).unwrap());
        assert_eq!(shape(r#""decimal""#).data_type(), DataType::Decimal128(38, 18));
        assert_eq!(shape(r#"{"list":"integer"}"#), Shape::List(Box::new(Shape::Integer)));
        for open in
            [r#""json""#, r#"{"map":"text"}"#, r#"{"list":"json"}"#, r#"{"list":{"map":"text"}}"#, r#"{"record":"?"}"#]
        {
            assert_eq!(shape(open), Shape::Json, "{open}");
        }
    }

    #[test]
    fn every_field_of_the_api_has_a_shape_that_its_arrow_type_tells() {
        for table in campfire::tables::all() {
            for field in table.schema().fields() {
                let shape = Shape::of(&field.ty);
                assert_eq!(Shape::of_field(&shape.field(&field.name)), Some(shape), "{}.{}", table.name(), field.name);
            }
        }
    }
}
