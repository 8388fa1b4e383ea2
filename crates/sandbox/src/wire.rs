//! The wire to a client: a connection that can be cut, and bodies that break.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection that is reset, not closed, once it is cut.
pub(crate) struct Wire {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> (Self, Arc<AtomicBool>) {
        let cut = Arc::new(AtomicBool::new(false));
        (Wire { stream, cut: cut.clone() }, cut)
    }

    fn check(&self) -> io::Result<()> {
        if !self.cut.load(Ordering::SeqCst) {
            return Ok(());
        }
        // Without lingering, the kernel sends a reset in place of what is left.
        let _ = self.stream.set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A body in pieces, with what befalls it.
pub(crate) struct Answer {
    rest: Bytes,
    /// How many bytes a piece has.
    piece: usize,
    pause: Option<(Duration, Pin<Box<tokio::time::Sleep>>)>,
    /// After so many bytes, the connection breaks.
    breaks_after: Option<usize>,
    /// Whether what came before the break was given the chance to leave.
    flushed: bool,
    /// How many more bytes of nothing follow.
    padding: u64,
    announced: u64,
}

impl Answer {
    pub(crate) fn whole(body: Vec<u8>) -> Self {
        let rest = Bytes::from(body);
        let announced = rest.len() as u64;
        Answer { piece: usize::MAX, pause: None, breaks_after: None, flushed: false, padding: 0, announced, rest }
    }

    /// The first half comes, then the connection ends.
    pub(crate) fn broken(body: Vec<u8>) -> Self {
        let half = body.len() / 2;
        Answer { breaks_after: Some(half), ..Answer::whole(body) }
    }

    pub(crate) fn slow(body: Vec<u8>, pause: Duration) -> Self {
        let piece = body.len().div_ceil(16).max(1);
        Answer { piece, pause: Some((pause, Box::pin(tokio::time::sleep(pause)))), ..Answer::whole(body) }
    }

    /// Spaces in front of the body, which JSON allows.
    pub(crate) fn padded(body: Vec<u8>, bytes: u64) -> Self {
        let answer = Answer::whole(body);
        let padding = bytes.saturating_sub(answer.announced);
        Answer { padding, announced: answer.announced + padding, ..answer }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        const SPACES: usize = 64 * 1024;
        if self.padding > 0 {
            let size = usize::try_from(self.padding).unwrap_or(usize::MAX).min(SPACES);
            self.padding -= size as u64;
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b' '; size])))));
        }
        if self.breaks_after == Some(0) {
            if !self.flushed {
                // The head and the first half would otherwise be dropped with the connection.
                self.flushed = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
        }
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if let Some((pause, sleep)) = &mut self.pause {
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let next = tokio::time::Instant::now() + *pause;
            sleep.as_mut().reset(next);
        }
        let size = self.rest.len().min(self.piece).min(self.breaks_after.unwrap_or(usize::MAX));
        let piece = self.rest.split_to(size);
        self.breaks_after = self.breaks_after.map(|left| left - size);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}

/// What no service of ours returns.
pub(crate) type Never = Infallible;
