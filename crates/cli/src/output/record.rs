//! A single record: a field per line, and a table for each list in it.

use std::io::{self, Write};

use campfire::operations::{self, SchemaKind, Type};
use campfire::{Json, JsonObject};

use super::columns::{self, Source};
use super::{cell, table};
use crate::session::Session;

/// What separates names and values.
const GAP: &str = "  ";

/// Writes a record. Fields without a value are left out.
pub(crate) fn write(object: &JsonObject, ty: &Type<'static>, session: &mut Session) -> io::Result<()> {
    let mut columns = columns::described(ty);
    columns::add_unlisted(&mut columns, &[Json::Object(object.clone())]);
    let mut fields = Vec::new();
    let mut lists = Vec::new();
    for Source { path, .. } in &columns {
        match object.get(path) {
            None | Some(Json::Null) => {}
            Some(Json::Array(items)) if items.is_empty() => {}
            Some(Json::Array(items)) if items.iter().any(|item| item.as_object().is_some()) => {
                lists.push((path, items))
            }
            Some(Json::Object(inner)) => flatten(path, inner, &mut fields),
            Some(value) => fields.push((path.clone(), cell::printable(value))),
        }
    }
    if fields.is_empty() && lists.is_empty() {
        session.note("The response has no values.");
    }
    let width = fields.iter().map(|(name, _)| cell::width(name)).max().unwrap_or_default();
    for (name, value) in &fields {
        let padding = " ".repeat(width.saturating_sub(cell::width(name)));
        // The value is not cut: whoever asks for a single record wants all of it.
        writeln!(session.out, "{}", format!("{}{padding}{GAP}{value}", cell::one_line(name)).trim_end())?;
    }
    for (name, items) in lists {
        writeln!(session.out, "\n{} ({})", cell::one_line(name), items.len())?;
        let item = item_type(ty, name);
        let mut columns = columns::described(&item);
        columns::add_unlisted(&mut columns, items);
        let layout = table::begin(&columns, items, false, session)?;
        for item in items {
            layout.row(item, session)?;
        }
    }
    Ok(())
}

/// Adds the fields of an object under its name: `client.name`.
fn flatten(path: &str, object: &JsonObject, fields: &mut Vec<(String, String)>) {
    for (key, value) in object {
        let path = format!("{path}.{key}");
        match value {
            Json::Null => {}
            Json::Object(inner) => flatten(&path, inner, fields),
            value => fields.push((path, cell::printable(value))),
        }
    }
}

/// Returns the type of the items of a list in a record.
fn item_type(ty: &Type<'static>, field: &str) -> Type<'static> {
    let Type::Object(name) = ty else { return Type::Json };
    let found = match operations::schema(name).map(|schema| schema.kind) {
        Some(SchemaKind::Object { fields, .. }) => fields.into_iter().find(|found| found.name == field),
        _ => None,
    };
    match found.map(|found| found.ty) {
        Some(Type::List(item)) => *item,
        _ => Type::Json,
    }
}
