//! The rows of the file: what each creates, and the line that it begins on.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs;
use std::path::Path;

use campfire::operations::Operation;
use campfire::{Json, JsonObject};
use campfire_outbox::Create;

use crate::failure::Failure;
use crate::path;

/// How to read the file.
pub(super) struct Layout<'a> {
    /// What separates the columns.
    pub(super) delimiter: u8,
    /// The column that identifies a row.
    pub(super) key: &'a str,
    /// The name of the import.
    pub(super) name: String,
}

/// The rows of a file, in its order.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) creates: Vec<Create>,
    lines: HashMap<String, u64>,
}

/// Finds the lines on which rows begin. The CSV reader's own count is one too low after line ends of Windows, because a row begins
/// for it between the two characters.
struct Lines<'a> {
    text: &'a [u8],
    /// How far lines are counted.
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, counted: 0, line: 1 }
    }

    /// Returns the line of a row that begins at a byte, or after the line ends there. Rows are asked for in their order.
    fn at(&mut self, byte: u64) -> u64 {
        let start = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        let ends = self.text[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let begin = (start + ends).max(self.counted);
        self.line += self.text[self.counted..begin].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted = begin;
        self.line
    }
}

impl Rows {
    /// Reads the rows of a file. All of them must be readable, and no two may have the same key: the second would never be
    /// created.
    pub(super) fn read(operation: &Operation<'static>, file: &Path, layout: &Layout<'_>) -> Result<Self, Failure> {
        let wrong = |what: &dyn Display| Failure::usage(format!("{}: {what}", file.display()));
        let text = fs::read(file).map_err(|error| wrong(&error))?;
        if let Err(error) = str::from_utf8(&text) {
            let line = Lines::new(&text).at(error.valid_up_to() as u64);
            return Err(wrong(&format!(
                "line {line} is not UTF-8: save the file as \"CSV UTF-8\", or convert it with iconv"
            )));
        }
        let mut reader =
            csv::ReaderBuilder::new().delimiter(layout.delimiter).trim(csv::Trim::All).from_reader(&text[..]);
        let titles: Vec<String> = reader.headers().map_err(|error| wrong(&error))?.iter().map(str::to_owned).collect();
        if let Some(mistake) = mistake(&titles, layout.key) {
            return Err(wrong(&mistake));
        }
        let (mut rows, mut lines) = (Self::default(), Lines::new(&text));
        for record in reader.records() {
            let record = record.map_err(|error| wrong(&error))?;
            let line = lines.at(record.position().map_or(0, csv::Position::byte));
            let cells: Vec<(&str, &str)> =
                titles.iter().map(String::as_str).zip(record.iter()).filter(|(_, cell)| !cell.is_empty()).collect();
            rows.add(operation, layout, line, &cells).map_err(|error| wrong(&format!("line {line}: {error}")))?;
        }
        Ok(rows)
    }

    fn add(
        &mut self,
        operation: &Operation<'static>,
        layout: &Layout<'_>,
        line: u64,
        cells: &[(&str, &str)],
    ) -> Result<(), String> {
        let own = cells.iter().find(|(title, _)| *title == layout.key).map(|(_, cell)| *cell);
        let own = own.ok_or_else(|| format!("the column `{}` is empty", layout.key))?;
        let key = format!("{}/{own}", layout.name);
        if let Some(other) = self.lines.insert(key.clone(), line) {
            return Err(format!("line {other} has the key `{own}`, too"));
        }
        self.creates.push(create(operation, layout.key, key, cells)?);
        Ok(())
    }

    /// Returns the row with a key, for people.
    pub(super) fn place(&self, key: &str) -> String {
        match self.lines.get(key) {
            Some(line) => format!("line {line} ({key})"),
            // An earlier run added it from a file that had the row.
            None => key.to_owned(),
        }
    }

    /// Returns the line on which the row with a key begins.
    pub(super) fn line(&self, key: &str) -> Option<u64> {
        self.lines.get(key).copied()
    }
}

/// Returns what is wrong with the titles of the columns.
fn mistake(titles: &[String], key: &str) -> Option<String> {
    if titles.is_empty() {
        return Some("the file is empty; its first line has the titles of the columns".to_owned());
    }
    let doubled =
        titles.iter().enumerate().find(|(index, title)| !title.is_empty() && titles[..*index].contains(title));
    if let Some((_, title)) = doubled {
        return Some(format!("two columns have the title `{title}`"));
    }
    (!titles.iter().any(|title| title == key)).then(|| no_key(titles, key))
}

/// Says that there is no column for the key. A file in which all columns seem to be one has another delimiter.
fn no_key(titles: &[String], key: &str) -> String {
    let other = match titles {
        [title] => [(';', ";"), ('\t', "tab")].into_iter().find(|(delimiter, _)| title.contains(*delimiter)),
        _ => None,
    };
    match other {
        Some((_, name)) => {
            format!("there is a single column: if `{name}` separates its columns, add --delimiter '{name}'")
        }
        None => format!("there is no column `{key}`: name the one that identifies a row with --key"),
    }
}

/// Returns the create of a row.
fn create(
    operation: &Operation<'static>,
    key_column: &str,
    key: String,
    cells: &[(&str, &str)],
) -> Result<Create, String> {
    let cell = |title: &str| cells.iter().find(|(found, _)| *found == title).map(|(_, cell)| *cell);
    // The log may have been lost, or be that of another file with the same name.
    let mut create = Create::new(key, operation.id).look_first();
    let mut taken = vec![key_column];
    for parameter in &operation.path_parameters {
        let shown = parameter.shown_name();
        let id = cell(shown).or_else(|| cell(shown.trim_end_matches("_id")));
        let id = id.ok_or_else(|| format!("a column `{shown}` is required"))?;
        let id: i64 = id.parse().map_err(|_| format!("`{id}` is not an id"))?;
        create = create.id(id);
        taken.push(shown);
    }
    let mut body = Json::Object(JsonObject::new());
    if let Some(description) = &operation.body {
        for (title, cell) in cells.iter().filter(|(title, _)| !taken.contains(title)) {
            path::assign(&mut body, &description.ty, &format!("{title}={cell}"))?;
        }
    }
    Ok(create.body(&body))
}
