//! Results: records one by one, and single values.

mod absent;
pub(crate) mod cell;
mod columns;
pub(crate) mod format;
pub(crate) mod grid;
mod record;
pub(crate) mod records;
mod table;

use std::io::{self, Write};

use campfire::Json;
use campfire::operations::Type;
use serde::Serialize;

use self::absent::Absent;
use self::format::Format;
use self::records::Records;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::session::Session;

/// Writes a value that is no list.
pub(crate) fn value(value: &Json, ty: &Type<'static>, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let value = match &globals.columns {
        Some(columns) if value.as_object().is_some() => {
            let mut absent = Absent::new(Some(columns), ty);
            absent.see(value);
            absent.warn(session);
            &columns::projected(value, columns)
        }
        _ => value,
    };
    match (globals.format, value) {
        (Format::Json | Format::Ndjson, value) => json(value, globals.format, session)?,
        (Format::Table, Json::Null) => session.note("Done."),
        (Format::Csv, Json::Null) => {}
        (Format::Table, Json::Object(object)) => record::write(object, ty, session)?,
        (Format::Table | Format::Csv, Json::Array(items)) => {
            let item = if let Type::List(item) = ty { item } else { ty };
            let mut records = Records::new(item, globals);
            for item in items {
                records.write(item.clone(), session)?;
            }
            records.finish(session)?;
        }
        (Format::Csv, Json::Object(_)) => {
            let mut records = Records::new(ty, globals);
            records.write(value.clone(), session)?;
            records.finish(session)?;
        }
        (Format::Table | Format::Csv, value) => writeln!(session.out, "{}", cell::printable(value))?,
    }
    Ok(())
}

/// Writes a page of a list.
pub(crate) fn page(page: Json, ty: &Type<'static>, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    if globals.format == Format::Json && globals.columns.is_none() {
        return Ok(json(&page, globals.format, session)?);
    }
    let (results, count) = match page {
        Json::Object(mut page) => {
            let count = page.get("count").and_then(Json::as_i64);
            (page.remove("results").unwrap_or_default(), count)
        }
        list => (list, None),
    };
    let Json::Array(results) = results else {
        return value(&results, ty, globals, session);
    };
    let shown = results.len();
    let mut records = Records::new(ty, globals);
    for record in results {
        records.write(record, session)?;
    }
    records.finish(session)?;
    if let Some(count) = count.filter(|count| *count > shown as i64) {
        session.note(format!("{shown} of {count} records; --all fetches the rest"));
    }
    Ok(())
}

/// Writes JSON, indented for people and on one line for programs.
pub(crate) fn json(value: &impl Serialize, format: Format, session: &mut Session) -> io::Result<()> {
    if session.out_is_terminal && format == Format::Json {
        serde_json::to_writer_pretty(&mut session.out, value)?;
    } else {
        serde_json::to_writer(&mut session.out, value)?;
    }
    writeln!(session.out)
}
