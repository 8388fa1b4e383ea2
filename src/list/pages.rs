//! [`PageStream`]: the pages of a list, fetched ahead.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::page::ListPage;
use super::position::Position;
use super::progress::Progress;
use super::record;
use super::source::List;
use super::task::Task;
use super::token::{Binding, PageToken};
use super::walk::{Broken, Taken, Walk};
use crate::outcome::error::{DecodeError, Error, RequestError};
use crate::outcome::response::Response;
use crate::wire::excerpt;
use crate::wire::page::Page;

/// The pages of a list, one after the other.
///
/// A [`Stream`]; [`PageStream::try_next`] works without importing the trait. The next page is fetched while you work on the
/// current one; nothing is fetched before the first page is requested. Records that were returned before, because others
/// change the list meanwhile, are left out of later pages. The stream ends after an error. Dropping it cancels requests in
/// flight.
#[must_use = "streams do nothing unless polled"]
pub struct PageStream<T> {
    fetched: Pin<Box<dyn Stream<Item = Result<Fetched<T>, Error>> + Send>>,
}

impl<T: Send + 'static> PageStream<T> {
    pub(crate) fn new<L: List<Record = T>>(list: L) -> Self {
        Self { fetched: Box::pin(Reader::new(list)) }
    }

    /// Returns the next page, or `None` after the last.
    ///
    /// # Errors
    /// If the page cannot be fetched; the stream ends there.
    pub async fn try_next(&mut self) -> Result<Option<Response<ListPage<T>>>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

impl<T> PageStream<T> {
    pub(super) fn poll_fetched(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Fetched<T>, Error>>> {
        self.fetched.as_mut().poll_next(context)
    }
}

impl<T> Stream for PageStream<T> {
    type Item = Result<Response<ListPage<T>>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_fetched(context).map(|next| next.map(|fetched| fetched.map(Fetched::into_list_page)))
    }
}

impl<T> fmt::Debug for PageStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream").finish_non_exhaustive()
    }
}

/// A page, and what is needed to stop within it.
pub(super) struct Fetched<T> {
    pub(super) page: Response<Page<T>>,
    pub(super) place: Place,
    drifted: bool,
}

impl<T> Fetched<T> {
    fn into_list_page(self) -> Response<ListPage<T>> {
        let Self { page, place, drifted } = self;
        page.map(|page| ListPage::new(page, drifted, place.after))
    }
}

/// The place of a page in its list.
#[derive(Clone, Debug)]
pub(super) struct Place {
    binding: Binding,
    at: Position,
    /// The indices of its records in the response, and their ids.
    rows: Vec<(usize, Option<i64>)>,
    /// The ids of the last records before it.
    before: Vec<i64>,
    /// The position after it, or `None` at the end.
    pub(super) after: Option<PageToken>,
}

impl Place {
    /// Returns the token after this many of its records.
    pub(super) fn token(&self, rows: usize) -> Option<PageToken> {
        if rows >= self.rows.len() {
            return self.after.clone();
        }
        let mut behind = self.before.clone();
        behind.extend(self.rows[..rows].iter().filter_map(|(_, id)| *id));
        behind.drain(..behind.len().saturating_sub(PageToken::REMEMBERED));
        let at = match (&self.at, rows.checked_sub(1).map(|last| self.rows[last])) {
            // An offset counts records. Starting at the last one reveals if the records have moved.
            (Position::Start | Position::Offset(_), Some((index, Some(_)))) => {
                Position::offset_or_start(self.at.offset() + index as u64)
            }
            (Position::Start | Position::Offset(_), Some((index, None))) => {
                Position::Offset(self.at.offset() + index as u64 + 1)
            }
            (at, _) => at.clone(),
        };
        Some(PageToken::new(&self.binding, at, behind))
    }
}

/// A page that is being fetched, and its position.
type InFlight<L> = (Position, Task<Result<Response<Page<<L as List>::Record>>, Error>>);

/// Reads a list: asks the walk for the next position, fetches the page there, and fetches ahead.
struct Reader<L: List> {
    list: L,
    binding: Binding,
    walk: Walk,
    /// In the order of the list; the first is needed next.
    in_flight: VecDeque<InFlight<L>>,
    progress: Progress,
    ended: bool,
    /// The error that ends the list.
    final_error: Option<Error>,
}

// Nothing in it is pinned: the futures are inside their tasks.
impl<L: List> Unpin for Reader<L> {}

impl<L: List> Reader<L> {
    fn new(list: L) -> Self {
        let binding = list.binding();
        let options = list.options();
        let mut walk = Walk::new(L::PAGING, list.offset(), !options.repeats);
        let mut final_error = None;
        if let Some(token) = &options.resume {
            walk.resume(token);
            final_error =
                token.rejected_by(&binding).map(|message| RequestError::new(binding.operation, message).into());
        }
        let progress = Progress::default();
        Self { list, binding, walk, in_flight: VecDeque::new(), progress, ended: false, final_error }
    }

    fn left(&self) -> u64 {
        self.list.options().max_items.map_or(u64::MAX, |most| most.saturating_sub(self.progress.records))
    }

    /// Sends the requests whose positions are known.
    fn fetch_ahead(&mut self) {
        let Some(next) = self.walk.next() else {
            self.in_flight.clear();
            return;
        };
        // Pages that were fetched ahead are useless once the records have moved.
        if self.in_flight.front().is_some_and(|(at, _)| at != next) {
            self.in_flight.clear();
        }
        let width = self.list.options().concurrency.max(1);
        let mut wanted = vec![next.clone()];
        let (begin, left) = (next.offset(), self.left());
        wanted.extend(self.walk.ahead().take_while(|at| at.offset() - begin < left).take(width - 1));
        for at in wanted.into_iter().skip(self.in_flight.len()) {
            let task = Task::spawn(self.list.at(&at).fetch());
            self.in_flight.push_back((at, task));
        }
    }

    /// Returns a page as the user sees it, or `None` if it only served to find the way.
    fn take(
        &mut self,
        at: &Position,
        mut page: Response<Page<L::Record>>,
    ) -> Result<Option<Fetched<L::Record>>, Error> {
        let before = self.walk.recent().to_vec();
        let link = page.next.clone().unwrap_or_default();
        let ids = record::identities(&page);
        let taken = match self.walk.take(&mut page) {
            Ok(taken) => taken,
            Err(reason) => return Err(broken(&page, &link, reason)),
        };
        self.final_error = self.walk.broken().map(|reason| broken(&page, &link, reason));
        let Some(Taken { kept, drifted }) = taken else { return Ok(None) };
        let mut rows: Vec<(usize, Option<i64>)> = kept.into_iter().map(|index| (index, ids[index])).collect();
        let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
        let after =
            self.walk.next().map(|next| PageToken::new(&self.binding, next.clone(), self.walk.recent().to_vec()));
        let mut place = Place { binding: self.binding, at: at.clone(), rows: Vec::new(), before, after };
        if rows.len() > left {
            let marks: Vec<bool> = (0..rows.len()).map(|index| index < left).collect();
            record::keep(&mut page, &marks);
            place.rows.clone_from(&rows);
            place.after = place.token(left);
            rows.truncate(left);
        }
        place.rows = rows;
        self.progress.records += place.rows.len() as u64;
        self.progress.pages += 1;
        self.progress.bytes += page.bytes;
        self.progress.expected = self.walk.count().and_then(|count| u64::try_from(count).ok());
        self.ended = self.left() == 0;
        Ok(Some(Fetched { page, place, drifted }))
    }
}

impl<L: List> Stream for Reader<L> {
    type Item = Result<Fetched<L::Record>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(error) = this.final_error.take() {
                this.ended = true;
                this.in_flight.clear();
                return Poll::Ready(Some(Err(error)));
            }
            if this.ended || this.left() == 0 {
                this.in_flight.clear();
                return Poll::Ready(None);
            }
            this.fetch_ahead();
            let Some((_, task)) = this.in_flight.front_mut() else {
                this.ended = true;
                return Poll::Ready(None);
            };
            let fetched = ready!(task.poll(context));
            let Some((at, _)) = this.in_flight.pop_front() else { continue };
            match fetched.and_then(|page| this.take(&at, page)) {
                Ok(None) => {}
                Ok(Some(fetched)) => {
                    if !this.ended {
                        this.fetch_ahead();
                    }
                    if let Some(listener) = &this.list.options().on_progress {
                        listener.call(&this.progress);
                    }
                    return Poll::Ready(Some(Ok(fetched)));
                }
                Err(error) => this.final_error = Some(error),
            }
        }
    }
}

/// The error for a server that announces more records but no way to them: ending the list would silently lose records.
fn broken<T>(page: &Response<Page<T>>, link: &str, reason: Broken) -> Error {
    let excerpt = excerpt::around(link.as_bytes(), 0);
    let error: Error = DecodeError::new(page.operation(), page.status(), "next", reason, excerpt).into();
    error.with_request_id(page.headers())
}
