//! [`ChangeStream`]: what has changed in a list since the last run.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use campfire_values::Timestamp;
use futures_core::Stream;

use super::pages::{Fetched, PageStream};
use super::record::Record;
use super::records::InOrder;
use super::source::Source;
use super::token::{Binding, PageToken, checksum_of};
use super::watermark::{Clocks, Phase, Start, SyncWarning, Unfinished, Watermark};
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

/// A page of changes, and where the run resumes after it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ChangePage<T> {
    /// The changes, in order. A page can be without any.
    pub changes: Vec<Change<T>>,
    /// Why records could not be decoded, each with the record as received.
    pub rejected: Vec<Error>,
    /// Save it together with the changes: the next `sync` resumes after them, or starts a new run after the last page. `None`
    /// if there is nothing to resume from yet.
    pub watermark: Option<Watermark>,
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
/// let mut saved: Option<Watermark> = None; // saved by the last run, or the last page of an interrupted one
/// let mut run = campfire.contracts().list().page_size(500).sync(saved.clone());
/// while let Some(page) = run.try_next_page().await? {
///     for change in page.changes {
///         match change {
///             Change::Changed(contract) => println!("write {}", contract.id),
///             Change::Deleted(contract) => println!("delete {}", contract.id),
///             _ => {}
///         }
///     }
///     saved = page.watermark; // save it together with the data
/// }
/// # assert!(saved.unwrap().is_complete());
/// # Ok(())
/// # }
/// # #[cfg(not(all(feature = "revenue-recognition", feature = "sandbox")))]
/// # fn main() {}
/// ```
///
/// Read it page by page, or change by change as a [`Stream`]; [`ChangeStream::try_next`] works without importing the trait.
/// Every page has a [`Watermark`] that resumes after it, the first run included, so an interrupted run loses a page at most.
/// Changes made during a run are returned by it or by the next one, and possibly by both, so write records by their id. A
/// record that cannot be decoded is an error in its place, with the record as received; by reading further, you accept that
/// it is skipped.
///
/// The first run, without a watermark, reads no deletions. The next run starts only as late as both clocks agree: at the
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
    /// The lists that are left to read.
    lists: VecDeque<(Phase, PageStream<T>)>,
    /// How far they were read.
    phase: Phase,
    token: Option<PageToken>,
    /// The user limits how many records are read, so the end of a list may not be its end on the server.
    limited: bool,
    /// The last page announced more.
    more: bool,
    complete: bool,
    ready: VecDeque<Result<Change<T>, Error>>,
    since: Option<Start>,
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
    /// What ends the run before the next page.
    failure: Option<Error>,
    warnings: Vec<SyncWarning>,
}

impl<T: Record> ChangeStream<T> {
    /// The decoder of the list returns pages of this type. An `ordered` list returns records in the order of their changes.
    pub(crate) fn new(list: Source, ordered: bool, since: Option<Watermark>) -> Self {
        let binding = list.binding();
        let rejection = since.as_ref().and_then(|since| since.rejected_by(&binding));
        let limited = list.options.max_items.is_some();
        let mut run = Self {
            binding,
            ordered,
            overlap: SYNC_OVERLAP,
            lists: VecDeque::new(),
            phase: Phase::Live,
            token: None,
            limited,
            more: false,
            complete: false,
            ready: VecDeque::new(),
            since: None,
            started: None,
            clocks: None,
            at: None,
            known: BTreeMap::new(),
            highest: None,
            undated: 0,
            gone: BTreeSet::new(),
            failure: None,
            warnings: Vec::new(),
        };
        match (rejection, since.map(Watermark::into_parts)) {
            (Some(message), _) => run.failure = Some(RequestError::new(binding.operation, message).into()),
            (None, None) => run.open(list),
            (None, Some((since, None))) => {
                run.since = Some(since);
                run.open(list);
            }
            (None, Some((next, Some(unfinished)))) => {
                run.restore(next, unfinished);
                run.open(list);
            }
        }
        run
    }

    /// Continues a run that was interrupted.
    fn restore(&mut self, next: Start, unfinished: Unfinished) {
        let Unfinished { since, phase, token, undated } = unfinished;
        self.at = Some(next.at);
        self.known = next.known.into_iter().map(|(id, sum)| (id, (None, sum))).collect();
        (self.since, self.phase, self.token, self.undated) = (since, phase, token, undated);
        // Only lists that turned out not to be in order have such watermarks.
        self.ordered = false;
    }

    /// Opens the lists that are left to read.
    fn open(&mut self, list: Source) {
        let mut list = list.all_time();
        list.options.repeats = self.ordered;
        list.options.may_restart = true;
        let lists = match &self.since {
            None => vec![(Phase::Live, list)],
            Some(since) => {
                let deleted = list.clone().since(since.at).deleted();
                let live = Some((Phase::Live, list.since(since.at)));
                live.into_iter().chain(deleted.map(|list| (Phase::Deleted, list))).collect()
            }
        };
        for (phase, mut list) in lists {
            if phase == self.phase {
                list.options.resume = self.token.clone();
            } else if self.phase == Phase::Deleted {
                continue;
            }
            self.lists.push_back((phase, PageStream::new(list)));
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
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// Returns the next page of changes, or `None` after the last. Changes of a page that [`try_next`](Self::try_next) began
    /// come first.
    ///
    /// # Errors
    /// If the page cannot be fetched (the run ends there), or if the watermark belongs to another list.
    pub async fn try_next_page(&mut self) -> Result<Option<ChangePage<T>>, Error> {
        if self.ready.is_empty() {
            match poll_fn(|context| self.poll_page(context)).await {
                Some(read) => read?,
                None => return Ok(None),
            }
        }
        let (mut changes, mut rejected) = (Vec::with_capacity(self.ready.len()), Vec::new());
        for change in self.ready.drain(..) {
            match change {
                Ok(change) => changes.push(change),
                Err(error) => rejected.push(error),
            }
        }
        Ok(Some(ChangePage { changes, rejected, watermark: self.watermark() }))
    }

    /// Returns what may be wrong with this run and its watermark: mostly a clock. Complete at the end of the run.
    pub fn warnings(&self) -> &[SyncWarning] {
        &self.warnings
    }

    /// Returns when the server began to process the first request of this stream, by its own clock, or up to a second earlier.
    /// `None` before the first page, and if its response had no `Date` that can be read.
    ///
    /// What the server had changed by then is among the changes of the run, if the run was not resumed.
    pub fn server_time(&self) -> Option<Timestamp> {
        self.clocks.as_ref().and_then(|clocks| clocks.server)
    }

    /// Returns where `sync` resumes this run, or starts the next one if this one is complete. `None` while changes of a page
    /// are left to take, and if there is nothing to resume from yet.
    pub fn watermark(&self) -> Option<Watermark> {
        if !self.ready.is_empty() {
            return None;
        }
        let known = || self.known.iter().map(|(id, (_, sum))| (*id, *sum)).collect();
        let next = self.at.map(|at| Start { at, known: known() });
        match next {
            // The watermark of an ordered list moves with its records, so it needs no position.
            Some(next) if self.complete || self.ordered => Some(Watermark::new(&self.binding, next)),
            Some(next) => {
                let (phase, undated) = (self.phase, self.undated);
                let unfinished = Unfinished { since: self.since.clone(), phase, token: self.token.clone(), undated };
                Some(Watermark::unfinished(&self.binding, next, unfinished))
            }
            None => self.since.clone().map(|since| Watermark::new(&self.binding, since)),
        }
    }

    /// Reads a page of changes.
    ///
    /// The end of a list is noted together with its last page, so that the watermark of the last page is that of the run.
    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<(), Error>>> {
        let mut has_page = false;
        loop {
            if let Some(failure) = self.failure.take() {
                self.lists.clear();
                return Poll::Ready(Some(Err(failure)));
            }
            let Some((phase, pages)) = self.lists.front_mut() else {
                return Poll::Ready(has_page.then_some(Ok(())));
            };
            let phase = *phase;
            self.started.get_or_insert_with(Timestamp::now);
            match pages.poll_fetched(context) {
                Poll::Pending if has_page => return Poll::Ready(Some(Ok(()))),
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(Fetched { page, place, .. }))) => {
                    self.phase = phase;
                    self.read(page, phase == Phase::Deleted);
                    self.more = place.after.is_some();
                    let Some(token) = place.after else {
                        has_page = true;
                        continue;
                    };
                    self.token = Some(token);
                    return Poll::Ready(Some(Ok(())));
                }
                Poll::Ready(Some(Err(error))) => {
                    self.failure = Some(error);
                    if has_page {
                        return Poll::Ready(Some(Ok(())));
                    }
                }
                Poll::Ready(None) => self.end_list(),
            }
            if has_page {
                return Poll::Ready(Some(Ok(())));
            }
        }
    }

    /// Notes the end of a list.
    fn end_list(&mut self) {
        if self.limited && self.more {
            self.lists.clear();
            return;
        }
        self.lists.pop_front();
        match self.lists.front() {
            Some((phase, _)) => (self.phase, self.token) = (*phase, None),
            None => self.complete = true,
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
        if self.at.is_some() {
            // The run was interrupted: the next one starts as its first response said.
            self.clocks = Some(clocks);
            return;
        }
        let since = self.since.as_ref().map(|since| since.at);
        let (next, warning) = clocks.next(since, self.overlap);
        // The watermark of an ordered list moves with its records.
        self.at = if self.ordered && warning.is_none() { since } else { Some(next) };
        self.warnings.extend(warning);
        if let (true, Some(since)) = (self.ordered, &self.since) {
            self.known = since.known.iter().map(|(id, sum)| (*id, (Some(since.at), *sum))).collect();
        }
        self.clocks = Some(clocks);
    }

    fn row(&mut self, row: T, deleted: bool) {
        let Some(id) = row.id() else {
            self.ready.push_back(Ok(Change::Changed(row)));
            return;
        };
        let before = self.since.as_ref().and_then(|since| since.known.get(&id)).copied();
        let is_deleted = row.is_deleted() == Some(true) || row.deleted_at().is_some();
        if deleted && !is_deleted {
            // The first list returns it, in this run or in the next.
            if row.is_deleted().is_none() {
                self.note_unmarked();
            }
            return;
        }
        let modified = row.last_modified_at().or_else(|| row.deleted_at());
        let comes_again = self.comes_again(modified, deleted);
        let sum = (comes_again || before.is_some()).then(|| checksum_of(&row));
        if let (true, Some(sum)) = (comes_again, sum) {
            self.known.insert(id, (modified, sum));
        }
        if before.is_some() && before == sum {
            return;
        }
        // From here on, the user has another state of the record, so the old one would be news again: a record can be
        // deleted, restored and deleted within a second, and look the same each time that it is deleted.
        if let Some(since) = &mut self.since {
            since.known.remove(&id);
        }
        if !is_deleted {
            self.gone.remove(&id);
            self.ready.push_back(Ok(Change::Changed(row)));
        } else if self.gone.insert(id) {
            self.ready.push_back(Ok(Change::Deleted(Deleted { id, deleted_at: row.deleted_at().or(modified) })));
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
            let since = self.since.as_ref().map(|since| since.at);
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

impl<T: Record> Stream for ChangeStream<T> {
    type Item = Result<Change<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Poll::Ready(Some(change));
            }
            match ready!(self.poll_page(context)) {
                Some(Ok(())) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T> fmt::Debug for ChangeStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeStream")
            .field("since", &self.since.as_ref().map(|since| since.at))
            .field("complete", &self.complete)
            .finish_non_exhaustive()
    }
}
