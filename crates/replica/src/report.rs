//! [`Report`]: what a run has done.

use std::fmt;

use crate::error::Error;

/// What a run has done, table by table.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The tables, parents before their children.
    pub tables: Vec<TableReport>,
}

/// What a run has done to a table.
#[derive(Debug)]
#[non_exhaustive]
pub struct TableReport {
    /// The name of the table.
    pub table: &'static str,
    /// How the table was read.
    pub method: Method,
    /// The number of rows that were written.
    pub written: u64,
    /// The number of rows that were deleted.
    pub deleted: u64,
    /// The number of records that were read and had not changed.
    pub unchanged: u64,
    /// What may be wrong with the table, though it was read.
    pub warnings: Vec<String>,
    /// Why the table is not current.
    pub failures: Vec<Failure>,
}

/// How a table is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// The server returns what has changed since the last run.
    Changes,
    /// Everything is read and compared with the copy, because the server cannot say what has changed or was deleted.
    Comparison,
    /// Everything below each parent is read and compared with the copy.
    Children,
}

/// Why a table is not current.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The parent whose records could not be read; `None` if the whole table is affected.
    pub parent: Option<i64>,
    /// What went wrong.
    pub error: Error,
}

impl Report {
    /// Returns `true` if every table is current.
    pub fn is_complete(&self) -> bool {
        self.tables.iter().all(TableReport::is_complete)
    }
}

impl TableReport {
    pub(crate) fn new(table: &'static str, method: Method) -> Self {
        let (warnings, failures) = (Vec::new(), Vec::new());
        Self { table, method, written: 0, deleted: 0, unchanged: 0, warnings, failures }
    }

    /// Returns `true` if the table is current.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }

    /// Returns `true` if nothing was to be done.
    fn is_quiet(&self) -> bool {
        self.is_complete() && self.written + self.deleted + self.unchanged == 0
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Changes => "changes",
            Self::Comparison => "comparison",
            Self::Children => "children",
        })
    }
}

/// Writes a table with a line per table that had records to copy or to compare, and below it warnings and failures.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (quiet, busy): (Vec<_>, Vec<_>) = self.tables.iter().partition(|table| table.is_quiet());
        let width = busy.iter().map(|table| table.table.len()).max().unwrap_or(0).max(5);
        let digits = |count: fn(&TableReport) -> u64| {
            let most = busy.iter().copied().map(count).max().unwrap_or(0);
            most.to_string().len()
        };
        // The longest names leave room for seven digits in 80 columns.
        let written_width = digits(|table| table.written).max(7);
        let deleted_width = digits(|table| table.deleted).max(7);
        let unchanged_width = digits(|table| table.unchanged).max(9);
        let mut line = |texts: [&str; 5]| {
            let [table, method, written, deleted, unchanged] = texts;
            write!(f, "{table:width$}  {method:10}  {written:>written_width$}  {deleted:>deleted_width$}  ")?;
            writeln!(f, "{unchanged:>unchanged_width$}")
        };
        if !busy.is_empty() {
            line(["table", "read by", "written", "deleted", "unchanged"])?;
        }
        for TableReport { table, method, written, deleted, unchanged, .. } in &busy {
            let [method, written, deleted, unchanged] =
                [method.to_string(), written.to_string(), deleted.to_string(), unchanged.to_string()];
            line([table, &method, &written, &deleted, &unchanged])?;
        }
        let more = if busy.is_empty() { "" } else { "more " };
        match quiet.len() {
            0 => {}
            1 => writeln!(f, "1 {more}table is current, and had nothing to copy.")?,
            many => writeln!(f, "{many} {more}tables are current, and had nothing to copy.")?,
        }
        for table in &self.tables {
            for warning in &table.warnings {
                writeln!(f, "{}: warning: {warning}", table.table)?;
            }
            for Failure { parent, error } in &table.failures {
                match parent {
                    Some(parent) => writeln!(f, "{}: records below {parent}: {error}", table.table)?,
                    None => writeln!(f, "{}: {error}", table.table)?,
                }
            }
        }
        Ok(())
    }
}
