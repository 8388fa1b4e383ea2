//! [`TableReader`]: reads a table of a copy page by page, without losing records that the copy holds twice.

use campfire::Json;

use super::fields::Fields;
use crate::copy::ReadCopy;
use crate::error::Error;

/// The number of records that are read at a time.
const PAGE: usize = 1_000;

/// Reads a table of a copy page by page.
pub(super) struct TableReader<'a, C> {
    copy: &'a C,
    table: &'a str,
    after: Option<i64>,
    limit: usize,
    is_done: bool,
}

impl<'a, C: ReadCopy> TableReader<'a, C> {
    pub(super) fn new(copy: &'a C, table: &'a str) -> Self {
        TableReader { copy, table, after: None, limit: PAGE, is_done: false }
    }

    /// Returns the next records, or `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Json>>, Error> {
        while !self.is_done {
            let mut page = self.copy.records(self.table, self.after, self.limit).await?;
            self.is_done = page.len() < self.limit;
            self.check_order(&page)?;
            if !self.is_done {
                self.leave_last(&mut page)?;
            }
            if !page.is_empty() {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    fn id(&self, record: &Json) -> Result<i64, Error> {
        Ok(Fields::new(self.table, record)?.id)
    }

    fn check_order(&self, page: &[Json]) -> Result<(), Error> {
        let mut previous = self.after.and_then(|after| after.checked_add(1)).unwrap_or(i64::MIN);
        for record in page {
            let id = self.id(record)?;
            if id < previous {
                let table = self.table;
                return Err(Error::copy(format!(
                    "the table `{table}` is not in the order of its ids: {id} follows {previous}"
                )));
            }
            previous = id;
        }
        Ok(())
    }

    /// Leaves the last id to the next page: there may be more records with it, which no page after it would return.
    fn leave_last(&mut self, page: &mut Vec<Json>) -> Result<(), Error> {
        let Some(last) = page.last() else { return Ok(()) };
        let last = self.id(last)?;
        let mut kept = page.len();
        while kept > 0 && self.id(&page[kept - 1])? == last {
            kept -= 1;
        }
        page.truncate(kept);
        match page.last() {
            Some(record) => self.after = Some(self.id(record)?),
            // The page held nothing but copies of one record.
            None => self.limit = self.limit.saturating_mul(2),
        }
        Ok(())
    }
}
