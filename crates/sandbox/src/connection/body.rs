//! Response bodies that break, stall, or grow.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// The size of a piece of padding.
const PADDING_PIECE: usize = 64 * 1024;

/// The number of pieces of a slow body.
const SLOW_PIECES: usize = 16;

/// A response body.
pub(super) struct ReplyBody {
    rest: Bytes,
    /// The size of a piece.
    piece: usize,
    /// The pause before each piece.
    pause: Option<(Duration, Pin<Box<Sleep>>)>,
    /// The number of bytes until the connection breaks.
    breaks_after: Option<usize>,
    /// `true` once the bytes before the break had the chance to be sent.
    flushed: bool,
    /// The number of spaces to send first.
    padding: u64,
    announced: u64,
}

impl ReplyBody {
    pub(super) fn whole(body: Vec<u8>) -> Self {
        let rest = Bytes::from(body);
        let announced = rest.len() as u64;
        ReplyBody { piece: usize::MAX, pause: None, breaks_after: None, flushed: false, padding: 0, announced, rest }
    }

    /// Sends the first half, then breaks the connection.
    pub(super) fn broken(body: Vec<u8>) -> Self {
        let half = body.len() / 2;
        ReplyBody { breaks_after: Some(half), ..ReplyBody::whole(body) }
    }

    /// Sends the body in pieces with a pause before each.
    pub(super) fn slow(body: Vec<u8>, pause: Duration) -> Self {
        let piece = body.len().div_ceil(SLOW_PIECES).max(1);
        ReplyBody { piece, pause: Some((pause, Box::pin(tokio::time::sleep(pause)))), ..ReplyBody::whole(body) }
    }

    /// Sends at least this many bytes, with spaces before the body, which JSON allows.
    pub(super) fn padded(body: Vec<u8>, bytes: u64) -> Self {
        let whole = ReplyBody::whole(body);
        let padding = bytes.saturating_sub(whole.announced);
        ReplyBody { padding, announced: whole.announced + padding, ..whole }
    }

    fn next_padding(&mut self) -> Frame<Bytes> {
        let size = usize::try_from(self.padding).unwrap_or(usize::MAX).min(PADDING_PIECE);
        self.padding -= size as u64;
        Frame::data(Bytes::from(vec![b' '; size]))
    }

    fn next_piece(&mut self) -> Frame<Bytes> {
        let size = self.rest.len().min(self.piece).min(self.breaks_after.unwrap_or(usize::MAX));
        self.breaks_after = self.breaks_after.map(|left| left - size);
        Frame::data(self.rest.split_to(size))
    }

    /// Returns `Pending` until the pause before the next piece is over.
    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some((pause, sleep)) = &mut self.pause {
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let next = Instant::now() + *pause;
            sleep.as_mut().reset(next);
        }
        Poll::Ready(())
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.padding > 0 {
            return Poll::Ready(Some(Ok(self.next_padding())));
        }
        if self.breaks_after == Some(0) {
            if !self.flushed {
                // Otherwise the head and the first half would be dropped with the connection.
                self.flushed = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
        }
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.poll_pause(cx).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(self.next_piece())))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
