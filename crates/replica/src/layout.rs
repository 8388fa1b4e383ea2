//! [`Layout`]: the columns of a table, and how records become rows and rows become records again.

use campfire::tables::{Field, FieldType, RecordSchema, Table};
use campfire::{Date, Decimal, Json, JsonObject, Timestamp};

/// The columns of a table. They come from the description of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    table: String,
    columns: Vec<Column>,
    /// The indexes of the columns, in the order of their names.
    by_name: Vec<usize>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The name of the field in the API.
    pub name: String,
    /// The type of its values.
    pub ty: ColumnType,
    /// The type of the field, which has the shape of lists and objects.
    pub field: FieldType,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnType {
    /// `true` or `false`.
    Boolean,
    /// A 64-bit integer.
    Integer,
    /// A string.
    Text,
    /// An exact decimal number.
    Decimal,
    /// A calendar date.
    Date,
    /// A point in time.
    Timestamp,
    /// Any JSON, as text.
    Json,
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A 64-bit integer.
    Integer(i64),
    /// A string.
    Text(String),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A calendar date.
    Date(Date),
    /// A point in time.
    Timestamp(Timestamp),
    /// Any JSON, as text.
    Json(String),
}

/// A record, divided into the values of the columns and the rest.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The id of the record.
    pub id: i64,
    /// The id of its parent, if it is a child record.
    pub parent: Option<i64>,
    /// A checksum of the whole record.
    pub checksum: i64,
    /// The values, in the order of the columns.
    pub values: Vec<Value>,
    /// The fields that no column holds, as the JSON text of an object: those that the description does not list, and values
    /// that do not fit their column.
    pub extra: Option<String>,
}

impl Layout {
    /// Returns the layout of a table of the API.
    pub fn of(table: &Table) -> Self {
        Self::of_records(table.name(), table.schema())
    }

    /// Returns the layout of a table that holds records of this schema.
    pub fn of_records(table: &str, schema: &RecordSchema) -> Self {
        let columns: Vec<Column> = schema.fields().iter().map(Column::new).collect();
        let mut by_name: Vec<usize> = (0..columns.len()).collect();
        by_name.sort_by(|left, right| columns[*left].name.cmp(&columns[*right].name));
        Self { table: table.to_owned(), columns, by_name }
    }

    /// Returns the name of the table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Returns the columns, in the order of the description; `id` is one of them.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Divides a record into columns. Returns `None` if it is not an object with an integer `id`.
    pub fn row(&self, record: Json, parent: Option<i64>) -> Option<Row> {
        let id = record.get("id")?.as_i64()?;
        let checksum = checksum(record.to_string().as_bytes());
        let Json::Object(fields) = record else { return None };
        let mut values = vec![Value::Null; self.columns.len()];
        let mut rest = JsonObject::new();
        // Fields are sorted, as are these columns.
        let mut columns = self.by_name.iter().peekable();
        for (name, value) in fields {
            while columns.next_if(|index| self.columns[**index].name < name).is_some() {}
            let column = columns.next_if(|index| self.columns[**index].name == name);
            let left = match column {
                Some(index) => match fit(value, self.columns[*index].ty) {
                    Ok(value) => {
                        values[*index] = value;
                        continue;
                    }
                    Err(value) => value,
                },
                None => value,
            };
            if !left.is_null() {
                rest.insert(name, left);
            }
        }
        let extra = (!rest.is_empty()).then(|| Json::Object(rest).to_string());
        Some(Row { id, parent, checksum, values, extra })
    }

    /// Moves the values that a place cannot hold from their columns to the rest of a row.
    pub fn set_aside(&self, row: &mut Row, fits: impl Fn(&Value) -> bool) {
        for (column, value) in self.columns.iter().zip(&mut row.values) {
            if !fits(value) {
                add_extra(&mut row.extra, &column.name, std::mem::replace(value, Value::Null));
            }
        }
    }

    /// Puts a record together again. Fields that were null are absent.
    pub fn record(&self, row: Row) -> Json {
        let mut fields = JsonObject::new();
        for (column, value) in self.columns.iter().zip(row.values) {
            if let Some(value) = json(value) {
                fields.insert(column.name.clone(), value);
            }
        }
        if let Some(Ok(Json::Object(extra))) = row.extra.map(|extra| extra.parse()) {
            fields.extend(extra);
        }
        if let Some(parent) = row.parent {
            fields.insert("_parent".to_owned(), parent.into());
        }
        Json::Object(fields)
    }
}

fn column_type(ty: &FieldType) -> ColumnType {
    match ty {
        FieldType::Boolean => ColumnType::Boolean,
        FieldType::Integer => ColumnType::Integer,
        FieldType::Text => ColumnType::Text,
        FieldType::Decimal => ColumnType::Decimal,
        FieldType::Date => ColumnType::Date,
        FieldType::Timestamp => ColumnType::Timestamp,
        _ => ColumnType::Json,
    }
}

impl Column {
    fn new(field: &Field) -> Self {
        Self { name: field.name.clone(), ty: column_type(&field.ty), field: field.ty.clone() }
    }
}

/// Adds a field to the rest of a row.
pub(crate) fn add_extra(extra: &mut Option<String>, name: &str, value: Value) {
    let Some(value) = json(value) else { return };
    let mut fields = match extra.take().map(|extra| extra.parse()) {
        Some(Ok(Json::Object(fields))) => fields,
        _ => JsonObject::new(),
    };
    fields.insert(name.to_owned(), value);
    *extra = Some(Json::Object(fields).to_string());
}

/// Returns a value as one of a column, or as it was if something of it would be lost.
fn fit(value: Json, ty: ColumnType) -> Result<Value, Json> {
    let fitting = match ty {
        _ if value.is_null() => None,
        ColumnType::Boolean => value.as_bool().map(Value::Boolean),
        ColumnType::Integer => value.as_i64().map(Value::Integer),
        ColumnType::Text => match value {
            Json::String(text) => return Ok(Value::Text(text)),
            other => return Err(other),
        },
        ColumnType::Decimal => value.as_decimal().map(Value::Decimal),
        ColumnType::Date => value.as_str().and_then(|text| text.parse().ok()).map(Value::Date),
        ColumnType::Timestamp => value.as_str().and_then(|text| text.parse().ok()).map(Value::Timestamp),
        ColumnType::Json => Some(Value::Json(value.to_string())),
    };
    fitting.ok_or(value)
}

pub(crate) fn json(value: Value) -> Option<Json> {
    match value {
        Value::Null => None,
        Value::Boolean(value) => Some(value.into()),
        Value::Integer(value) => Some(value.into()),
        Value::Text(text) => Some(text.into()),
        Value::Decimal(value) => Some(value.into()),
        Value::Date(date) => Some(date.to_string().into()),
        Value::Timestamp(at) => Some(at.to_string().into()),
        Value::Json(text) => text.parse().ok(),
    }
}

/// FNV-1a: the same in every process and version.
fn checksum(bytes: &[u8]) -> i64 {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        let schema = r#"[{"name":"id","type":"integer"},{"name":"amount","type":"decimal"},{"name":"date","type":"date"},
            {"name":"lines","type":{"list":"json"}}]"#;
        Layout::of_records("things", &serde_json::from_str(schema).unwrap())
    }

    #[test]
    fn a_record_comes_back_with_every_digit_and_every_field() {
        for text in [
            r#"{"amount":12345678901234567.890,"custom":[1.10],"date":"2026-02-28","id":7,"lines":[{"a":0.10}]}"#,
            // Values that do not fit their column.
            r#"{"amount":"about 5","date":"someday","id":7}"#,
            r#"{"amount":0.123456789012345678901234567890123,"id":7}"#,
        ] {
            let record: Json = text.parse().unwrap();
            let row = layout().row(record.clone(), None).unwrap();
            assert_eq!(layout().record(row), record, "{text}");
        }
    }

    #[test]
    fn amounts_sent_as_text_are_amounts_and_nulls_are_absent() {
        let row =
            layout().row(r#"{"id":7,"amount":"12.50","date":null,"other":null}"#.parse().unwrap(), Some(3)).unwrap();
        assert_eq!(row.extra, None);
        assert_eq!(layout().record(row).to_string(), r#"{"_parent":3,"amount":12.50,"id":7}"#);
    }

    #[test]
    fn records_without_an_id_are_not_rows() {
        for text in ["null", "[]", "{}", r#"{"id":"7"}"#] {
            assert_eq!(layout().row(text.parse().unwrap(), None), None, "{text}");
        }
    }

    #[test]
    fn a_checksum_changes_with_any_digit() {
        let checksum = |text: &str| layout().row(text.parse().unwrap(), None).unwrap().checksum;
        assert_eq!(checksum(r#"{"id":7,"amount":1.0}"#), checksum(r#"{"amount":1.0,"id":7}"#));
        assert_ne!(checksum(r#"{"id":7,"amount":1.0}"#), checksum(r#"{"id":7,"amount":1.00}"#));
    }
}
