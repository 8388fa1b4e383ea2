//! [`Reader`]: reads a list page by page, and fetches ahead. It works on pages without the type of their records.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use super::erased::ErasedPage;
use super::place::Place;
use super::position::Position;
use super::progress::Progress;
use super::source::Source;
use super::task::Task;
use super::token::{Binding, PageToken};
use super::walk::{Broken, Walk};
use crate::call::Call;
use crate::outcome::error::{DecodeError, Error, RequestError};
use crate::outcome::response::Response;
use crate::send::{self, Decoder};
use crate::wire::excerpt;

/// A page as the user sees it.
pub(super) struct Taken {
    pub(super) page: Response<ErasedPage>,
    /// The records to keep, in the order of the response; `None` keeps all.
    pub(super) marks: Option<Vec<bool>>,
    pub(super) place: Place,
    pub(super) drifted: bool,
}

/// A page that is being fetched.
struct InFlight {
    at: Position,
    task: Task<Result<Response<ErasedPage>, Error>>,
}

/// Reads a list: asks the walk for the next position, fetches the page there, and fetches ahead.
pub(super) struct Reader {
    list: Source,
    binding: Binding,
    walk: Walk,
    /// In the order of the list; the first is needed next.
    in_flight: VecDeque<InFlight>,
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
            walk.resume(token);
            final_error =
                token.rejected_by(&binding).map(|message| RequestError::new(binding.operation, message).into());
        }
        let progress = Progress::default();
        Self { list, binding, walk, in_flight: VecDeque::new(), progress, ended: false, final_error }
    }

    fn left(&self) -> u64 {
        self.list.options.max_items.map_or(u64::MAX, |most| most.saturating_sub(self.progress.records))
    }

    /// Sends the requests whose positions are known.
    fn fetch_ahead(&mut self) {
        let Some(next) = self.walk.next() else {
            self.in_flight.clear();
            return;
        };
        // Pages that were fetched ahead are useless once the records have moved.
        if self.in_flight.front().is_some_and(|page| page.at != *next) {
            self.in_flight.clear();
        }
        let width = self.list.options.concurrency.max(1);
        let mut wanted = vec![next.clone()];
        let (begin, left) = (next.offset(), self.left());
        wanted.extend(self.walk.ahead().take_while(|at| at.offset() - begin < left).take(width - 1));
        for at in wanted.into_iter().skip(self.in_flight.len()) {
            let task = Task::spawn(fetch(self.list.at(&at), self.list.decoder));
            self.in_flight.push_back(InFlight { at, task });
        }
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
            self.fetch_ahead();
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
                        self.fetch_ahead();
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
        let before = self.walk.recent().to_vec();
        let taken = self.walk.take(&page.head, &page.ids).map_err(|reason| broken(&page, reason))?;
        self.final_error = self.walk.broken().map(|reason| broken(&page, reason));
        let Some(taken) = taken else { return Ok(None) };
        let rows = taken.kept.into_iter().map(|index| (index, page.ids[index])).collect();
        let after =
            self.walk.next().map(|next| PageToken::new(&self.binding, next.clone(), self.walk.recent().to_vec()));
        let mut place = Place { binding: self.binding, at, rows, before, after };
        place.truncate(usize::try_from(self.left()).unwrap_or(usize::MAX));
        self.progress.records += place.rows.len() as u64;
        self.progress.pages += 1;
        self.progress.bytes += page.bytes;
        self.progress.expected = self.walk.count().and_then(|count| u64::try_from(count).ok());
        self.ended = self.left() == 0;
        let marks = place.marks(page.ids.len());
        Ok(Some(Taken { page, marks, place, drifted: taken.drifted }))
    }
}

/// Fetches a page and decodes it.
async fn fetch(call: Call, decoder: Decoder<ErasedPage>) -> Result<Response<ErasedPage>, Error> {
    let received = call.receive().await?;
    send::decode(received, call.rejected_records_policy(), decoder).await
}

/// The error for a server that announces more records but no way to them: ending the list would silently lose records.
fn broken(page: &Response<ErasedPage>, reason: Broken) -> Error {
    let link = page.head.next.as_deref().unwrap_or_default();
    let excerpt = excerpt::around(link.as_bytes(), 0);
    let error: Error = DecodeError::new(page.operation(), page.status(), "next", reason, excerpt).into();
    error.with_request_id(page.headers())
}
