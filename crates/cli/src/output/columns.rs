//! The columns of records: those that the description lists, those that a user names, and those that the records have.

use campfire::operations::{self, Field, SchemaKind, Type};
use campfire::{Json, JsonObject};

use crate::path;

/// A column, and where its values are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The path of the value in a record.
    pub(crate) path: String,
    /// The type of its values, if the description lists them.
    pub(crate) ty: Option<Type<'static>>,
}

impl Source {
    /// Returns a column that the description does not list.
    pub(crate) fn unknown(path: impl Into<String>) -> Self {
        Self { path: path.into(), ty: None }
    }

    /// Returns `true` if the description says that the column holds numbers.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.ty, Some(Type::Integer | Type::Decimal))
    }
}

/// Returns a column for each field that the description lists.
pub(crate) fn described(ty: &Type<'_>) -> Vec<Source> {
    let Type::Object(name) = ty else { return Vec::new() };
    match operations::schema(name).map(|schema| schema.kind) {
        Some(SchemaKind::Object { fields, .. }) => {
            let readable = fields.into_iter().filter(|field| !field.write_only);
            let column = |field: Field<'static>| Source { path: field.name.to_owned(), ty: Some(field.ty) };
            readable.map(column).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns a column for each path that a user names.
pub(crate) fn named(paths: &[String], ty: &Type<'_>) -> Vec<Source> {
    let described = described(ty);
    let column = |path: &String| {
        described.iter().find(|column| column.path == *path).cloned().unwrap_or_else(|| Source::unknown(path))
    };
    paths.iter().map(column).collect()
}

/// Adds columns for fields that records have although the description does not list them.
pub(crate) fn add_unlisted(columns: &mut Vec<Source>, records: &[Json]) {
    for record in records {
        let keys: Vec<String> = unlisted(columns, record).map(str::to_owned).collect();
        columns.extend(keys.into_iter().map(Source::unknown));
    }
}

/// Returns the fields of a record that no column holds.
pub(crate) fn unlisted<'a>(columns: &'a [Source], record: &'a Json) -> impl Iterator<Item = &'a str> {
    let keys = record.as_object().into_iter().flat_map(JsonObject::keys).map(String::as_str);
    keys.filter(|key| !columns.iter().any(|column| column.path == *key))
}

/// Returns the value of a column in a record. Records that are no objects have one column.
pub(crate) fn value<'a>(record: &'a Json, path: &str) -> &'a Json {
    static NULL: Json = Json::Null;
    match record {
        Json::Object(_) => path::find(record, path).unwrap_or(&NULL),
        record => record,
    }
}

/// Returns a record with only these fields.
pub(crate) fn projected(record: &Json, paths: &[String]) -> Json {
    match record {
        Json::Object(_) => {
            paths.iter().map(|path| (path.clone(), value(record, path).clone())).collect::<JsonObject>().into()
        }
        record => record.clone(),
    }
}
