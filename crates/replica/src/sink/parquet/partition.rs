//! [`Partitions`]: the month that a row belongs to.

use chrono::Datelike;

use super::disk::Result;
use crate::layout::{ColumnType, Layout, Received, Value};

/// A month: `None` for rows without a date.
pub(super) type Month = Option<(i32, u32)>;

/// Tells which month a row belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partitions {
    column: Option<usize>,
}

impl Partitions {
    /// Partitions by the column of this name. Without one: by the only date of the table, or the time of creation.
    pub(super) fn new(layout: &Layout, column: Option<&str>) -> Result<Self> {
        let columns = layout.columns();
        let of_type = |ty| columns.iter().filter(move |column| column.ty == ty);
        let only_date = || {
            let mut dates = of_type(ColumnType::Date);
            dates.next().filter(|_| dates.next().is_none())
        };
        let creation = || of_type(ColumnType::Timestamp).find(|column| column.name == "created_at");
        let Some(name) = column.or_else(|| only_date().or_else(creation).map(|column| column.name.as_str())) else {
            return Ok(Self { column: None });
        };
        let is_time = |ty| matches!(ty, ColumnType::Date | ColumnType::Timestamp);
        match columns.iter().position(|column| column.name == name && is_time(column.ty)) {
            Some(column) => Ok(Self { column: Some(column) }),
            None => Err(format!("`{}` has no date or time `{name}`", layout.table()).into()),
        }
    }

    pub(super) fn month(self, layout: &Layout, record: &Received) -> Month {
        let date = match layout.value(record, self.column?)? {
            Value::Date(date) => date,
            Value::Timestamp(at) => at.utc_date(),
            _ => return None,
        };
        Some((date.year(), date.month()))
    }
}

/// Returns the name of the folder of a month, which tells engines the value of the column `month`.
pub(super) fn folder(month: Month) -> String {
    match month {
        Some((year, month)) => format!("{PREFIX}{year:04}-{month:02}"),
        // How Hive writes null.
        None => format!("{PREFIX}__HIVE_DEFAULT_PARTITION__"),
    }
}

pub(super) const PREFIX: &str = "month=";
