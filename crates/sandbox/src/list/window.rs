//! The dates that lists and statements cover.

use campfire_sandbox_model::Operation;
use campfire_values::{Date, Json, JsonObject};
use chrono::{Datelike, Days, Months};

use crate::messages::query::Query;

/// Returns the window that applies if a query names no dates: from six months ago to the end of this month.
pub(crate) fn default_window(today: Date) -> (Date, Date) {
    let first = today.with_day(1).unwrap_or(today);
    (today - Months::new(6), first + Months::new(1) - Days::new(1))
}

/// The dates that a list is limited to.
pub(super) struct Window<'a> {
    /// The field that holds the date of a record.
    field: &'a str,
    from: Option<Date>,
    to: Option<Date>,
}

impl<'a> Window<'a> {
    /// Returns the window that `start_date`, `end_date`, and `all_time` ask for.
    ///
    /// # Errors
    /// The errors by parameter.
    pub(super) fn new(operation: &'a Operation, query: &Query, today: Date) -> Result<Option<Self>, JsonObject> {
        let Some(field) = operation.effect.records.dated_by.as_deref() else { return Ok(None) };
        if query.is_set("all_time") {
            return Ok(None);
        }
        let date = |name: &str| match query.given(name) {
            Some(text) => text.parse::<Date>().map(Some).map_err(|_| invalid(name, "Enter a valid date.")),
            None => Ok(None),
        };
        Ok(Some(match (date("start_date")?, date("end_date")?) {
            (None, None) if operation.takes("all_time") => {
                let (from, to) = default_window(today);
                Window { field, from: Some(from), to: Some(to) }
            }
            (from, to) => Window { field, from, to },
        }))
    }

    pub(super) fn field(&self) -> &'a str {
        self.field
    }

    pub(super) fn contains(&self, date: Date) -> bool {
        self.from.is_none_or(|from| date >= from) && self.to.is_none_or(|to| date <= to)
    }
}

/// Returns the error for a parameter.
pub(super) fn invalid(name: &str, message: &str) -> JsonObject {
    JsonObject::from([(name.to_owned(), Json::Array(vec![Json::from(message)]))])
}
