//! [`Job`]: bringing one table up to date.

use campfire::tables::{Table, TableList};
use campfire::{Client, List, RecordText, RejectedRecords};

use super::settings::Settings;
use crate::error::Error;
use crate::layout::{Layout, Received};
use crate::report::{Method, TableReport};
use crate::sink::{Batch, RowChange, Sink};
use crate::state::State;

/// A table that is being brought up to date.
pub(crate) struct Job<'a, S> {
    pub(crate) client: &'a Client,
    pub(crate) sink: &'a S,
    pub(crate) table: &'static Table,
    pub(crate) layout: Layout,
    pub(crate) settings: &'a Settings,
    pub(crate) report: TableReport,
}

impl<'a, S: Sink> Job<'a, S> {
    pub(crate) fn new(client: &'a Client, sink: &'a S, table: &'static Table, settings: &'a Settings) -> Self {
        let method = match table.parent() {
            Some(_) => Method::Children,
            None if table.can_sync() && table.reports_deletions() => Method::Changes,
            None => Method::Comparison,
        };
        let report = TableReport::new(table.name(), method);
        Self { client, sink, table, layout: Layout::of(table), settings, report }
    }

    /// Returns the request for the list, below these parents. It ends at a record that cannot be read, so that the state stays
    /// before it: the next run reads it again.
    pub(crate) fn list(&self, parents: &[i64]) -> Result<TableList<RecordText>, Error> {
        let list = self
            .table
            .list(self.client, parents)?
            .texts()
            .page_size(self.settings.page_size)
            .rejected_records(RejectedRecords::Fail);
        let Some(listener) = self.settings.listener.clone().filter(|_| parents.is_empty()) else { return Ok(list) };
        let name = self.table.name();
        Ok(list.on_progress(move |progress| listener(name, progress)))
    }

    /// Returns a record that is to be written.
    pub(crate) fn received(&self, record: RecordText, parent: Option<i64>) -> Result<Received, Error> {
        Received::new(record, parent).ok_or_else(|| Error::copy("the server returned a record without an `id`"))
    }

    /// Writes rows and the state in one transaction.
    pub(crate) async fn write(&mut self, changes: Vec<RowChange>, state: &State) -> Result<(), Error> {
        let written = changes.iter().filter(|change| matches!(change, RowChange::Write(_))).count() as u64;
        let deleted = changes.len() as u64 - written;
        self.sink.write(&self.layout, Batch { changes, state: state.text()? }).await?;
        self.report.written += written;
        self.report.deleted += deleted;
        Ok(())
    }
}
