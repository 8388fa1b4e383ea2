//! [`Replica`]: makes a copy and keeps it current.

use std::collections::BTreeSet;
use std::sync::Arc;

use campfire::tables::{self, Table};
use campfire::{Client, Progress};
use futures_util::{StreamExt, stream};

use crate::error::Error;
use crate::report::{Failure, Report, TableReport};
use crate::run::job::Job;
use crate::run::settings::Settings;
use crate::run::table;
use crate::sink::Sink;

/// Makes a copy of the API's lists and keeps it current.
///
/// Each [`run`](Self::run) reads what has changed since the last one, or goes on with one that was interrupted.
pub struct Replica<S> {
    pub(crate) client: Client,
    pub(crate) sink: S,
    tables: Option<BTreeSet<String>>,
    pub(crate) settings: Settings,
}

impl<S: Sink> Replica<S> {
    /// Creates a replica of all tables.
    pub fn new(client: Client, sink: S) -> Self {
        let settings = Settings { page_size: 500, side_by_side: 4, listener: None };
        Self { client, sink, tables: None, settings }
    }

    /// Copies these tables only, and the tables that they are below. [`campfire::tables::all`] has the names.
    #[must_use]
    pub fn tables(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tables = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Sets how many records are read per request, and written per transaction. Default: 500.
    #[must_use]
    pub fn page_size(mut self, records: u32) -> Self {
        self.settings.page_size = records;
        self
    }

    /// Sets how many tables, or parents of a table, are read at the same time. Default: 4.
    #[must_use]
    pub fn side_by_side(mut self, tables: usize) -> Self {
        self.settings.side_by_side = tables.max(1);
        self
    }

    /// Sets a listener that is called with the name of a table and the progress after each of its pages.
    #[must_use]
    pub fn on_progress(mut self, listener: impl Fn(&str, &Progress) + Send + Sync + 'static) -> Self {
        self.settings.listener = Some(Arc::new(listener));
        self
    }

    /// Returns the sink.
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// Brings all tables up to date. A table that fails does not affect the others: the report says why it did.
    ///
    /// # Errors
    /// If a table is selected that does not exist.
    pub async fn run(&self) -> Result<Report, Error> {
        let selected = self.selected()?;
        let mut reports: Vec<TableReport> = Vec::with_capacity(selected.len());
        let depths: BTreeSet<usize> = selected.iter().map(|table| depth(table)).collect();
        for depth in depths {
            let level = selected.iter().filter(|table| self::depth(table) == depth);
            let runs: Vec<_> = level.map(|table| self.bring_up_to_date(table, &reports)).collect();
            let done: Vec<TableReport> =
                stream::iter(runs).buffer_unordered(self.settings.side_by_side).collect().await;
            reports.extend(done);
        }
        let place = |name: &str| selected.iter().position(|table| table.name() == name);
        reports.sort_by_key(|report| place(report.table));
        Ok(Report { tables: reports })
    }

    /// Returns the selected tables, parents before their children.
    pub(crate) fn selected(&self) -> Result<Vec<&'static Table>, Error> {
        let Some(names) = &self.tables else { return Ok(tables::all().iter().collect()) };
        let mut wanted = BTreeSet::new();
        for name in names {
            let mut next = Some(name.as_str());
            while let Some(name) = next {
                let table = tables::get(name)
                    .ok_or_else(|| Error::copy(format!("there is no table `{name}`: see `campfire::tables::all`")))?;
                wanted.insert(table.name());
                next = table.parent();
            }
        }
        Ok(tables::all().iter().filter(|table| wanted.contains(table.name())).collect())
    }

    /// Brings a table up to date, if its parent is.
    fn bring_up_to_date<'a>(
        &'a self,
        table: &'static Table,
        reports: &[TableReport],
    ) -> impl Future<Output = TableReport> + Send + use<'a, S> {
        let parent = table.parent().and_then(|parent| reports.iter().find(|report| report.table == parent));
        let failed = parent.filter(|parent| !parent.is_complete()).map(|parent| parent.table);
        let mut job = Job::new(&self.client, &self.sink, table, &self.settings);
        async move {
            let outcome = match failed {
                Some(parent) => {
                    Err(Error::copy(format!("not read, because `{parent}`, which its records are below, failed")))
                }
                None => table::run(&mut job).await,
            };
            if let Err(error) = outcome {
                job.report.failures.push(Failure { parent: None, error });
            }
            job.report
        }
    }
}

/// Returns the number of tables that a table is below.
fn depth(table: &Table) -> usize {
    std::iter::successors(table.parent(), |name| tables::get(name)?.parent()).count()
}

impl<S> std::fmt::Debug for Replica<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replica").field("client", &self.client).field("tables", &self.tables).finish_non_exhaustive()
    }
}
