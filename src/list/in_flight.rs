//! [`InFlight`]: the pages that were requested and not yet returned, and how many there may be.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use bytes::BytesMut;
use tokio::sync::oneshot;

use super::fetch::{Event, FetchedPage};
use super::head::Head;
use super::position::Position;
use super::task::Task;

/// The pages that were requested and not yet returned.
#[derive(Default)]
pub(super) struct InFlight {
    /// In the order of the list; the first is needed next.
    pages: VecDeque<Page>,
    /// The number of pages that were ever requested, and the number of the last one.
    requested: u64,
    /// The size of the largest page so far.
    largest: usize,
    /// The buffers of pages that are decoded, for those that arrive next. If each page had a new one, the gaps would be filled
    /// by smaller allocations, and the process would grow.
    buffers: Vec<BytesMut>,
}

struct Page {
    number: u64,
    at: Position,
    task: Task<FetchedPage>,
    stage: Stage,
    /// Known early if the page is large.
    head: Option<Head>,
    /// The number of bytes that have arrived, or that the server has announced.
    size: Option<usize>,
    /// Tells the task to decode the page.
    decode: Option<oneshot::Sender<()>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Requested,
    Begun,
    Arrived,
    Decoded,
}

/// The number of cores.
static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZero::get));

impl InFlight {
    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// Returns the most pages while the first of them is awaited. The next request does not wait until a large page has
    /// arrived and is decoded, so pages whose head is there make room for others, as far as memory is worth the time.
    pub(super) fn most(&self, width: usize) -> usize {
        let begun = self.pages.iter().filter(|page| page.head.is_some()).count();
        width + begun.min(width).min((*CORES).max(width / 2))
    }

    /// Returns the head of the first page, if it is there.
    pub(super) fn head(&self) -> Option<&Head> {
        // The size of a page says how many there is room for.
        self.pages.front().filter(|_| self.largest > 0)?.head.as_ref()
    }

    /// Returns `true` if one more page may be requested. There is always room for the page that is needed next.
    pub(super) fn has_room(&self, width: usize, bytes_ahead: usize) -> bool {
        // The server can work on the next page once it has begun to send this one.
        let awaited = self.pages.iter().filter(|page| page.stage == Stage::Requested).count();
        // Those that are being decoded are no longer ahead.
        let ahead = self.pages.iter().filter(|page| !page.is_being_decoded());
        let bytes: usize = ahead.map(|page| page.size.unwrap_or(self.largest)).sum();
        self.pages.is_empty() || awaited < width && bytes.saturating_add(self.largest) <= bytes_ahead
    }

    /// Adds the page at a position. `start` starts its task, given its number, and what tells when to decode it.
    pub(super) fn request(
        &mut self,
        at: Position,
        start: impl FnOnce(u64, oneshot::Receiver<()>) -> Task<FetchedPage>,
    ) {
        self.requested += 1;
        let (decode, turn) = oneshot::channel();
        let (number, task) = (self.requested, start(self.requested, turn));
        let stage = Stage::Requested;
        self.pages.push_back(Page { number, at, task, stage, head: None, size: None, decode: Some(decode) });
    }

    /// Notes how far a page has come.
    pub(super) fn note(&mut self, number: u64, event: Event) {
        let Some(page) = self.pages.iter_mut().find(|page| page.number == number) else { return };
        match event {
            Event::Begun { head, size } => {
                (page.stage, page.head, page.size) = (Stage::Begun, Some(head), size);
            }
            Event::Arrived { size } => (page.stage, page.size) = (Stage::Arrived, Some(size)),
            Event::Decoded { buffer } => {
                page.stage = Stage::Decoded;
                self.buffers.extend(buffer.filter(|_| self.buffers.len() < 2 * *CORES));
            }
        }
        self.largest = self.largest.max(page.size.unwrap_or(0));
    }

    /// Returns an empty buffer for this many bytes.
    pub(super) fn buffer(&mut self, size: usize) -> BytesMut {
        match self.buffers.pop() {
            Some(mut buffer) if buffer.capacity() >= size => {
                buffer.clear();
                buffer
            }
            // The next page may be a little larger.
            _ => BytesMut::with_capacity(size.saturating_add(size / 16)),
        }
    }

    /// Has the pages decoded that are needed next: as many at a time as there are cores, because more would only delay the first.
    /// Together with those that are decoded and not yet taken, there is one more, because records take more memory than their
    /// text.
    pub(super) fn decode(&mut self) {
        let (mut decoding, mut decoded) = (0, 0);
        for page in &mut self.pages {
            if page.stage == Stage::Decoded {
                decoded += 1;
            } else if decoding < *CORES && decoding + decoded <= *CORES {
                decoding += 1;
                if let Some(decode) = page.decode.take() {
                    // If this fails, the page could not be fetched, and its task says why.
                    let _ = decode.send(());
                }
            }
        }
    }

    /// Drops all pages, unless the first is at this position.
    pub(super) fn clear_unless_first_is_at(&mut self, at: &Position) {
        if self.pages.front().is_some_and(|page| page.at != *at) {
            self.clear();
        }
    }

    /// Drops all pages.
    pub(super) fn clear(&mut self) {
        self.pages.clear();
    }

    /// Returns the first page once it is decoded, with its position, or `None` if there is none.
    pub(super) fn poll_first(&mut self, context: &mut Context<'_>) -> Poll<Option<(Position, FetchedPage)>> {
        let Some(first) = self.pages.front_mut() else { return Poll::Ready(None) };
        let fetched = std::task::ready!(first.task.poll(context));
        Poll::Ready(self.pages.pop_front().map(|page| (page.at, fetched)))
    }
}

impl Page {
    fn is_being_decoded(&self) -> bool {
        self.stage == Stage::Arrived && self.decode.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::super::task::Origin;
    use super::*;

    /// Returns pages that were requested, with what tells when to decode each.
    fn requested(pages: usize) -> (InFlight, Vec<oneshot::Receiver<()>>) {
        let (mut in_flight, mut turns) = (InFlight::default(), Vec::new());
        for page in 0..pages {
            in_flight.request(Position::offset_or_start(page as u64), |_, turn| {
                turns.push(turn);
                Origin::default().spawn(std::future::pending())
            });
        }
        (in_flight, turns)
    }

    /// Returns how many pages were told to be decoded since this was asked last.
    fn told(turns: &mut [oneshot::Receiver<()>]) -> usize {
        turns.iter_mut().filter_map(|turn| turn.try_recv().ok()).count()
    }

    #[test]
    fn one_page_more_than_there_are_cores_is_decoded_ahead() {
        let (mut in_flight, mut turns) = requested(*CORES + 5);
        in_flight.decode();
        assert_eq!(told(&mut turns), *CORES);
        for page in 1..=*CORES as u64 {
            in_flight.note(page, Event::Arrived { size: 100 });
        }
        in_flight.decode();
        assert_eq!(told(&mut turns), 0);
        in_flight.note(1, Event::Decoded { buffer: None });
        in_flight.decode();
        assert_eq!(told(&mut turns), 1);
        in_flight.note(2, Event::Decoded { buffer: None });
        in_flight.decode();
        assert_eq!(told(&mut turns), 0);
        in_flight.pages.pop_front();
        in_flight.decode();
        assert_eq!(told(&mut turns), 1);
    }

    #[test]
    fn pages_that_are_there_or_expected_leave_less_room() {
        let (mut in_flight, _turns) = requested(3);
        assert!(!in_flight.has_room(3, 1_000), "the server works on three pages");
        in_flight.note(1, Event::Begun { head: Head::default(), size: Some(100) });
        assert!(in_flight.has_room(3, 400));
        assert!(!in_flight.has_room(3, 399), "the others may be as large");
        in_flight.note(1, Event::Arrived { size: 100 });
        assert!(!in_flight.has_room(3, 399));
        in_flight.decode();
        assert!(in_flight.has_room(3, 300), "a page that is being decoded is not ahead");
        in_flight.note(1, Event::Decoded { buffer: None });
        assert!(!in_flight.has_room(3, 399));
        in_flight.clear();
        assert!(in_flight.has_room(1, 0), "the page that is needed next is fetched in any case");
    }

    #[test]
    fn the_buffer_of_a_page_is_used_again() {
        let (mut in_flight, _turns) = requested(1);
        let mut buffer = in_flight.buffer(1_000);
        buffer.extend_from_slice(&[1; 1_000]);
        let place = buffer.as_ptr();
        in_flight.note(1, Event::Decoded { buffer: Some(buffer) });
        let buffer = in_flight.buffer(1_010);
        assert_eq!((buffer.as_ptr(), buffer.len()), (place, 0));
        in_flight.note(1, Event::Decoded { buffer: Some(buffer) });
        assert!(in_flight.buffer(10_000).capacity() >= 10_000);
        for _ in 0..2 * *CORES + 5 {
            in_flight.note(1, Event::Decoded { buffer: Some(BytesMut::new()) });
        }
        assert_eq!(in_flight.buffers.len(), 2 * *CORES);
    }
}
