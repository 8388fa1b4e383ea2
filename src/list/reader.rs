//! [`Reader`]: reads a list page by page, and fetches ahead. It works on pages without the type of their records.

use std::collections::VecDeque;
use std::future::Future;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;

use super::erased::ErasedPage;
use super::head::Head;
use super::place::Place;
use super::position::Position;
use super::progress::Progress;
use super::source::Source;
use super::task::Task;
use super::token::{Binding, PageToken};
use super::walk::{Broken, Walk};
use crate::call::Call;
use crate::send::{self, Decoder};
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
}

/// A page that is being fetched or decoded.
struct InFlight {
    at: Position,
    task: Task<Result<Response<ErasedPage>, Error>>,
    /// Only that of a large page. Decoding a small one takes no longer than reading its head is worth.
    beginning: Signal<Beginning>,
    /// The number of bytes, once all are there.
    size: Signal<usize>,
    /// Tells the task to decode the page, once that is near the front.
    decode: Option<oneshot::Sender<()>>,
}

/// The beginning of a page.
struct Beginning {
    head: Head,
    /// The number of bytes of the whole page, if the server has announced it.
    size: Option<usize>,
}

/// What a task tells of its page before that is decoded.
enum Signal<T> {
    Awaited(oneshot::Receiver<T>),
    /// `None` if the task has ended, or goes on, without telling.
    Known(Option<T>),
}

/// Reads a list: asks the walk for the next position, fetches the page there, and fetches ahead.
pub(super) struct Reader {
    list: Source,
    binding: Binding,
    walk: Walk,
    /// In the order of the list; the first is needed next.
    in_flight: VecDeque<InFlight>,
    /// The size of the largest page so far.
    largest: usize,
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
        let (in_flight, progress) = (VecDeque::new(), Progress::default());
        Self { list, binding, walk, in_flight, largest: 0, progress, ended: false, final_error }
    }

    fn left(&self) -> u64 {
        self.list.options.max_items.map_or(u64::MAX, |most| most.saturating_sub(self.progress.records))
    }

    /// Returns the number of pages that are fetched at the same time.
    fn width(&self) -> usize {
        self.list.options.concurrency.max(1)
    }

    /// Returns the most pages in flight while the first is awaited. The next request does not wait until a large page has
    /// arrived and is decoded, so pages whose head is there make room for others, as far as memory is worth the time.
    fn most(&self) -> usize {
        let begun = self.in_flight.iter().filter(|page| page.beginning.get().is_some()).count();
        self.width() + begun.min(self.width()).min((*CORES).max(self.width() / 2))
    }

    /// Sends the requests whose positions are known, for at most this many pages in flight.
    fn fetch_ahead(&mut self, most: usize) {
        let Some(next) = self.walk.next() else {
            self.in_flight.clear();
            return;
        };
        // Pages that were fetched ahead are useless once the records have moved.
        if self.in_flight.front().is_some_and(|page| page.at != *next) {
            self.in_flight.clear();
        }
        // The size of a page says how many there is room for.
        let beginning = self.in_flight.front().filter(|_| self.largest > 0).and_then(|page| page.beginning.get());
        let ahead = self.walk.ahead(beginning.map(|beginning| &beginning.head), self.left());
        let wanted = std::iter::once(next.clone()).chain(ahead);
        for at in wanted.take(most).skip(self.in_flight.len()) {
            if !self.has_room() {
                break;
            }
            let (begun, beginning) = oneshot::channel();
            let (arrived, size) = oneshot::channel();
            let (decode, turn) = oneshot::channel();
            let task = Task::spawn(fetch(self.list.at(&at), self.list.decoder, begun, arrived, turn));
            let (beginning, size) = (Signal::Awaited(beginning), Signal::Awaited(size));
            self.in_flight.push_back(InFlight { at, task, beginning, size, decode: Some(decode) });
        }
        // Records take more memory than their text, and decoding more pages than there are cores would only delay the first.
        for decode in self.in_flight.iter_mut().take(*CORES).filter_map(|page| page.decode.take()) {
            // If this fails, the page could not be fetched, and its task says why.
            let _ = decode.send(());
        }
    }

    /// Returns `true` if one more page may be fetched. There is always room for the page that is needed next.
    fn has_room(&self) -> bool {
        let limit = self.list.options.bytes_ahead.unwrap_or(defaults::BYTES_AHEAD);
        let bytes: usize = self.in_flight.iter().map(|page| page.size().unwrap_or(self.largest)).sum();
        let awaited = self.in_flight.iter().filter(|page| !page.has_begun()).count();
        self.in_flight.is_empty() || awaited < self.width() && bytes.saturating_add(self.largest) <= limit
    }

    /// Notes what tasks tell of their pages. Returns `true` if there is anything new.
    fn note_signals(&mut self, context: &mut Context<'_>) -> bool {
        let mut news = false;
        for page in &mut self.in_flight {
            if page.beginning.poll(context) | page.size.poll(context) {
                news = true;
                self.largest = self.largest.max(page.size().unwrap_or(0));
            }
        }
        news
    }

    /// Returns the next page, or `None` after the last.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Taken, Error>>> {
        loop {
            if let Some(error) = self.final_error.take() {
                self.ended = true;
                self.in_flight.clear();
                return Poll::Ready(Some(Err(error)));
            }
            if self.ended || self.left() == 0 {
                self.in_flight.clear();
                return Poll::Ready(None);
            }
            self.fetch_ahead(self.most());
            while self.note_signals(context) {
                self.fetch_ahead(self.most());
            }
            let Some(front) = self.in_flight.front_mut() else {
                self.ended = true;
                return Poll::Ready(None);
            };
            let fetched = ready!(front.task.poll(context));
            let Some(InFlight { at, .. }) = self.in_flight.pop_front() else { continue };
            match fetched.and_then(|page| self.take(at, page)) {
                Ok(None) => {}
                Ok(Some(taken)) => {
                    if !self.ended {
                        self.fetch_ahead(self.width());
                    }
                    if let Some(listener) = &self.list.options.on_progress {
                        listener.call(&self.progress);
                    }
                    return Poll::Ready(Some(Ok(taken)));
                }
                Err(error) => self.final_error = Some(error),
            }
        }
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
        Ok(Some(Taken { page, marks, place, drifted: taken.drifted }))
    }
}

impl InFlight {
    /// Returns `true` if the server has begun to send the page, so that it can work on the next one.
    fn has_begun(&self) -> bool {
        self.beginning.get().is_some() || matches!(self.size, Signal::Known(_))
    }

    /// Returns the number of bytes that have arrived, or that the server has announced.
    fn size(&self) -> Option<usize> {
        self.size.get().copied().or_else(|| self.beginning.get()?.size)
    }
}

impl<T> Signal<T> {
    fn get(&self) -> Option<&T> {
        if let Self::Known(value) = self { value.as_ref() } else { None }
    }

    /// Returns `true` if this has become known now.
    fn poll(&mut self, context: &mut Context<'_>) -> bool {
        let Self::Awaited(receiver) = self else { return false };
        let Poll::Ready(value) = Pin::new(receiver).poll(context) else { return false };
        *self = Self::Known(value.ok());
        true
    }
}

/// Fetches a page, tells its beginning and its size as soon as they are known, and decodes it when its turn comes.
async fn fetch(
    call: Call,
    decoder: Decoder<ErasedPage>,
    begun: oneshot::Sender<Beginning>,
    arrived: oneshot::Sender<usize>,
    turn: oneshot::Receiver<()>,
) -> Result<Response<ErasedPage>, Error> {
    let is_large = |size: usize| size >= defaults::DECODE_ASIDE;
    let begun = Mutex::new(Some(begun));
    let on_body = |body: &[u8], size: Option<usize>| {
        let mut begun = begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.is_none() || !is_large(size.unwrap_or(body.len())) {
            return;
        }
        let head = Head::read(body);
        // There may be more of the head to come.
        if (head.is_some() || body.len() >= Head::LONGEST)
            && let (Some(begun), Some(head)) = (begun.take(), head)
        {
            // If this fails, the list has been dropped, and this task is about to be.
            let _ = begun.send(Beginning { head, size });
        }
    };
    let received = call.receive(&on_body).await?;
    let _ = arrived.send(received.bytes.len());
    if is_large(received.bytes.len()) {
        let _ = turn.await;
    }
    send::decode(received, call.rejected_records_policy(), decoder).await
}

/// The number of cores.
static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZero::get));

/// The error for a server that announces more records but no way to them: ending the list would silently lose records.
fn broken(page: &Response<ErasedPage>, reason: Broken) -> Error {
    let link = page.head.next.as_deref().unwrap_or_default();
    let excerpt = excerpt::around(link.as_bytes(), 0);
    let error = DecodeError::new(page.operation(), page.status(), "next", reason, excerpt);
    let error: Error = error.untyped().into();
    error.with_request_id(page.headers())
}
