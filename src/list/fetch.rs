//! [`fetch`]: the task that fetches a page, and tells its list how far the page has come.

use std::sync::Weak;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::BytesMut;
use tokio::sync::oneshot;

use super::erased::ErasedPage;
use super::head::Head;
use crate::call::Call;
use crate::send::{self, Decoder};
use campfire_transport::body::Intake;
use campfire_transport::defaults::DECODE_ASIDE;
use campfire_transport::outcome::error::Error;
use campfire_transport::outcome::response::Response;

/// A decoded page.
pub(super) type FetchedPage = Result<Response<ErasedPage>, Error>;

/// How far a page has come.
#[derive(Debug)]
pub(super) enum Event {
    /// Its head is there, and its size, if the server has announced it. Only large pages tell: decoding a small one takes no longer
    /// than reading its head is worth.
    Begun { head: Head, size: Option<usize> },
    /// All its bytes are there.
    Arrived { size: usize },
    /// It is decoded, and the buffer that held its bytes is free again.
    Decoded { buffer: Option<BytesMut> },
}

/// The list that a page belongs to.
pub(super) trait Owner: Send + Sync {
    /// Notes how far a page has come.
    fn note(&self, page: u64, event: Event);
    /// Returns an empty buffer for this many bytes.
    fn buffer(&self, size: usize) -> BytesMut;
}

/// A page on its way to its list, if that still exists.
pub(super) struct Arrival {
    list: Weak<dyn Owner>,
    page: u64,
    has_begun: AtomicBool,
}

impl Arrival {
    pub(super) fn new(list: Weak<dyn Owner>, page: u64) -> Self {
        Self { list, page, has_begun: AtomicBool::new(false) }
    }

    fn tell(&self, event: Event) {
        if let Some(list) = self.list.upgrade() {
            list.note(self.page, event);
        }
    }
}

impl Intake for Arrival {
    fn buffer(&self, size: usize) -> BytesMut {
        self.list.upgrade().map_or_else(|| BytesMut::with_capacity(size), |list| list.buffer(size))
    }

    fn arrived(&self, body: &[u8], size: Option<usize>) {
        if self.has_begun.load(Ordering::Relaxed) || !is_large(size.unwrap_or(body.len())) {
            return;
        }
        let head = Head::read(body);
        // There may be more of the head to come.
        if head.is_some() || body.len() >= Head::LONGEST {
            self.has_begun.store(true, Ordering::Relaxed);
        }
        if let Some(head) = head {
            self.tell(Event::Begun { head, size });
        }
    }
}

/// Fetches a page, and decodes it: a large one when its turn comes.
pub(super) async fn fetch(
    call: Call,
    decoder: Decoder<ErasedPage>,
    arrival: Arrival,
    turn: oneshot::Receiver<()>,
) -> FetchedPage {
    let received = call.receive(&arrival).await?;
    let size = received.bytes.len();
    arrival.tell(Event::Arrived { size });
    let mut buffer = None;
    if is_large(size) {
        let _ = turn.await;
        buffer = Some(received.bytes.clone());
    }
    let decoded = send::decode(received, call.rejected_records_policy(), decoder).await;
    // It is not free if the time limit was exceeded, because decoding goes on.
    let buffer = buffer.and_then(|bytes| bytes.try_into_mut().ok());
    arrival.tell(Event::Decoded { buffer });
    decoded
}

fn is_large(size: usize) -> bool {
    size >= DECODE_ASIDE
}
