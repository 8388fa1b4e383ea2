//! [`Reader`]: reads a list page by page, and fetches ahead. It works on pages without the type of their records.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};

use bytes::BytesMut;

use super::erased::ErasedPage;
use super::fetch::{Arrival, Event, Owner, fetch};
use super::in_flight::InFlight;
use super::place::Place;
use super::position::Position;
use super::progress::{Listener, Progress};
use super::source::Source;
use super::task::Origin;
use super::token::{Binding, PageToken};
use super::walk::{Broken, Walk};
use crate::wire::excerpt;
use campfire_transport::defaults;
use campfire_transport::outcome::error::{DecodeError, Error, RequestError};
use campfire_transport::outcome::response::Response;

/// A page as the user sees it.
pub(super) struct Taken {
    pub(super) page: Response<ErasedPage>,
    /// The records to keep, in the order of the response; `None` keeps all.
    pub(super) marks: Option<Vec<bool>>,
    pub(super) place: Place,
    pub(super) drifted: bool,
    progress: Progress,
}

/// Reads a list page by page.
pub(super) struct Reader {
    state: Arc<Mutex<State>>,
    listener: Option<Listener>,
}

/// Reads a list: asks the walk for the next position, fetches the page there, and fetches ahead.
///
/// The tasks of the pages share it, so that the next request does not wait until the user's task gets its turn.
struct State {
    this: Weak<Mutex<State>>,
    list: Source,
    binding: Binding,
    walk: Walk,
    in_flight: InFlight,
    /// Where the user asked for a page last.
    origin: Origin,
    /// The user is waiting for a page.
    is_awaited: bool,
    progress: Progress,
    ended: bool,
    /// The error that ends the list.
    final_error: Option<Error>,
}

impl Reader {
    pub(super) fn new(list: Source) -> Self {
        let binding = list.binding();
        let mut walk = Walk::new(list.paging, list.offset(), !list.options.repeats);
        let mut final_error = None;
        if let Some(token) = &list.options.resume {
            walk.resume(token, list.options.may_restart);
            final_error =
                token.rejected_by(&binding).map(|message| RequestError::new(binding.operation, message).into());
        }
        let listener = list.options.on_progress.clone();
        let state = Arc::new_cyclic(|this| {
            Mutex::new(State {
                this: this.clone(),
                list,
                binding,
                walk,
                in_flight: InFlight::default(),
                origin: Origin::default(),
                is_awaited: false,
                progress: Progress::default(),
                ended: false,
                final_error,
            })
        });
        Self { state, listener }
    }

    /// Returns the next page, or `None` after the last.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Taken, Error>>> {
        let next = lock(&self.state).poll(context);
        if let (Poll::Ready(Some(Ok(taken))), Some(listener)) = (&next, &self.listener) {
            listener.call(&taken.progress);
        }
        next
    }
}

impl Owner for Mutex<State> {
    fn note(&self, page: u64, event: Event) {
        let mut state = lock(self);
        state.in_flight.note(page, event);
        state.fetch_ahead();
    }

    fn buffer(&self, size: usize) -> BytesMut {
        lock(self).in_flight.buffer(size)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn left(&self) -> u64 {
        self.list.options.max_items.map_or(u64::MAX, |most| most.saturating_sub(self.progress.records))
    }

    /// Sends the requests whose positions are known, as far as there is room, and has the pages decoded that are needed next.
    fn fetch_ahead(&mut self) {
        let Some(next) = self.walk.next().filter(|_| !self.ended) else {
            self.in_flight.clear();
            return;
        };
        // Pages that were fetched ahead are useless once the records have moved.
        self.in_flight.clear_unless_first_is_at(next);
        let width = self.list.options.concurrency.max(1);
        let bytes_ahead = self.list.options.bytes_ahead.unwrap_or(defaults::BYTES_AHEAD);
        let most = if self.is_awaited { self.in_flight.most(width) } else { width };
        let ahead = self.walk.ahead(self.in_flight.head(), self.left());
        let wanted = std::iter::once(next.clone()).chain(ahead);
        for at in wanted.take(most).skip(self.in_flight.len()) {
            if !self.in_flight.has_room(width, bytes_ahead) {
                break;
            }
            let (call, decoder) = (self.list.at(&at), self.list.decoder);
            self.in_flight.request(at, |page, turn| {
                self.origin.spawn(fetch(call, decoder, Arrival::new(self.this.clone(), page), turn))
            });
        }
        self.in_flight.decode();
    }

    /// Returns the next page, or `None` after the last.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Taken, Error>>> {
        self.origin = Origin::here();
        loop {
            if let Some(error) = self.final_error.take() {
                self.end();
                return Poll::Ready(Some(Err(error)));
            }
            if self.ended || self.left() == 0 {
                self.end();
                return Poll::Ready(None);
            }
            self.is_awaited = true;
            self.fetch_ahead();
            let Some((at, fetched)) = ready!(self.in_flight.poll_first(context)) else {
                self.end();
                return Poll::Ready(None);
            };
            match fetched.and_then(|page| self.take(at, page)) {
                Ok(None) => {}
                Ok(Some(taken)) => {
                    self.is_awaited = false;
                    self.fetch_ahead();
                    return Poll::Ready(Some(Ok(taken)));
                }
                Err(error) => self.final_error = Some(error),
            }
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.in_flight = InFlight::default();
    }

    /// Returns a page as the user sees it, or `None` if it only served to find the way.
    fn take(&mut self, at: Position, page: Response<ErasedPage>) -> Result<Option<Taken>, Error> {
        let (before, read) = (self.walk.recent().to_vec(), self.walk.delivered());
        let taken = self.walk.take(&page.head, &page.ids).map_err(|reason| broken(&page, reason))?;
        self.final_error = self.walk.broken().map(|reason| broken(&page, reason));
        let Some(taken) = taken else { return Ok(None) };
        let rows = taken.kept.into_iter().map(|index| (index, page.ids[index])).collect();
        let walk = &self.walk;
        let token =
            |next: &Position| PageToken::new(&self.binding, next.clone(), walk.recent().to_vec(), walk.delivered());
        let after = walk.next().map(token);
        let mut place = Place { binding: self.binding, at, rows, read, before, after };
        place.truncate(usize::try_from(self.left()).unwrap_or(usize::MAX));
        self.progress.records += place.rows.len() as u64;
        self.progress.pages += 1;
        self.progress.bytes += page.body_len();
        self.progress.expected = self.walk.count().and_then(|count| u64::try_from(count).ok());
        self.ended = self.left() == 0;
        let marks = place.marks(page.ids.len());
        Ok(Some(Taken { page, marks, place, drifted: taken.drifted, progress: self.progress.clone() }))
    }
}

/// The error for a server that announces more records but no way to them: ending the list would silently lose records.
fn broken(page: &Response<ErasedPage>, reason: Broken) -> Error {
    let link = page.head.next.as_deref().unwrap_or_default();
    let excerpt = excerpt::around(link.as_bytes(), 0);
    let error = DecodeError::new(page.operation(), page.status(), "next", reason, excerpt);
    let error: Error = error.untyped().into();
    error.with_request_id(page.headers())
}
