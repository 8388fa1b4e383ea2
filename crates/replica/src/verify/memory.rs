//! [`MemoryCopy`]: a copy in memory.

use std::collections::BTreeMap;

use campfire::Json;

use super::fields::Fields;
use crate::copy::ReadCopy;
use crate::error::Error;

/// A copy in memory, for tests and small exports.
#[derive(Clone, Debug, Default)]
pub struct MemoryCopy {
    tables: BTreeMap<String, Vec<Json>>,
}

impl MemoryCopy {
    /// Returns an empty copy.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a table. The records are put in the order of their ids; several may have the same id.
    ///
    /// # Errors
    /// If a record has no `id`.
    pub fn set(&mut self, table: &str, records: Vec<Json>) -> Result<(), Error> {
        let mut keyed = Vec::with_capacity(records.len());
        for record in records {
            keyed.push((Fields::new(table, &record)?.id, record));
        }
        keyed.sort_by_key(|(id, _)| *id);
        self.tables.insert(table.to_owned(), keyed.into_iter().map(|(_, record)| record).collect());
        Ok(())
    }

    /// Returns the records of a table.
    pub fn table(&self, table: &str) -> &[Json] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }
}

impl ReadCopy for MemoryCopy {
    async fn tables(&self) -> Result<Vec<String>, Error> {
        Ok(self.tables.keys().cloned().collect())
    }

    async fn records(&self, table: &str, after: Option<i64>, limit: usize) -> Result<Vec<Json>, Error> {
        let records = self.table(table);
        let start = records.partition_point(|record| record["id"].as_i64() <= after);
        Ok(records[start..].iter().take(limit).cloned().collect())
    }
}
