//! [`Pages`]: the pages of a list, fetched ahead.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::task::Task;
use super::token::{Binding, PageToken};
use super::walk::{Broken, Walk};
use super::{List, Position, Progress};
use crate::error::{DecodeError, Error, RequestError};
use crate::{Page, Response};

/// The pages of a list, one after the other.
///
/// A [`Stream`]; [`Pages::try_next`] needs no import. The next page is fetched while you work on this one, and nothing
/// is fetched before the first is asked for. Rows that came already, because others wrote meanwhile, are left out of the
/// pages after. After an error it ends. Dropped, it takes its requests back.
#[must_use = "streams do nothing unless polled"]
pub struct Pages<T> {
    fetched: Pin<Box<dyn Stream<Item = Result<Fetched<T>, Error>> + Send>>,
}

impl<T: Send + 'static> Pages<T> {
    pub(crate) fn new<L: List<Row = T>>(list: L) -> Self {
        Self { fetched: Box::pin(Reader::new(list)) }
    }

    /// The next page, or `None` after the last.
    ///
    /// # Errors
    /// When the page cannot be had; the pages end there.
    pub async fn try_next(&mut self) -> Result<Option<Response<Page<T>>>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

impl<T> Pages<T> {
    pub(super) fn poll_fetched(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Fetched<T>, Error>>> {
        self.fetched.as_mut().poll_next(context)
    }
}

impl<T> Stream for Pages<T> {
    type Item = Result<Response<Page<T>>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_fetched(context).map(|fetched| fetched.map(|fetched| fetched.map(|fetched| fetched.page)))
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

/// A page, and what is needed to stop within it.
pub(super) struct Fetched<T> {
    pub(super) page: Response<Page<T>>,
    pub(super) place: Place,
}

/// Where a page stands in its list.
#[derive(Clone, Debug)]
pub(super) struct Place {
    binding: Binding,
    at: Position,
    /// The places of its rows among those that the server has sent, and their ids.
    rows: Vec<(usize, Option<i64>)>,
    /// The ids of the last rows before it.
    before: Vec<i64>,
    /// Where the list goes on behind it; nothing at the end.
    pub(super) after: Option<PageToken>,
}

impl Place {
    /// The token behind so many of its rows.
    pub(super) fn token(&self, rows: usize) -> Option<PageToken> {
        if rows >= self.rows.len() {
            return self.after.clone();
        }
        let mut behind = self.before.clone();
        behind.extend(self.rows[..rows].iter().filter_map(|(_, id)| *id));
        behind.drain(..behind.len().saturating_sub(PageToken::REMEMBERED));
        let at = match (&self.at, rows.checked_sub(1).map(|last| self.rows[last])) {
            // An offset counts rows: begin at the last one, so that it is seen when the rows have moved.
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

/// A page that is being fetched, and where it begins.
type Flying<L> = (Position, Task<Result<Response<Page<<L as List>::Row>>, Error>>);

/// Reads a list: asks the walk where to go, fetches, and fetches ahead.
struct Reader<L: List> {
    list: L,
    binding: Binding,
    walk: Walk,
    /// In the order of the list; the first is the one that is waited for.
    flying: VecDeque<Flying<L>>,
    progress: Progress,
    ended: bool,
    /// What comes instead of a next page.
    last_words: Option<Error>,
}

// Nothing in it is pinned: the futures are in their tasks.
impl<L: List> Unpin for Reader<L> {}

impl<L: List> Reader<L> {
    fn new(list: L) -> Self {
        let binding = list.binding();
        let options = list.options();
        let mut walk = Walk::new(L::PAGING, list.offset(), !options.repeats);
        let mut last_words = None;
        if let Some(token) = &options.resume {
            walk.resume(token);
            last_words = token.refused_by(&binding).map(|message| {
                Error::Request(RequestError { operation: binding.operation, message, fields: Vec::new() })
            });
        }
        let progress = Progress::default();
        Self { list, binding, walk, flying: VecDeque::new(), progress, ended: false, last_words }
    }

    fn left(&self) -> u64 {
        self.list.options().max_items.map_or(u64::MAX, |most| most.saturating_sub(self.progress.rows))
    }

    /// Sends what can be sent by now.
    fn fetch_ahead(&mut self) {
        let Some(next) = self.walk.next() else {
            self.flying.clear();
            return;
        };
        // What was fetched ahead is of no use when the rows have moved.
        if self.flying.front().is_some_and(|(at, _)| at != next) {
            self.flying.clear();
        }
        let width = self.list.options().concurrency.max(1);
        let mut wanted = vec![next.clone()];
        let (begin, left) = (next.offset(), self.left());
        wanted.extend(self.walk.ahead().take_while(|at| at.offset() - begin < left).take(width - 1));
        for at in wanted.into_iter().skip(self.flying.len()) {
            let task = Task::spawn(self.list.at(&at).fetch());
            self.flying.push_back((at, task));
        }
    }

    /// A page as its user sees it, or nothing where it only showed the way.
    fn take(&mut self, at: &Position, mut page: Response<Page<L::Row>>) -> Result<Option<Fetched<L::Row>>, Error> {
        let before = self.walk.recent().to_vec();
        let link = page.next.clone().unwrap_or_default();
        let ids = super::row::identities(&page);
        let kept = match self.walk.take(&mut page) {
            Ok(kept) => kept,
            Err(reason) => return Err(broken(&page, &link, reason)),
        };
        self.last_words = self.walk.broken().map(|reason| broken(&page, &link, reason));
        let Some(kept) = kept else { return Ok(None) };
        let mut rows: Vec<(usize, Option<i64>)> = kept.into_iter().map(|index| (index, ids[index])).collect();
        let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
        let after =
            self.walk.next().map(|next| PageToken::new(&self.binding, next.clone(), self.walk.recent().to_vec()));
        let mut place = Place { binding: self.binding, at: at.clone(), rows: Vec::new(), before, after };
        if rows.len() > left {
            let marks: Vec<bool> = (0..rows.len()).map(|index| index < left).collect();
            super::row::keep(&mut page, &marks);
            place.rows.clone_from(&rows);
            place.after = place.token(left);
            rows.truncate(left);
        }
        place.rows = rows;
        self.progress.rows += place.rows.len() as u64;
        self.progress.pages += 1;
        self.progress.bytes += page.bytes;
        self.progress.expected = self.walk.count().and_then(|count| u64::try_from(count).ok());
        self.ended = self.left() == 0;
        page.token.clone_from(&place.after);
        Ok(Some(Fetched { page, place }))
    }
}

impl<L: List> Stream for Reader<L> {
    type Item = Result<Fetched<L::Row>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(error) = this.last_words.take() {
                this.ended = true;
                this.flying.clear();
                return Poll::Ready(Some(Err(error)));
            }
            if this.ended || this.left() == 0 {
                this.flying.clear();
                return Poll::Ready(None);
            }
            this.fetch_ahead();
            let Some((_, task)) = this.flying.front_mut() else {
                this.ended = true;
                return Poll::Ready(None);
            };
            let fetched = ready!(task.poll(context));
            let Some((at, _)) = this.flying.pop_front() else { continue };
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
                Err(error) => this.last_words = Some(error),
            }
        }
    }
}

/// A server that says that there is more and gives no way to it: to stop there would lose rows in silence.
fn broken<T>(page: &Response<Page<T>>, link: &str, reason: Broken) -> Error {
    Error::Decode(Box::new(DecodeError {
        operation: page.operation.id,
        status: page.status(),
        path: "next".to_owned(),
        reason: reason.to_owned(),
        excerpt: crate::decode::cut(link.as_bytes(), 0),
        took_effect: false,
        request_id: page.request_id().map(str::to_owned),
    }))
}
