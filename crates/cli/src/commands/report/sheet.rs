//! [`Sheet`]: a report, before it is written.

use std::io::{self, Write};

use campfire::operations::Type;
use campfire::{Decimal, Json, JsonObject};

use super::amount::grouped;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::output::format::Format;
use crate::output::records::Records;
use crate::output::{self, cell, grid};
use crate::session::Session;

/// The widest text of a report.
const WIDEST: usize = 60;
/// The names of accounts and customers are not made narrower than this: a wide report is divided instead.
const NARROWEST: usize = 16;

/// A report.
pub(super) struct Sheet {
    pub(super) title: String,
    /// The days that the report is about, by name.
    pub(super) days: Vec<(&'static str, Json)>,
    /// The titles of the columns, and whether they hold amounts.
    pub(super) columns: Vec<(String, bool)>,
    pub(super) rows: Vec<Row>,
}

/// A line of a report.
pub(super) enum Row {
    /// A heading.
    Section(String),
    /// Values, indented by a number of levels.
    Line(usize, Vec<Cell>),
    /// Values below a rule.
    Total(Vec<Cell>),
}

/// A value of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    /// An amount, or `None` if there is none.
    Amount(Option<Decimal>),
    /// A value that is no amount, although one was expected.
    Other(Json),
}

impl Cell {
    /// Returns a value of the server's as an amount.
    pub(super) fn amount(value: &Json) -> Self {
        match value {
            Json::Null => Self::Amount(None),
            value => value.as_decimal().map_or_else(|| Self::Other(value.clone()), |amount| Self::Amount(Some(amount))),
        }
    }

    pub(super) fn text(value: &Json) -> Self {
        Self::Text(cell::printable(value))
    }

    fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Amount(amount) => amount.map(grouped).unwrap_or_default(),
            Self::Other(value) => cell::printable(value),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Amount(amount) => amount.map(Json::from).unwrap_or_default(),
            Self::Other(value) => value.clone(),
        }
    }
}

impl Sheet {
    pub(super) fn write(&self, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
        match globals.format {
            Format::Table => Ok(self.write_table(session)?),
            Format::Json if globals.columns.is_none() => Ok(output::json(&self.json(), globals.format, session)?),
            _ => Ok(self.write_records(globals, session)?),
        }
    }

    fn write_table(&self, session: &mut Session) -> io::Result<()> {
        let mut columns: Vec<grid::Column> = self
            .columns
            .iter()
            .map(|(title, is_amount)| grid::Column::new(cell::one_line(title), *is_amount))
            .collect();
        let mut rows: Vec<Option<Vec<String>>> = self.rows.iter().map(texts).collect();
        align(&mut rows, &self.columns);
        for row in rows.iter().flatten() {
            columns.iter_mut().zip(row).for_each(|(column, text)| column.fit(text, WIDEST));
        }
        grid::shrink(&mut columns, session.width, NARROWEST);
        writeln!(session.out, "{}", self.title)?;
        for table in grid::divide(&columns, session.width) {
            writeln!(session.out)?;
            let columns: Vec<grid::Column> = table.iter().map(|&index| columns[index].clone()).collect();
            let chosen = |row: &Vec<String>| table.iter().map(|&index| row[index].clone()).collect();
            let rows = rows.iter().map(|row| row.as_ref().map(chosen)).collect::<Vec<_>>();
            self.write_rows(&columns, &rows, session)?;
        }
        Ok(())
    }

    fn write_rows(
        &self,
        columns: &[grid::Column],
        rows: &[Option<Vec<String>>],
        session: &mut Session,
    ) -> io::Result<()> {
        grid::head(&mut session.out, columns)?;
        for (row, texts) in self.rows.iter().zip(rows) {
            match (row, texts) {
                (Row::Section(title), _) => writeln!(session.out, "{}", cell::one_line(title))?,
                (Row::Total(_), Some(texts)) => {
                    grid::rule(&mut session.out, columns)?;
                    grid::row(&mut session.out, columns, texts)?;
                }
                (_, Some(texts)) => grid::row(&mut session.out, columns, texts)?,
                (_, None) => {}
            }
        }
        Ok(())
    }

    /// Writes the lines as records, for programs.
    fn write_records(&self, globals: &Globals, session: &mut Session) -> io::Result<()> {
        let titles = self.columns.iter().map(|(title, _)| title);
        let mut records = Records::new(&Type::Json, &globals.with_csv_columns(titles));
        for row in &self.rows {
            let Row::Line(_, cells) = row else { continue };
            records.write(self.record(cells), session)?;
        }
        records.finish(session).map(drop)
    }

    /// Returns the whole report: its days, its lines, and its totals.
    fn json(&self) -> Json {
        let (mut rows, mut totals) = (Vec::new(), Vec::new());
        for row in &self.rows {
            match row {
                Row::Section(_) => {}
                Row::Line(_, cells) => rows.push(self.record(cells)),
                Row::Total(cells) => totals.push(self.record(cells)),
            }
        }
        let days = self.days.iter().map(|(name, day)| ((*name).to_owned(), day.clone()));
        let parts = [("title", self.title.as_str().into()), ("rows", rows.into()), ("totals", totals.into())];
        days.chain(parts.map(|(name, part): (&str, Json)| (name.to_owned(), part))).collect::<JsonObject>().into()
    }

    fn record(&self, cells: &[Cell]) -> Json {
        let fields = self.columns.iter().zip(cells).map(|((title, _), cell)| (title.clone(), cell.json()));
        fields.collect::<JsonObject>().into()
    }
}

/// Pads amounts so that their decimal points are below each other.
fn align(rows: &mut [Option<Vec<String>>], columns: &[(String, bool)]) {
    let decimals = |text: &str| text.rsplit_once('.').map_or(0, |(_, decimals)| decimals.len());
    for (index, _) in columns.iter().enumerate().filter(|(_, (_, is_amount))| *is_amount) {
        let cells = || rows.iter().flatten().filter_map(|row| row.get(index));
        let most = cells().map(|text| decimals(text)).max().unwrap_or_default();
        for text in rows.iter_mut().flatten().filter_map(|row| row.get_mut(index)) {
            text.push_str(&" ".repeat(most - decimals(text)));
        }
    }
}

/// Returns the texts of a row, with its first one indented.
fn texts(row: &Row) -> Option<Vec<String>> {
    let (indent, cells) = match row {
        Row::Section(_) => return None,
        Row::Line(indent, cells) => (*indent, cells),
        Row::Total(cells) => (0, cells),
    };
    let mut texts: Vec<String> = cells.iter().map(Cell::shown).collect();
    if let Some(first) = texts.first_mut() {
        first.insert_str(0, &"  ".repeat(indent));
    }
    Some(texts)
}
