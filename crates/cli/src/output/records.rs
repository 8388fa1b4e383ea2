//! [`Records`]: writes records as they arrive, in every format.

use std::collections::BTreeSet;
use std::io::{self, Write};

use campfire::Json;
use campfire::operations::Type;

use super::absent::Absent;
use super::columns::{self, Source};
use super::format::Format;
use super::{cell, table};
use crate::globals::Globals;
use crate::session::Session;

/// The number of records that decide which columns a table or a CSV file has.
const SAMPLE: usize = 200;

/// Writes records as they arrive.
pub(crate) struct Records {
    format: Format,
    /// The columns that the user named.
    named: Option<Vec<String>>,
    /// The columns of the description, or those that the user named.
    columns: Vec<Source>,
    /// The first records, until the layout is decided.
    first: Vec<Json>,
    layout: Option<Layout>,
    absent: Absent,
    /// The fields that came up after the header of a CSV file was written.
    late: BTreeSet<String>,
    written: u64,
}

/// How rows are written.
enum Layout {
    Table(table::Layout),
    /// The columns, and the names of those with text that a spreadsheet takes for a formula.
    Csv(Vec<Source>, BTreeSet<String>),
}

impl Records {
    /// Returns a writer for records of a type.
    pub(crate) fn new(ty: &Type<'_>, globals: &Globals) -> Self {
        let named = globals.columns.clone();
        let columns = named.as_ref().map_or_else(|| columns::described(ty), |paths| columns::named(paths, ty));
        Self {
            format: globals.format,
            absent: Absent::new(named.as_deref(), ty),
            named,
            columns,
            first: Vec::new(),
            layout: None,
            late: BTreeSet::new(),
            written: 0,
        }
    }

    /// Writes a record, or keeps it until enough are known to lay out a table.
    pub(crate) fn write(&mut self, record: Json, session: &mut Session) -> io::Result<()> {
        self.absent.see(&record);
        match (self.format, &mut self.layout) {
            (Format::Json | Format::Ndjson, _) => self.write_json(&record, session),
            (_, None) if self.first.len() + 1 < SAMPLE => {
                self.first.push(record);
                Ok(())
            }
            (_, None) => {
                self.first.push(record);
                self.begin(session)
            }
            (_, Some(layout)) => {
                self.written += 1;
                if let (Layout::Csv(columns, _), None) = (&layout, &self.named) {
                    self.late.extend(columns::unlisted(columns, &record).map(str::to_owned));
                }
                layout.write(&record, session)
            }
        }
    }

    /// Writes what is left. Returns the number of records.
    pub(crate) fn finish(mut self, session: &mut Session) -> io::Result<u64> {
        match self.format {
            Format::Json if self.written == 0 => writeln!(session.out, "[]")?,
            Format::Json => writeln!(session.out, "\n]")?,
            Format::Ndjson => {}
            Format::Csv | Format::Table if self.layout.is_none() => self.begin(session)?,
            Format::Csv | Format::Table => {}
        }
        if !self.late.is_empty() {
            let late = self.late.into_iter().collect::<Vec<_>>().join(", ");
            session.note(format!(
                "warning: some records have fields that are not in the file: {late}; name them in --columns"
            ));
        }
        if self.written > 0 {
            self.absent.warn(session);
        }
        match &self.layout {
            Some(Layout::Csv(_, formulas)) if !formulas.is_empty() => {
                let columns = formulas.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                session.note(format!(
                    "warning: a spreadsheet may take texts for formulas; import these columns as text: {columns}"
                ));
            }
            Some(Layout::Table(_)) if self.written == 0 => session.note("No records."),
            Some(Layout::Table(layout)) if layout.left_out > 0 => {
                session.note(format!("{} more fields: choose with --columns, or use --output json", layout.left_out))
            }
            _ => {}
        }
        Ok(self.written)
    }

    /// Writes a record of a JSON list, or on a line of its own. A list that breaks off lacks its end, so that nobody takes it
    /// for the whole.
    fn write_json(&mut self, record: &Json, session: &mut Session) -> io::Result<()> {
        if self.format == Format::Json {
            write!(session.out, "{}", if self.written == 0 { "[\n" } else { ",\n" })?;
        }
        self.written += 1;
        match &self.named {
            Some(paths) => serde_json::to_writer(&mut session.out, &columns::projected(record, paths))?,
            None => serde_json::to_writer(&mut session.out, record)?,
        }
        if self.format == Format::Ndjson {
            writeln!(session.out)?;
        }
        Ok(())
    }

    /// Decides on a layout, and writes the first records.
    fn begin(&mut self, session: &mut Session) -> io::Result<()> {
        let first = std::mem::take(&mut self.first);
        let mut columns = std::mem::take(&mut self.columns);
        if self.named.is_none() {
            columns::add_unlisted(&mut columns, &first);
        }
        if columns.is_empty() {
            columns.push(Source::unknown("value"));
        }
        let mut layout = match self.format {
            Format::Csv => {
                let titles: Vec<&str> = columns.iter().map(|column| column.path.as_str()).collect();
                csv_row(&titles, session)?;
                Layout::Csv(columns, BTreeSet::new())
            }
            _ => Layout::Table(table::begin(&columns, &first, self.named.is_some(), session)?),
        };
        for record in &first {
            self.written += 1;
            layout.write(record, session)?;
        }
        self.layout = Some(layout);
        Ok(())
    }
}

impl Layout {
    fn write(&mut self, record: &Json, session: &mut Session) -> io::Result<()> {
        match self {
            Self::Table(layout) => layout.row(record, session),
            Self::Csv(columns, formulas) => {
                let values = columns.iter().map(|column| (column, columns::value(record, &column.path)));
                let cells = values.map(|(column, value)| {
                    if value.as_str().is_some_and(cell::is_formula) && !formulas.contains(&column.path) {
                        formulas.insert(column.path.clone());
                    }
                    cell::plain(value)
                });
                csv_row(&cells.collect::<Vec<_>>(), session)
            }
        }
    }
}

fn csv_row<T: AsRef<[u8]>>(cells: &[T], session: &mut Session) -> io::Result<()> {
    // The output has a buffer of its own, which the writer would flush for each row.
    let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 10).from_writer(Vec::new());
    writer.write_record(cells)?;
    let row = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    session.out.write_all(&row)
}
