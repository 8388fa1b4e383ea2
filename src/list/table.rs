//! [`Table`]: a list of the API as data, read without naming its type.

use std::marker::PhantomData;

use campfire_values::{Json, RecordText, Timestamp};

use super::changes::ChangeStream;
use super::erased::erased_page;
use super::options::ListOptions;
use super::position::Paging;
use super::progress::{Listener, Progress};
use super::record::Record;
use super::schema::{self, RecordSchema};
use super::source::{ALL_TIME, CHANGED_FROM, CHANGED_UNTIL, INCLUDE_DELETED, ListBuilder, OFFSET, Source};
use super::watermark::Watermark;
use crate::call::{Call, Endpoint};
use crate::client::Client;
use campfire_transport::outcome::error::{Error, RequestError};
use campfire_transport::outcome::operation::Operation;
use campfire_transport::outcome::rejected::RejectedRecords;

/// A list of the API as data: its name, its fields, and what it allows.
///
/// There is one for each list that needs no parameters but the ids in its path. The generator writes them.
#[derive(Clone, Copy)]
pub struct Table {
    pub(crate) name: &'static str,
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) paging: Paging,
    /// `None` if the list has no change filter; otherwise whether it is sorted by the time of changes.
    pub(crate) sync: Option<bool>,
    pub(crate) record: &'static str,
    /// The names of the ids in its path.
    pub(crate) ids: &'static [&'static str],
    pub(crate) parent: Option<&'static str>,
}

impl Table {
    /// Returns the name: the path of the resource with underscores, such as `contracts_subscriptions`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the operation that lists the records.
    pub fn operation(&self) -> &'static Operation {
        &self.endpoint.operation
    }

    /// Returns the name of the records' type in the API: `ContractSubscription`.
    pub fn kind(&self) -> &'static str {
        self.record
    }

    /// Returns the fields of the records.
    pub fn schema(&self) -> &'static RecordSchema {
        schema::of(self.record)
    }

    /// Returns `true` if the server can select the records that changed since a time.
    pub fn can_sync(&self) -> bool {
        self.sync.is_some()
    }

    /// Returns `true` if the server also tells which records were deleted, so that `sync` finds deletions.
    pub fn reports_deletions(&self) -> bool {
        self.endpoint.optional.contains(&INCLUDE_DELETED)
    }

    /// Returns the name of the table whose records this list exists below, if any.
    pub fn parent(&self) -> Option<&'static str> {
        self.parent
    }

    /// Returns a request for all records of the list, of all time. `parents` are the ids of the records that it is below, outermost first; none for most
    /// lists.
    ///
    /// # Errors
    /// If there are too few or too many parents.
    pub fn list(&self, client: &Client, parents: &[i64]) -> Result<TableList, Error> {
        if parents.len() != self.ids.len() {
            let message = format!("`{}` takes {} parent ids, not {}", self.name, self.ids.len(), parents.len());
            return Err(RequestError::new(self.operation(), message).into());
        }
        let ids = self.ids.iter().zip(parents);
        let mut call = ids.fold(Call::new(client, self.endpoint), |call, (name, id)| call.with(name, *id));
        // Without it, some lists have only the records of the last six months.
        call.set_if_optional(ALL_TIME, true);
        let (paging, sync) = (self.paging, self.sync);
        Ok(TableList { call, options: ListOptions::default(), paging, sync, record: PhantomData })
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A request for a list whose records are read as [`Json`] or as text. Its methods are those of [`List`](super::any::List).
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is streamed"]
pub struct TableList<T = Json> {
    call: Call,
    options: ListOptions,
    paging: Paging,
    sync: Option<bool>,
    record: PhantomData<fn() -> T>,
}

impl TableList {
    /// Reads each record as its text, which takes less time and memory.
    pub fn texts(self) -> TableList<RecordText> {
        let Self { call, options, paging, sync, .. } = self;
        TableList { call, options, paging, sync, record: PhantomData }
    }
}

impl<T: Record> TableList<T> {
    /// Sets how many pages are fetched at the same time, if the list is paged by offset. A large page counts until it begins to
    /// arrive.
    pub fn concurrency(mut self, pages: usize) -> Self {
        self.options.concurrency = pages;
        self
    }

    /// Sets what happens to a page when one of its records cannot be decoded. Default: the record is collected, and the others
    /// are returned.
    pub fn rejected_records(mut self, policy: RejectedRecords) -> Self {
        self.call.rejected_records(policy);
        self
    }

    /// Sets a listener that is called with the progress after each page.
    pub fn on_progress(mut self, listener: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.options.on_progress = Some(Listener::new(listener));
        self
    }

    /// Selects the records whose last change is in a span of time, both ends included. Returns `None` if the list has no change
    /// filter.
    pub fn changed_between(mut self, from: Option<Timestamp>, until: Option<Timestamp>) -> Option<Self> {
        self.sync?;
        for (filter, time) in [(CHANGED_FROM, from), (CHANGED_UNTIL, until)] {
            if let Some(time) = time {
                if !self.call.has_optional(filter) {
                    return None;
                }
                self.call.set(filter, time.to_string());
            }
        }
        Some(self)
    }

    /// Selects up to this many records from an offset on. Returns `None` if the list is not paged by offset.
    pub fn window(mut self, offset: u64, records: u64) -> Option<Self> {
        if self.paging != Paging::Offset {
            return None;
        }
        self.call.set(OFFSET, offset.to_string());
        self.options.max_items = Some(records);
        Some(self)
    }

    /// Streams what has changed since an earlier run, or everything. Returns `None` if the list has no change filter.
    pub fn sync(self, since: impl Into<Option<Watermark>>) -> Option<ChangeStream<T>> {
        let ordered = self.sync?;
        Some(ChangeStream::new(self.into_source(), ordered, since.into()))
    }
}

impl<T: Record> ListBuilder for TableList<T> {
    type Record = T;

    fn into_source(self) -> Source {
        Source { call: self.call, options: self.options, paging: self.paging, decoder: erased_page::<T> }
    }

    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }

    fn options_mut(&mut self) -> &mut ListOptions {
        &mut self.options
    }
}
