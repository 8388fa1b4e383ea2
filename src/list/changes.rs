//! [`ChangeStream`]: what has changed in a list since the last run.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use campfire_values::Timestamp;
use chrono::{DateTime, TimeDelta, Utc};
use futures_core::Stream;
use serde::{Deserialize, Serialize};

use super::pages::{Fetched, PageStream};
use super::record::Record;
use super::records::in_order;
use super::source::Source;
use super::token::{Binding, checksum};
use crate::defaults::SYNC_OVERLAP;
use crate::outcome::error::{Error, RequestError};
use crate::outcome::response::Response;
use crate::wire::page::Page;

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

/// The time up to which the changes of a list are known: each run returns one for the next run.
///
/// It can be serialized. It contains the operation, a checksum of path parameters and filters, a time by the clock of the
/// server, and the ids and checksums of the records that changed just before it: the next run reads these again and leaves
/// them out. A watermark made from a [`Timestamp`] starts at that time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    #[serde(rename = "v")]
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(default)]
    query: u64,
    at: Timestamp,
    /// Ids and checksums of the records that a run from `at` would return again.
    #[serde(default)]
    known: BTreeMap<i64, u64>,
}

impl Watermark {
    const VERSION: u32 = 1;

    /// Returns the time from which the next run reads changes.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    fn rejected_by(&self, binding: &Binding) -> Option<String> {
        if self.version != Self::VERSION {
            return Some(format!(
                "the watermark has version {}, but this version of the SDK reads {}",
                self.version,
                Self::VERSION
            ));
        }
        binding.mismatch("watermark", self.operation.as_deref()?, self.query)
    }
}

impl From<Timestamp> for Watermark {
    fn from(at: Timestamp) -> Self {
        Self { version: Self::VERSION, operation: None, query: 0, at, known: BTreeMap::new() }
    }
}

impl fmt::Debug for Watermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watermark").field("operation", &self.operation).field("at", &self.at).finish_non_exhaustive()
    }
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
/// The first run, without a watermark, returns all records and no deletions. The time of a watermark comes from the server:
/// the `Date` of its first response, minus the duration of that call and an [overlap](Self::overlap). Lists that cover the
/// last six months by default are read for all of time.
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
    /// The start of the next run, known from the first response on.
    at: Option<Timestamp>,
    known: BTreeMap<i64, u64>,
    /// The number of records without a time of change.
    undated: usize,
    complete: bool,
    rejection: Option<Error>,
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
            Some(since) => (list.clone().since(since.at), list.since(since.at).deleted()),
        };
        Self {
            binding,
            ordered,
            overlap: SYNC_OVERLAP,
            since,
            live: Some(PageStream::new(live)),
            deleted: deleted.map(PageStream::new),
            ready: VecDeque::new(),
            at: None,
            known: BTreeMap::new(),
            undated: 0,
            complete: false,
            rejection,
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

    /// Returns the start of the next run, once this one is complete; on ordered feeds at any time.
    pub fn watermark(&self) -> Option<Watermark> {
        // During a run, records that were fetched but not yet taken do not count.
        let current = self.ordered && self.ready.is_empty();
        if !self.complete && !current {
            return None;
        }
        let (at, known) = match (self.at, &self.since) {
            (Some(at), _) => (at, &self.known),
            (None, Some(since)) => (since.at, &since.known),
            (None, None) => return None,
        };
        Some(Watermark {
            version: Watermark::VERSION,
            operation: Some(self.binding.operation.id.to_owned()),
            query: self.binding.query,
            at,
            known: known.clone(),
        })
    }

    /// Takes in a page: collects its changes, and what the next run must know.
    fn read(&mut self, page: Response<Page<T>>, deleted: bool) {
        if !self.ordered && self.at.is_none() {
            let earlier = self.since.as_ref().map(Watermark::at);
            // Whole seconds, for servers that do not compare fractions.
            let began = subtract(began(&page), self.overlap);
            let began = Timestamp::from_unix_seconds(began.unix_seconds()).unwrap_or(began);
            self.at = Some(earlier.map_or(began, |earlier| earlier.max(began)));
        }
        for row in in_order(page) {
            match row {
                Err(error) => self.ready.push_back(Err(error)),
                Ok(row) => self.row(row, deleted),
            }
        }
    }

    fn row(&mut self, row: T, deleted: bool) {
        /// The number of records without a time of change that are remembered.
        const UNDATED: usize = 5_000;
        let Some(id) = row.identity() else {
            self.ready.push_back(Ok(Change::Changed(row)));
            return;
        };
        let before = self.since.as_ref().and_then(|since| since.known.get(&id)).copied();
        let modified = row.last_modified_at().or_else(|| row.deleted_at());
        let comes_again = match (modified, self.at) {
            // Only records with the latest time may come again.
            (Some(modified), at) if self.ordered => {
                let highest = at.or_else(|| self.since.as_ref().map(Watermark::at));
                if highest.is_none_or(|highest| modified > highest) {
                    self.known.clear();
                } else if at.is_none() {
                    self.known = self.since.as_ref().map(|since| since.known.clone()).unwrap_or_default();
                }
                self.at = highest.max(Some(modified));
                Some(modified) == self.at
            }
            (None, _) if self.ordered => false,
            (Some(modified), Some(at)) => modified >= at,
            _ => {
                self.undated += 1;
                self.undated <= UNDATED
            }
        };
        let sum = if comes_again || before.is_some() {
            Some(checksum(&serde_json::to_vec(&row).unwrap_or_default()))
        } else {
            None
        };
        let news = before.is_none() || before != sum;
        if let (true, Some(sum)) = (comes_again, sum) {
            self.known.insert(id, sum);
        }
        // Some lists return live records with the deleted ones; those were already read.
        if news && !(deleted && row.is_deleted() == Some(false)) {
            let deletion = deleted.then(|| Deleted { id, deleted_at: row.deleted_at().or(modified) });
            self.ready.push_back(Ok(deletion.map_or(Change::Changed(row), Change::Deleted)));
        }
    }
}

/// Returns the time at which the server started to process the request, or slightly earlier: by its own clock if it sends
/// a `Date`.
fn began<T>(page: &Response<Page<T>>) -> Timestamp {
    // `Date` has whole seconds.
    const RESOLUTION: Duration = Duration::from_secs(1);
    let date = page.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
    let answered = match date.and_then(|date| httpdate::parse_http_date(date).ok()) {
        Some(date) => Timestamp::from(date),
        None => Timestamp::now(),
    };
    subtract(answered, page.elapsed() + RESOLUTION)
}

/// Returns the time this much earlier, or the earliest that the calendar can express.
fn subtract(time: Timestamp, by: Duration) -> Timestamp {
    let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
    DateTime::<Utc>::from(time).checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC).into()
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
