//! [`ChangeStream`]: what has changed in a list since the last run.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use campfire_values::Timestamp;
use futures_core::Stream;
use serde::Serialize;

use super::pages::{Fetched, PageStream};
use super::record::Record;
use super::records::InOrder;
use super::source::Source;
use super::token::{Binding, checksum_of};
use super::watermark::{Clocks, SyncWarning, Watermark};
use crate::wire::page::Page;
use campfire_transport::defaults::SYNC_OVERLAP;
use campfire_transport::outcome::error::{Error, RequestError};
use campfire_transport::outcome::response::Response;

/// One change of a list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change<T> {
    /// A record that is new or has changed, in its current state.
    Changed(T),
    /// A record that was deleted.
    Deleted(Deleted),
}

/// A record that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deleted {
    /// Its id.
    pub id: i64,
    /// When it was deleted, by the clock of the server.
    pub deleted_at: Option<Timestamp>,
}

/// What has changed in a list since the last run: records that are new or changed, then records that were deleted.
///
/// ```
/// # #[cfg(all(feature = "revenue-recognition", feature = "sandbox"))]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = campfire::sandbox::Sandbox::start().await?;
/// # let campfire = sandbox.client()?;
/// use campfire::{Change, Watermark};
///
/// let saved: Option<Watermark> = None; // saved by the last run
/// let mut run = campfire.contracts().list().page_size(500).sync(saved);
/// while let Some(change) = run.try_next().await? {
///     match change {
///         Change::Changed(contract) => println!("write {}", contract.id),
///         Change::Deleted(contract) => println!("delete {}", contract.id),
///         _ => {}
///     }
/// }
/// let next: Option<Watermark> = run.watermark(); // save it together with the data
/// # assert!(next.is_some());
/// # Ok(())
/// # }
/// # #[cfg(not(all(feature = "revenue-recognition", feature = "sandbox")))]
/// # fn main() {}
/// ```
///
/// A [`Stream`]; [`ChangeStream::try_next`] works without importing the trait. The watermark is available once the run is
/// complete, so an interrupted run changes nothing: start again from the last watermark. (The feeds of payments come in the
/// order of their changes, and may be saved on the way.) Changes made during a run are returned by it or by the next one,
/// and possibly by both, so write records by their id. A record that cannot be decoded is an error in its place, with the
/// record as received; by reading further, you accept that it is skipped.
///
/// The first run, without a watermark, reads no deletions. A watermark moves only as far as both clocks agree: it is the
/// `Date` of the first response, minus the duration of that call, or the local time, if that is earlier, minus an
/// [overlap](Self::overlap). [`warnings`](Self::warnings) tells what may be wrong with it. A record counts as deleted if
/// `is_deleted` is true or `deleted_at` is not null. Lists that cover the last six months by default are read for all of
/// time.
///
/// Lists that the server cannot filter by time have no `sync` method. Read them in full:
///
#[cfg_attr(feature = "accounts-receivable", doc = "```compile_fail,E0599")]
#[cfg_attr(not(feature = "accounts-receivable"), doc = "```ignore")]
/// # fn run(campfire: campfire::Client) {
/// campfire.invoices().list().sync(None);
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct ChangeStream<T> {
    binding: Binding,
    ordered: bool,
    overlap: Duration,
    since: Option<Watermark>,
    live: Option<PageStream<T>>,
    deleted: Option<PageStream<T>>,
    ready: VecDeque<Result<Change<T>, Error>>,
    /// The local time before the first request.
    started: Option<Timestamp>,
    /// Known from the first response on, as is the start of the next run.
    clocks: Option<Clocks>,
    at: Option<Timestamp>,
    /// The records that the next run would return again: the times of their changes, and their checksums.
    known: BTreeMap<i64, (Option<Timestamp>, u64)>,
    /// The time of the latest change in an ordered list.
    highest: Option<Timestamp>,
    /// The number of records without a time of change.
    undated: usize,
    /// The deleted records that the first list had.
    gone: BTreeSet<i64>,
    complete: bool,
    rejection: Option<Error>,
    warnings: Vec<SyncWarning>,
}

impl<T: Record + Serialize + Send + Unpin + 'static> ChangeStream<T> {
    /// The decoder of the list returns pages of this type. An `ordered` list returns records in the order of their changes.
    pub(crate) fn new(list: Source, ordered: bool, since: Option<Watermark>) -> Self {
        let binding = list.binding();
        let rejection = since
            .as_ref()
            .and_then(|since| since.rejected_by(&binding))
            .map(|message| RequestError::new(binding.operation, message).into());
        let mut list = list.all_time();
        list.options.repeats = ordered;
        let (live, deleted) = match &since {
            None => (list, None),
            Some(since) => (list.clone().since(since.at()), list.since(since.at()).deleted()),
        };
        Self {
            binding,
            ordered,
            overlap: SYNC_OVERLAP,
            since,
            live: Some(PageStream::new(live)),
            deleted: deleted.map(PageStream::new),
            ready: VecDeque::new(),
            started: None,
            clocks: None,
            at: None,
            known: BTreeMap::new(),
            highest: None,
            undated: 0,
            gone: BTreeSet::new(),
            complete: false,
            rejection,
            warnings: Vec::new(),
        }
    }

    /// Sets how far before the start of this run the next one starts, so that a change made before and committed after it is
    /// not missed. Changes that were already read are left out. Default: one minute. Ordered feeds need no overlap.
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap;
        self
    }

    /// Returns the next change, or `None` after the last.
    ///
    /// # Errors
    /// If a record cannot be decoded (the next call continues after it), if its page cannot be fetched (the run ends
    /// there), or if the watermark belongs to another list.
    pub async fn try_next(&mut self) -> Result<Option<Change<T>>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// Returns what may be wrong with this run and its watermark: mostly a clock. Complete at the end of the run.
    pub fn warnings(&self) -> &[SyncWarning] {
        &self.warnings
    }

    /// Returns the start of the next run, once this one is complete; on ordered feeds at any time.
    pub fn watermark(&self) -> Option<Watermark> {
        // During a run, records that were fetched but not yet taken do not count.
        let current = self.ordered && self.ready.is_empty();
        if !self.complete && !current {
            return None;
        }
        match (self.at, &self.since) {
            (Some(at), _) => {
                let known = self.known.iter().map(|(id, (_, sum))| (*id, *sum)).collect();
                Some(Watermark::new(&self.binding, at, known))
            }
            (None, Some(since)) => Some(Watermark::new(&self.binding, since.at(), since.known.clone())),
            (None, None) => None,
        }
    }

    /// Takes in a page: collects its changes, and what the next run must know.
    fn read(&mut self, page: Response<Page<T>>, deleted: bool) {
        if self.clocks.is_none() {
            self.read_clocks(&page);
        }
        for row in InOrder::new(page) {
            match row {
                Err(error) => self.ready.push_back(Err(error)),
                Ok(row) => self.row(row, deleted),
            }
        }
    }

    /// Reads the clocks from the first response, and decides where the next run starts.
    fn read_clocks(&mut self, page: &Response<Page<T>>) {
        let local = self.started.unwrap_or_else(Timestamp::now);
        let (clocks, warning) = Clocks::read(local, page.headers(), page.elapsed());
        self.warnings.extend(warning);
        let since = self.since.as_ref().map(Watermark::at);
        let (next, warning) = clocks.next(since, self.overlap);
        // The watermark of an ordered list moves with its records.
        self.at = if self.ordered && warning.is_none() { since } else { Some(next) };
        self.warnings.extend(warning);
        if let (true, Some(since)) = (self.ordered, &self.since) {
            self.known = since.known.iter().map(|(id, sum)| (*id, (Some(since.at()), *sum))).collect();
        }
        self.clocks = Some(clocks);
    }

    fn row(&mut self, row: T, deleted: bool) {
        let Some(id) = row.identity() else {
            self.ready.push_back(Ok(Change::Changed(row)));
            return;
        };
        let before = self.since.as_ref().and_then(|since| since.known.get(&id)).copied();
        let modified = row.last_modified_at().or_else(|| row.deleted_at());
        let comes_again = self.comes_again(modified, deleted);
        let sum = (comes_again || before.is_some()).then(|| checksum_of(&row));
        if let (true, Some(sum)) = (comes_again, sum) {
            self.known.insert(id, (modified, sum));
        }
        if before.is_some() && before == sum {
            return;
        }
        let is_deleted = row.is_deleted() == Some(true) || row.deleted_at().is_some();
        if is_deleted && self.gone.insert(id) {
            self.ready.push_back(Ok(Change::Deleted(Deleted { id, deleted_at: row.deleted_at().or(modified) })));
        } else if !is_deleted && !deleted {
            self.ready.push_back(Ok(Change::Changed(row)));
        } else if !is_deleted && row.is_deleted().is_none() {
            self.note_unmarked();
        }
    }

    /// Returns `true` if the next run will read a record with this time of change again.
    fn comes_again(&mut self, modified: Option<Timestamp>, deleted: bool) -> bool {
        /// The number of records without a time of change that are remembered.
        const UNDATED: usize = 5_000;
        if self.ordered && !deleted {
            self.follow(modified);
        }
        match (modified, self.at) {
            (Some(modified), Some(at)) => modified >= at,
            _ if self.ordered => false,
            _ => {
                self.undated += 1;
                self.undated <= UNDATED
            }
        }
    }

    /// Moves the watermark of an ordered list to its latest record, but not past the local time.
    fn follow(&mut self, modified: Option<Timestamp>) {
        let Some(modified) = modified else { return };
        if self.highest.is_some_and(|highest| modified < highest) {
            self.warnings.push(SyncWarning::NotInOrder);
            self.ordered = false;
            let since = self.since.as_ref().map(Watermark::at);
            self.at = self.clocks.as_ref().map(|clocks| clocks.next(since, self.overlap).0);
            return;
        }
        self.highest = Some(modified);
        let at = Some(modified.min(Timestamp::now()));
        if at > self.at {
            self.at = at;
            self.known.retain(|_, (modified, _)| *modified >= at);
        }
    }

    fn note_unmarked(&mut self) {
        match self.warnings.last_mut() {
            Some(SyncWarning::NotMarkedAsDeleted(records)) => *records += 1,
            _ => self.warnings.push(SyncWarning::NotMarkedAsDeleted(1)),
        }
    }
}

impl<T: Record + Serialize + Send + Unpin + 'static> Stream for ChangeStream<T> {
    type Item = Result<Change<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(change) = this.ready.pop_front() {
                return Poll::Ready(Some(change));
            }
            if let Some(rejection) = this.rejection.take() {
                (this.live, this.deleted) = (None, None);
                return Poll::Ready(Some(Err(rejection)));
            }
            let (pages, deleted) = match (&mut this.live, &mut this.deleted) {
                (Some(live), _) => (live, false),
                (None, Some(deleted)) => (deleted, true),
                (None, None) => return Poll::Ready(None),
            };
            this.started.get_or_insert_with(Timestamp::now);
            match ready!(pages.poll_fetched(context)) {
                Some(Ok(Fetched { page, .. })) => this.read(page, deleted),
                Some(Err(error)) => {
                    (this.live, this.deleted) = (None, None);
                    return Poll::Ready(Some(Err(error)));
                }
                None if deleted => (this.deleted, this.complete) = (None, true),
                None => {
                    this.live = None;
                    this.complete = this.deleted.is_none();
                }
            }
        }
    }
}

impl<T> fmt::Debug for ChangeStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeStream")
            .field("since", &self.since)
            .field("complete", &self.complete)
            .finish_non_exhaustive()
    }
}
