//! [`Batches`] and [`ChangeBatches`]: lists, and what has changed in them, page by page as record batches.

use std::any::Any;

use arrow_array::RecordBatch;
use campfire::tables::{RecordSchema, Table, TableList};
use campfire::{Change, ChangeStream, List, PageStream, PageToken, Record, RecordText, SyncWarning, Watermark};

use super::rows::Rows;
use crate::error::Error;
use crate::layout::{FieldOrder, Layout, Received};

/// Reads a list as record batches, one per page.
pub fn read<L: List>(list: L) -> Batches<L::Record> {
    Batches { rows: PageRows::new(L::Record::KIND, L::Record::schema()), pages: list.pages() }
}

/// Reads a table as record batches, one per page.
pub fn read_table(table: &Table, list: TableList) -> Batches<RecordText> {
    Batches { rows: PageRows::new(table.name(), table.schema()), pages: list.texts().pages() }
}

/// Reads what has changed in a list as record batches, one per page.
pub fn read_changes<T: Record>(run: ChangeStream<T>) -> ChangeBatches<T> {
    ChangeBatches { rows: PageRows::new(T::KIND, T::schema()), run }
}

/// Reads what has changed in a table as record batches, one per page: `run` is that of
/// [`texts`](TableList::texts), or slower.
pub fn read_changes_of<T: Record>(table: &Table, run: ChangeStream<T>) -> ChangeBatches<T> {
    ChangeBatches { rows: PageRows::new(table.name(), table.schema()), run }
}

/// The pages of a list as record batches.
#[must_use = "streams do nothing unless polled"]
pub struct Batches<T> {
    rows: PageRows,
    pages: PageStream<T>,
}

/// A page of a list as a record batch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PageBatch {
    /// The records.
    pub batch: RecordBatch,
    /// The position after this page, to resume from. `None` after the last page.
    pub token: Option<PageToken>,
}

impl<T: Record> Batches<T> {
    /// Returns the next page, or `None` after the last.
    ///
    /// # Errors
    /// If the page cannot be fetched, or has a record that cannot be decoded or has no integer `id`.
    pub async fn try_next(&mut self) -> Result<Option<PageBatch>, Error> {
        let Some(page) = self.pages.try_next().await? else { return Ok(None) };
        let page = page.into_inner();
        if let Some(rejected) = page.rejected.first() {
            return Err(Error::copy(format!("a record cannot be decoded: {}: {}", rejected.path, rejected.reason)));
        }
        for record in page.results {
            self.rows.push(record)?;
        }
        Ok(Some(PageBatch { batch: self.rows.finish(false)?, token: page.token }))
    }
}

/// What has changed in a list, as record batches.
#[must_use = "streams do nothing unless polled"]
pub struct ChangeBatches<T> {
    rows: PageRows,
    run: ChangeStream<T>,
}

/// A page of changes as a record batch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChangeBatch {
    /// The records that are new or changed, and those that were deleted: the column `_deleted` tells them apart.
    pub batch: RecordBatch,
    /// Save it together with the rows: the next `sync` resumes after them.
    pub watermark: Option<Watermark>,
}

impl<T: Record> ChangeBatches<T> {
    /// Returns the next page, or `None` after the last.
    ///
    /// # Errors
    /// If the page cannot be fetched, or has a record that cannot be decoded or has no integer `id`.
    pub async fn try_next(&mut self) -> Result<Option<ChangeBatch>, Error> {
        let Some(page) = self.run.try_next_page().await? else { return Ok(None) };
        if let Some(error) = page.rejected.into_iter().next() {
            return Err(error.into());
        }
        for change in page.changes {
            match change {
                Change::Changed(record) => self.rows.push(record)?,
                Change::Deleted(deleted) => self.rows.rows.push_deleted(deleted.id),
                _ => return Err(Error::copy("a kind of change that this version does not know")),
            }
        }
        Ok(Some(ChangeBatch { batch: self.rows.finish(true)?, watermark: page.watermark }))
    }

    /// Returns what may be wrong with this run and its watermark: see [`ChangeStream::warnings`].
    pub fn warnings(&self) -> &[SyncWarning] {
        self.run.warnings()
    }
}

impl<T> std::fmt::Debug for Batches<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches").finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for ChangeBatches<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeBatches").finish_non_exhaustive()
    }
}

/// Collects the records of a page.
struct PageRows {
    layout: Layout,
    order: FieldOrder,
    rows: Rows,
}

impl PageRows {
    fn new(name: &str, schema: &RecordSchema) -> Self {
        let layout = Layout::of_records(name, schema);
        Self { rows: Rows::new(&layout), order: FieldOrder::default(), layout }
    }

    fn push<T: Record>(&mut self, record: T) -> Result<(), Error> {
        let record = Received::new(text(record)?, None);
        let record = record.ok_or_else(|| Error::copy("the server returned a record without an `id`"))?;
        self.rows.push(&self.layout.row(&record, &mut self.order));
        Ok(())
    }

    fn finish(&mut self, with_deletions: bool) -> Result<RecordBatch, Error> {
        let batch = self.rows.finish().map_err(|error| Error::storage("build a record batch", error))?;
        if with_deletions {
            return Ok(batch);
        }
        let columns: Vec<usize> = (0..batch.num_columns() - 1).collect();
        batch.project(&columns).map_err(|error| Error::storage("build a record batch", error))
    }
}

/// Returns a record as text. That of a table is text already.
fn text<T: Record>(record: T) -> Result<RecordText, Error> {
    let mut record = Some(record);
    if let Some(text) = (&mut record as &mut dyn Any).downcast_mut::<Option<RecordText>>().and_then(Option::take) {
        return Ok(text);
    }
    let text = serde_json::to_string(&record).map_err(|error| Error::storage("write a record as JSON", error))?;
    text.parse().map_err(|error: campfire::ParseJsonError| Error::storage("read a record as JSON", error))
}
