//! Columns that a user named although no record has them.

use std::collections::BTreeSet;

use campfire::operations::Type;
use campfire::{Json, JsonObject};
use campfire_operation_table::suggest;

use super::columns;
use crate::session::Session;

/// How many fields a warning names.
const NEAR: usize = 4;

/// The columns that a user named, and that neither the description nor a record so far has.
pub(super) struct Absent {
    paths: Vec<String>,
    /// What somebody who named one of them may have meant.
    fields: BTreeSet<String>,
}

impl Absent {
    /// Returns the columns that the description lacks.
    pub(super) fn new(named: Option<&[String]>, ty: &Type<'_>) -> Self {
        let fields: BTreeSet<String> = columns::described(ty).into_iter().map(|column| column.path).collect();
        let paths = named.into_iter().flatten().filter(|path| !fields.contains(*path)).cloned().collect();
        Self { paths, fields }
    }

    /// Notes what a record has.
    pub(super) fn see(&mut self, record: &Json) {
        if self.paths.is_empty() {
            return;
        }
        self.paths.retain(|path| columns::value(record, path).is_null());
        for field in record.as_object().into_iter().flat_map(JsonObject::keys) {
            if !self.fields.contains(field) {
                self.fields.insert(field.clone());
            }
        }
    }

    /// Returns the fields that look like a name, or contain it.
    fn near(&self, path: &str) -> Vec<&str> {
        let fields = || self.fields.iter().map(String::as_str);
        let mut near = suggest::similar(path, fields());
        near.extend(fields().filter(|field| field.contains(path)));
        let mut seen = BTreeSet::new();
        near.retain(|field| seen.insert(*field));
        near.truncate(NEAR);
        near
    }

    /// Warns of the columns that no record had.
    pub(super) fn warn(&self, session: &mut Session) {
        for path in &self.paths {
            let hint = suggest::hint(&self.near(path));
            session.note(format!("warning: no record has a value for --columns {path}{hint}"));
        }
    }
}
