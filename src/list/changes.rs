//! [`Changes`]: what has changed in a list since the last run.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_core::Stream;
use serde::{Deserialize, Serialize};

use super::pages::Fetched;
use super::rows::in_order;
use super::token::{Binding, checksum};
use super::{List, Row};
use crate::error::{Error, RequestError};
use crate::{Page, Pages, Response, Timestamp};

/// A list that can tell what has changed.
pub(crate) trait Syncable: List {
    /// Whether its rows come in the order of their changes, by the word of the reference.
    const ORDERED: bool;

    /// Only what has changed at that moment or after.
    fn since(self, moment: Timestamp) -> Self;
    /// Only what was deleted, where that can be asked.
    fn deleted(self) -> Option<Self>;
    /// Without the window that the server applies by default, where it does.
    fn all_time(self) -> Option<Self>;
}

/// One change of a list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change<T> {
    /// A row that is new, or that has changed, as it is now.
    Changed(T),
    /// A row that is there no more.
    Deleted(Deleted),
}

/// What is left of a row that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deleted {
    /// Its id.
    pub id: i64,
    /// When it was deleted, by the clock of the server.
    pub deleted_at: Option<Timestamp>,
}

/// Up to where the changes of a list are known: what one run gives to the next.
///
/// It serializes, and holds the operation, a checksum of ids and filters, a moment by the clock of the server, and the ids
/// and checksums of the rows that changed just before: the next run reads these again and leaves them out. Made from
/// a [`Timestamp`], it begins at that moment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    #[serde(rename = "v")]
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(default)]
    query: u64,
    at: Timestamp,
    /// Ids and checksums of the rows that a run from `at` would give again.
    #[serde(default)]
    known: BTreeMap<i64, u64>,
}

impl Watermark {
    const VERSION: u32 = 1;

    /// The moment from which the next run asks for changes.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    fn refused_by(&self, binding: &Binding) -> Option<String> {
        if self.version != Self::VERSION {
            return Some(format!("the watermark has version {}, this reads {}", self.version, Self::VERSION));
        }
        binding.refusal("watermark", self.operation.as_deref()?, self.query)
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

/// What has changed in a list since the last run: rows that are new or different, then rows that were deleted.
///
/// ```
/// # #[cfg(all(feature = "revenue-recognition", feature = "sandbox"))]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = campfire::sandbox::Sandbox::start().await?;
/// # let campfire = sandbox.client()?;
/// use campfire::{Change, Watermark};
///
/// let saved: Option<Watermark> = None; // what the last run has saved
/// let mut run = campfire.contracts().list().page_size(500).sync(saved);
/// while let Some(change) = run.try_next().await? {
///     match change {
///         Change::Changed(contract) => println!("write {}", contract.id),
///         Change::Deleted(contract) => println!("delete {}", contract.id),
///         _ => {}
///     }
/// }
/// let next: Option<Watermark> = run.watermark(); // save it with what was written
/// # assert!(next.is_some());
/// # Ok(())
/// # }
/// # #[cfg(not(all(feature = "revenue-recognition", feature = "sandbox")))]
/// # fn main() {}
/// ```
///
/// A [`Stream`]; [`Changes::try_next`] needs no import. The watermark is there when the run is complete, so a run that
/// breaks off changes nothing: begin again from the last one. (The feeds of payments come in the order of their
/// changes, and may be saved on the way.) Changes that are made during a run come with it or with the next one, and may
/// come with both, so write rows by their id. A row that does not decode is an error in its place, with the row as it
/// came; whoever reads on behind it has dealt with it.
///
/// The first run, without a watermark, gives all rows there are and no deletions. The moment of a watermark is
/// the server's, from the `Date` of its first answer, less the time that the answer took and an [overlap](Self::overlap).
/// Lists that look back six months by default are asked for all of time.
///
/// Lists whose rows the server cannot select by time have no `sync`, and the compiler says so; read them whole:
///
#[cfg_attr(feature = "accounts-receivable", doc = "```compile_fail,E0599")]
#[cfg_attr(not(feature = "accounts-receivable"), doc = "```ignore")]
/// # fn run(campfire: campfire::Client) {
/// campfire.invoices().list().sync(None);
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Changes<T> {
    binding: Binding,
    ordered: bool,
    overlap: Duration,
    since: Option<Watermark>,
    live: Option<Pages<T>>,
    deleted: Option<Pages<T>>,
    ready: VecDeque<Result<Change<T>, Error>>,
    /// Where the next run begins: known with the first answer.
    at: Option<Timestamp>,
    known: BTreeMap<i64, u64>,
    /// Rows that do not say when they changed.
    undated: usize,
    complete: bool,
    refusal: Option<Error>,
    checksum: fn(&T) -> u64,
}

impl<T: Row + Serialize + Send + Unpin + 'static> Changes<T> {
    pub(crate) fn new<L: Syncable<Row = T>>(list: L, since: Option<Watermark>) -> Self {
        let binding = list.binding();
        let refusal = since
            .as_ref()
            .and_then(|since| since.refused_by(&binding))
            .map(|message| Error::Request(RequestError { operation: binding.operation, message, fields: Vec::new() }));
        let mut list = list.clone().all_time().unwrap_or(list);
        list.call_mut().list_mut().repeats = L::ORDERED;
        let (live, deleted) = match &since {
            None => (list, None),
            Some(since) => (list.clone().since(since.at), list.since(since.at).deleted()),
        };
        Self {
            binding,
            ordered: L::ORDERED,
            overlap: Duration::from_secs(60),
            since,
            live: Some(Pages::new(live)),
            deleted: deleted.map(Pages::new),
            ready: VecDeque::new(),
            at: None,
            known: BTreeMap::new(),
            undated: 0,
            complete: false,
            refusal,
            checksum: |row| checksum(&serde_json::to_vec(row).unwrap_or_default()),
        }
    }

    /// How far behind the beginning of this run the next one begins, so that a change that was made before and committed
    /// after is not missed. What was read already is left out then. Default: one minute. Feeds that come in order have none.
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap;
        self
    }

    /// The next change, or `None` when there is no more.
    ///
    /// # Errors
    /// When a row does not decode (the next call goes on behind it), when its page cannot be had (the run ends there), or
    /// when the watermark is of another list.
    pub async fn try_next(&mut self) -> Result<Option<Change<T>>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }

    /// Where the next run begins: when this one is complete, or at any time on a feed that comes in order.
    pub fn watermark(&self) -> Option<Watermark> {
        // On the way, rows that are fetched and not yet taken do not count.
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
            operation: Some(self.binding.operation.to_owned()),
            query: self.binding.query,
            at,
            known: known.clone(),
        })
    }

    /// Takes a page in: what of it is news, and what the next run has to know.
    fn read(&mut self, page: Response<Page<T>>, deleted: bool) {
        if !self.ordered && self.at.is_none() {
            let earlier = self.since.as_ref().map(Watermark::at);
            // Whole seconds, for servers that compare no finer.
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
        /// How many rows are remembered that do not say when they changed.
        const UNDATED: usize = 5_000;
        let Some(id) = row.identity() else {
            self.ready.push_back(Ok(Change::Changed(row)));
            return;
        };
        let before = self.since.as_ref().and_then(|since| since.known.get(&id)).copied();
        let modified = row.last_modified_at().or_else(|| row.deleted_at());
        let comes_again = match (modified, self.at) {
            // Behind the highest that was seen nothing comes again, and what stands at it does.
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
        let sum = if comes_again || before.is_some() { Some((self.checksum)(&row)) } else { None };
        let news = before.is_none() || before != sum;
        if let (true, Some(sum)) = (comes_again, sum) {
            self.known.insert(id, sum);
        }
        // Some lists give live rows with the deleted ones, which came before.
        if news && !(deleted && row.is_deleted() == Some(false)) {
            let deletion = deleted.then(|| Deleted { id, deleted_at: row.deleted_at().or(modified) });
            self.ready.push_back(Ok(deletion.map_or(Change::Changed(row), Change::Deleted)));
        }
    }
}

/// When the server began to answer, or a little before, by its own clock where it tells it.
fn began<T>(page: &Response<Page<T>>) -> Timestamp {
    // It tells whole seconds.
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

impl<T: Row + Serialize + Send + Unpin + 'static> Stream for Changes<T> {
    type Item = Result<Change<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(change) = this.ready.pop_front() {
                return Poll::Ready(Some(change));
            }
            if let Some(refusal) = this.refusal.take() {
                (this.live, this.deleted) = (None, None);
                return Poll::Ready(Some(Err(refusal)));
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

impl<T> fmt::Debug for Changes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("since", &self.since).field("complete", &self.complete).finish_non_exhaustive()
    }
}
