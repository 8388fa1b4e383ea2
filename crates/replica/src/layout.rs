//! [`Layout`]: the columns of a table, and how records become rows and rows become records again.

use std::borrow::Cow;

use campfire::tables::{Field, FieldType, RecordSchema, Table};
use campfire::{Date, Decimal, FieldText, Json, JsonObject, RecordText, Timestamp};

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

/// A value of a column. Texts are borrowed from the record, unless they have escapes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A 64-bit integer.
    Integer(i64),
    /// A string.
    Text(Cow<'a, str>),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A calendar date.
    Date(Date),
    /// A point in time.
    Timestamp(Timestamp),
    /// Any JSON, as text.
    Json(Cow<'a, str>),
}

/// A record that is to be written: [`Layout::row`] divides it into columns.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Received {
    /// The id of the record.
    pub id: i64,
    /// The id of its parent, if it is a child record.
    pub parent: Option<i64>,
    /// A checksum of the whole record.
    pub checksum: i64,
    /// The record as the server sent it.
    pub text: RecordText,
}

/// A record, divided into the values of the columns and the rest.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row<'a> {
    /// The id of the record.
    pub id: i64,
    /// The id of its parent, if it is a child record.
    pub parent: Option<i64>,
    /// A checksum of the whole record.
    pub checksum: i64,
    /// The values, in the order of the columns.
    pub values: Vec<Value<'a>>,
    /// The fields that no column holds, as the JSON text of an object: those that the description does not list, and values
    /// that do not fit their column.
    pub extra: Option<String>,
}

/// The order in which fields came last. Most records of a list have the same fields in the same order, so that each is compared
/// with the name of one column instead of many.
#[derive(Clone, Debug, Default)]
pub struct FieldOrder {
    /// For each column, by index + 1, the index of the one that followed; for 0, that of the first.
    next: Vec<usize>,
}

impl Received {
    /// Returns `None` if the record is not an object with an integer `id`.
    pub fn new(text: RecordText, parent: Option<i64>) -> Option<Self> {
        let id = text.field("id")?.value().parse().ok()?;
        Some(Self { id, parent, checksum: text.checksum().cast_signed(), text })
    }

    /// Returns a record that is JSON already, or `None` if it is not an object with an integer `id`.
    pub(crate) fn of_json(record: &Json, parent: Option<i64>) -> Option<Self> {
        Self::new(record.to_string().parse().ok()?, parent)
    }
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

    /// Divides a record into columns. `order` is that of the record before; the first one has [`FieldOrder::default`].
    pub fn row<'r>(&self, record: &'r Received, order: &mut FieldOrder) -> Row<'r> {
        let mut values = vec![Value::Null; self.columns.len()];
        let (mut rest, mut before) = (JsonObject::new(), 0);
        order.next.resize(self.columns.len() + 1, 0);
        for field in record.text.fields() {
            let column = self.column(&field, before, order);
            before = column.map_or(before, |index| index + 1);
            if field.is_null() {
                continue;
            }
            match column.and_then(|index| Some((index, fit(&field, self.columns[index].ty)?))) {
                Some((index, value)) => values[index] = value,
                None => {
                    rest.insert(field.name().into_owned(), field.json());
                }
            }
        }
        let extra = (!rest.is_empty()).then(|| Json::Object(rest).to_string());
        let Received { id, parent, checksum, .. } = *record;
        Row { id, parent, checksum, values, extra }
    }

    /// Returns the value of one column of a record, or `None` if there is none that fits.
    pub(crate) fn value<'r>(&self, record: &'r Received, column: usize) -> Option<Value<'r>> {
        let column = self.columns.get(column)?;
        record.text.field(&column.name).filter(|field| !field.is_null()).and_then(|field| fit(&field, column.ty))
    }

    /// Returns the index of the column of a field. `before` is that of the field before + 1.
    fn column(&self, field: &FieldText<'_>, before: usize, order: &mut FieldOrder) -> Option<usize> {
        /// The number of fields that may be missing behind the one before.
        const MISSING: usize = 3;
        let mut expected = before;
        for _ in 0..=MISSING {
            let Some(index) = order.next.get(expected).copied() else { break };
            if self.columns.get(index).is_some_and(|column| field.is(&column.name)) {
                return Some(index);
            }
            expected = index + 1;
        }
        let name = field.name();
        let found = self.by_name.binary_search_by(|index| (*self.columns[*index].name).cmp(&name));
        let index = self.by_name[found.ok()?];
        order.next[before] = index;
        Some(index)
    }

    /// Moves the values that a place cannot hold from their columns to the rest of a row.
    pub fn set_aside(&self, row: &mut Row<'_>, fits: impl Fn(&Value<'_>) -> bool) {
        for (column, value) in self.columns.iter().zip(&mut row.values) {
            if !fits(value) {
                add_extra(&mut row.extra, &column.name, std::mem::replace(value, Value::Null));
            }
        }
    }

    /// Puts a record together again. Fields that were null are absent.
    pub fn record(&self, row: Row<'_>) -> Json {
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
pub(crate) fn add_extra(extra: &mut Option<String>, name: &str, value: Value<'_>) {
    let Some(value) = json(value) else { return };
    let mut fields = match extra.take().map(|extra| extra.parse()) {
        Some(Ok(Json::Object(fields))) => fields,
        _ => JsonObject::new(),
    };
    fields.insert(name.to_owned(), value);
    *extra = Some(Json::Object(fields).to_string());
}

/// Returns a value that is not null as one of a column, or `None` if something of it would be lost.
fn fit<'a>(field: &FieldText<'a>, ty: ColumnType) -> Option<Value<'a>> {
    let value = field.value();
    Some(match ty {
        ColumnType::Boolean => Value::Boolean(value.parse().ok()?),
        ColumnType::Integer => Value::Integer(value.parse().ok()?),
        ColumnType::Text => Value::Text(field.string()?),
        ColumnType::Decimal => Value::Decimal(match field.string() {
            Some(text) => text.parse().ok()?,
            None => value.parse().ok()?,
        }),
        ColumnType::Date => Value::Date(date(&field.string()?)?),
        ColumnType::Timestamp => Value::Timestamp(field.string()?.parse().ok()?),
        ColumnType::Json => Value::Json(compact(field)),
    })
}

/// Parses a date. Those of the form `2026-01-31`, which nearly all have, are read without `chrono`'s search for others.
pub(crate) fn date(text: &str) -> Option<Date> {
    let digits = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let parts = || match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => Some((digits(0, 4)?, digits(5, 7)?, digits(8, 10)?)),
        _ => None,
    };
    match parts() {
        Some((year, month, day)) => Date::from_ymd_opt(i32::try_from(year).ok()?, month, day),
        None => text.parse().ok(),
    }
}

/// Returns the text of a value as [`Json`] writes it: without whitespace, and with sorted fields. Most values are so already.
fn compact<'a>(field: &FieldText<'a>) -> Cow<'a, str> {
    let value = field.value();
    let is_compact = match value.as_bytes() {
        [b'"', text @ ..] => !text.contains(&b'\\'),
        [b'[', rest @ ..] => rest == b"]",
        [b'{', rest @ ..] => rest == b"}",
        _ => true,
    };
    if is_compact { value.into() } else { field.json().to_string().into() }
}

pub(crate) fn json(value: Value<'_>) -> Option<Json> {
    match value {
        Value::Null => None,
        Value::Boolean(value) => Some(value.into()),
        Value::Integer(value) => Some(value.into()),
        Value::Text(text) => Some(text.into_owned().into()),
        Value::Decimal(value) => Some(value.into()),
        Value::Date(date) => Some(date.to_string().into()),
        Value::Timestamp(at) => Some(at.to_string().into()),
        Value::Json(text) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        let schema = r#"[{"name":"id","type":"integer"},{"name":"amount","type":"decimal"},{"name":"date","type":"date"},
            {"name":"lines","type":{"list":"json"}}]"#;
        Layout::of_records("things", &serde_json::from_str(schema).unwrap())
    }

    fn received(text: &str, parent: Option<i64>) -> Option<Received> {
        Received::new(text.parse().unwrap(), parent)
    }

    #[test]
    fn a_record_comes_back_with_every_digit_and_every_field() {
        for text in [
            r#"{"amount":12345678901234567.890,"custom":[1.10],"date":"2026-02-28","id":7,"lines":[{"a":0.10}]}"#,
            // Values that do not fit their column.
            r#"{"amount":"about 5","date":"someday","id":7}"#,
            r#"{"amount":0.123456789012345678901234567890123,"id":7}"#,
        ] {
            let record = received(text, None).unwrap();
            let row = layout().row(&record, &mut FieldOrder::default());
            assert_eq!(layout().record(row).to_string(), text);
        }
    }

    /// Divides a record that is JSON already, as a reference.
    fn divided(layout: &Layout, record: &Json) -> (Vec<Value<'static>>, Option<String>) {
        let (mut values, mut rest) = (Vec::new(), record.as_object().unwrap().clone());
        for column in &layout.columns {
            let json = rest.remove(&column.name).unwrap_or_default();
            let text = |json: &Json| json.as_str().map(str::to_owned);
            let value = match column.ty {
                _ if json.is_null() => Some(Value::Null),
                ColumnType::Boolean => json.as_bool().map(Value::Boolean),
                ColumnType::Integer => json.as_i64().map(Value::Integer),
                ColumnType::Text => text(&json).map(|text| Value::Text(text.into())),
                ColumnType::Decimal => json.as_decimal().map(Value::Decimal),
                ColumnType::Date => text(&json).and_then(|text| text.parse().ok()).map(Value::Date),
                ColumnType::Timestamp => text(&json).and_then(|text| text.parse().ok()).map(Value::Timestamp),
                ColumnType::Json => Some(Value::Json(json.to_string().into())),
            };
            values.push(value.unwrap_or_else(|| {
                rest.insert(column.name.clone(), json);
                Value::Null
            }));
        }
        rest.retain(|_, value| !value.is_null());
        (values, (!rest.is_empty()).then(|| Json::Object(rest).to_string()))
    }

    /// Values as servers write them, with whitespace and escapes.
    const VALUES: &[&str] = &[
        "null",
        "true",
        "false",
        "0",
        "-7",
        "7.0",
        "1e3",
        "9223372036854775808",
        "12345678901234567890.12345678",
        "0.123456789012345678901234567890123",
        r#""""#,
        r#""12.50""#,
        r#"" 12.50""#,
        r#""7""#,
        r#""null""#,
        r#""2026-02-28""#,
        r#""2026-02-30""#,
        r#""2026-2-3""#,
        r#""+2026-02-03""#,
        r#""20-26-02-03""#,
        r#""2026-02-28T12:00:00.123456789+01:00""#,
        r#""2026-02-28T12:00:00Z""#,
        r#""caf\u00e9 \"\n\ud83d\ude00""#,
        r#""café""#,
        "[]",
        "[ 1.0 , null ]",
        "{}",
        r#"{"b" : "\u0062", "a":[{"c":1.10}]}"#,
    ];
    const NAMES: &[&str] =
        &["flag", "count", "memo", "amount", "date", "at", "open", "lines", "unknown", "m\\u0065mo2", "", "_extra"];

    #[test]
    fn a_text_is_divided_as_its_json() {
        let schema = r#"[{"name":"id","type":"integer"},{"name":"flag","type":"boolean"},{"name":"count","type":"integer"},
            {"name":"memo","type":"text"},{"name":"memo2","type":"text"},{"name":"amount","type":"decimal"},
            {"name":"date","type":"date"},{"name":"at","type":"timestamp"},{"name":"open","type":"json"},
            {"name":"lines","type":{"list":"json"}}]"#;
        let layout = Layout::of_records("things", &serde_json::from_str(schema).unwrap());
        let (mut order, mut random) = (FieldOrder::default(), fastrand::Rng::with_seed(7));
        let mut names = NAMES.to_vec();
        for id in 0..20_000 {
            // Most records have the fields of the one before.
            if random.u8(..4) == 0 {
                random.shuffle(&mut names);
            }
            let fields = names.iter().take(random.usize(..=names.len()));
            let fields = fields.map(|name| format!(r#","{name}" :{} "#, VALUES[random.usize(..VALUES.len())]));
            let text = format!(r#"{{"id":{id}{}}}"#, fields.collect::<String>());
            let json: Json = text.parse().unwrap();
            let record = received(&text, None).unwrap();
            let row = layout.row(&record, &mut order);
            assert_eq!((row.values.clone(), row.extra.clone()), divided(&layout, &json), "{text}");
            assert_eq!((row.id, row.checksum), (id, received(&json.to_string(), None).unwrap().checksum), "{text}");
        }
    }

    #[test]
    fn amounts_sent_as_text_are_amounts_and_nulls_are_absent() {
        let record = received(r#"{"id":7,"amount":"12.50","date":null,"other":null}"#, Some(3)).unwrap();
        let row = layout().row(&record, &mut FieldOrder::default());
        assert_eq!(row.extra, None);
        assert_eq!(layout().record(row).to_string(), r#"{"_parent":3,"amount":12.50,"id":7}"#);
    }

    #[test]
    fn records_without_an_id_are_not_rows() {
        for text in ["7", "[]", "{}", r#"{"id":"7"}"#, r#"{"id":7.0}"#, r#"{"id":null}"#] {
            assert_eq!(received(text, None), None, "{text}");
        }
    }

    #[test]
    fn a_checksum_changes_with_any_digit() {
        let checksum = |text: &str| received(text, None).unwrap().checksum;
        let record =
            r#"{"id":7,"amount":1234.50,"note":"Paid 80 of 96","lines":[{"a":1},{"b":[2,3]}],"tax":{"rate":19}}"#;
        for (place, _) in record.char_indices().filter(|(_, digit)| digit.is_ascii_digit()) {
            for digit in b'1'..=b'9' {
                let mut changed = record.as_bytes().to_vec();
                let same = std::mem::replace(&mut changed[place], digit) == digit;
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(checksum(&changed) == checksum(record), same, "{changed}");
            }
        }
        for [left, right] in [
            [r#"{"id":7,"a":"1","b":"2"}"#, r#"{"id":7,"a":"2","b":"1"}"#],
            [r#"{"id":7,"a":1}"#, r#"{"id":7,"a":"1"}"#],
            [r#"{"id":7,"a":null}"#, r#"{"id":7}"#],
            [r#"{"id":7,"a":[1,2]}"#, r#"{"id":7,"a":[2,1]}"#],
            [r#"{"id":7,"a":[[1],2]}"#, r#"{"id":7,"a":[1,[2]]}"#],
            [r#"{"id":7,"a":[]}"#, r#"{"id":7,"a":{}}"#],
            [r#"{"id":7,"a":{"b":1}}"#, r#"{"id":7,"b":{"a":1}}"#],
        ] {
            assert_ne!(checksum(left), checksum(right), "{left} {right}");
        }
        assert_eq!(checksum(r#"{"id":7,"amount":1.0}"#), checksum(r#"{"amount":1.0,"id":7}"#));
        assert_ne!(checksum(r#"{"id":7,"amount":1.0}"#), checksum(r#"{"id":7,"amount":1.00}"#));
    }
}
