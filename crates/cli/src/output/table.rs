//! Records as a table that fits the terminal.

use std::io;

use campfire::Json;
use campfire::operations::Type;

use super::columns::{self, Source};
use super::{cell, grid};
use crate::session::Session;

/// The widest text that a table shows without cutting it, if there is room.
const WIDEST: usize = 60;
/// The same for columns that nobody asked for.
const WIDEST_UNASKED: usize = 32;

/// The columns of a table.
pub(crate) struct Layout {
    sources: Vec<Source>,
    columns: Vec<grid::Column>,
    /// The number of columns that have values and are not shown.
    pub(crate) left_out: usize,
}

/// Decides on the columns, and writes the titles. All columns that a user named are shown. Of others, those that tell records
/// apart come first, as long as there is room; empty ones and those with objects or lists are left out.
pub(crate) fn begin(
    sources: &[Source],
    records: &[Json],
    are_named: bool,
    session: &mut Session,
) -> io::Result<Layout> {
    let mut layout = if are_named {
        let columns = sources.iter().map(|source| column(source, records, WIDEST)).collect();
        Layout { sources: sources.to_vec(), columns, left_out: 0 }
    } else {
        chosen(sources, records, session.width)
    };
    grid::shrink(&mut layout.columns, session.width, grid::NARROWEST);
    if !records.is_empty() {
        grid::head(&mut session.out, &layout.columns)?;
    }
    Ok(layout)
}

fn values<'a>(source: &'a Source, records: &'a [Json]) -> impl Iterator<Item = &'a Json> {
    records.iter().map(|record| columns::value(record, &source.path))
}

fn column(source: &Source, records: &[Json], widest: usize) -> grid::Column {
    let is_number = |value: &Json| matches!(value, Json::Number(_));
    let are_numbers = values(source, records).all(|value| is_number(value) || value.is_null())
        && values(source, records).any(is_number);
    let mut column = grid::Column::new(cell::one_line(&source.path), source.is_number() || are_numbers);
    values(source, records).for_each(|value| column.fit(&cell::printable(value), widest));
    column
}

/// Chooses the columns that fit.
fn chosen(sources: &[Source], records: &[Json], room: usize) -> Layout {
    let has_values = |source: &&Source| values(source, records).any(|value| !cell::plain(value).is_empty());
    let mut ranked: Vec<(usize, &Source)> = Vec::new();
    let mut of_kind = [0; Kind::COUNT];
    for source in sources.iter().filter(has_values) {
        let kind = kind(source, records);
        let before = of_kind[kind as usize];
        of_kind[kind as usize] += 1;
        // The third amount is less useful than the first date.
        let round = before / kind.of_a_round();
        ranked.push((round * Kind::COUNT + kind as usize, source));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut layout = Layout { sources: Vec::new(), columns: Vec::new(), left_out: 0 };
    for (_, source) in ranked {
        let is_nested = values(source, records).any(|value| matches!(value, Json::Array(_) | Json::Object(_)));
        let column = column(source, records, WIDEST_UNASKED);
        let has_room = layout.columns.is_empty() || grid::width(&layout.columns) + 2 + column.width <= room;
        if has_room && !is_nested {
            layout.sources.push(source.clone());
            layout.columns.push(column);
        } else {
            layout.left_out += 1;
        }
    }
    layout
}

/// What a column is good for, the most useful first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Id,
    Number,
    Name,
    Status,
    Amount,
    Date,
    Currency,
    Other,
    /// The same in every record, or of interest to programs only.
    Dull,
}

impl Kind {
    const COUNT: usize = Self::Dull as usize + 1;

    /// Returns how many columns of the kind come before more of the others.
    const fn of_a_round(self) -> usize {
        if matches!(self, Self::Amount | Self::Date) { 2 } else { 1 }
    }
}

/// Returns the kind of a column, by its type and name. The names are habits of this API; a column without such a name is only
/// shown later.
fn kind(source: &Source, records: &[Json]) -> Kind {
    let path = source.path.as_str();
    let first = values(source, records).next();
    let is_constant = records.len() > 1 && values(source, records).all(|value| Some(value) == first);
    match (path, &source.ty) {
        ("id", _) => Kind::Id,
        (_, Some(Type::Boolean | Type::Timestamp)) => Kind::Dull,
        _ if is_constant || path.ends_with("_id") || path.ends_with("uuid") => Kind::Dull,
        (_, Some(Type::Decimal)) => Kind::Amount,
        (_, Some(Type::Date)) => Kind::Date,
        _ if path.ends_with("number") => Kind::Number,
        _ if path.ends_with("status") => Kind::Status,
        _ if path.ends_with("name") => Kind::Name,
        _ if path.ends_with("currency") => Kind::Currency,
        _ => Kind::Other,
    }
}

impl Layout {
    /// Writes a record.
    pub(crate) fn row(&self, record: &Json, session: &mut Session) -> io::Result<()> {
        let cells: Vec<String> =
            self.sources.iter().map(|source| cell::printable(columns::value(record, &source.path))).collect();
        grid::row(&mut session.out, &self.columns, &cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_tell_records_apart_come_first() {
        let records: Vec<Json> = (1..4)
            .map(|id| {
                format!(
                    r#"{{"entity_name": "E", "is_deleted": false, "id": {id}, "total_amount": {id}.5, "lines": [1]}}"#
                )
                .parse()
                .unwrap()
            })
            .collect();
        let sources = [
            Source::unknown("entity_name"),
            Source { path: "is_deleted".to_owned(), ty: Some(Type::Boolean) },
            Source { path: "total_amount".to_owned(), ty: Some(Type::Decimal) },
            Source::unknown("lines"),
            Source::unknown("empty"),
            Source::unknown("id"),
        ];
        let titles = |room| {
            let layout = chosen(&sources, &records, room);
            let titles: Vec<String> = layout.columns.into_iter().map(|column| column.title).collect();
            (titles.join(" "), layout.left_out)
        };
        assert_eq!(titles(20), ("id total_amount".to_owned(), 3));
        assert_eq!(titles(80), ("id total_amount entity_name is_deleted".to_owned(), 1));
    }
}
