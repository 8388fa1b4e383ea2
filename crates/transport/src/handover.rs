//! [`Handover`]: whether a connection has taken a request.
//!
//! A request waits for its connection: for a name, a route, a TLS session. If a time limit ends that wait, nothing was
//! sent, and that is certain. The HTTP client does not say how far it came, but a connection asks a body if it is empty
//! before it writes the head. So the body keeps the record.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// The way of one request to a connection: taken by one, or withdrawn before. `None` if nobody watches it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handover(Option<Arc<AtomicU8>>);

impl Handover {
    /// Returns the handover of a request that nobody watches. It counts as taken.
    pub(crate) fn unwatched() -> Self {
        Self(None)
    }

    /// Watches the body of a request. If `announce_empty` is set, an empty body is sent with its length, without which front
    /// ends answer 411.
    pub(crate) fn watch(body: &mut Option<reqwest::Body>, announce_empty: bool) -> Self {
        let state = Arc::new(AtomicU8::new(WAITING));
        let inner = body.take().unwrap_or_else(|| Bytes::new().into());
        *body = Some(reqwest::Body::wrap(Watched { body: inner, state: state.clone(), announce_empty }));
        Self(Some(state))
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.0.is_some()
    }

    /// Ends the way of a request whose future was dropped before. Returns `false` if no connection has taken it; then none
    /// will.
    pub(crate) fn close(&self) -> bool {
        self.0.as_ref().is_none_or(|state| settle(state, WITHDRAWN) == TAKEN)
    }
}

/// Settles where a request is, unless that is settled already.
fn settle(state: &AtomicU8, new: u8) -> u8 {
    match state.compare_exchange(WAITING, new, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => new,
        Err(settled) => settled,
    }
}

/// The body of a watched request.
struct Watched {
    body: reqwest::Body,
    state: Arc<AtomicU8>,
    announce_empty: bool,
}

impl Watched {
    /// Returns `false` if the request was withdrawn.
    fn take(&self) -> bool {
        settle(&self.state, TAKEN) == TAKEN
    }
}

/// A request can be withdrawn in the moment in which a connection takes it. The connection then gets a body that fails, and
/// closes before it writes the head, which it keeps until it has the first part of the body.
impl Body for Watched {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.take() {
            return Poll::Ready(Some(Err("the request was withdrawn".into())));
        }
        Pin::new(&mut self.body).poll_frame(context).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.take() && self.body.is_end_stream() && !self.announce_empty
    }

    fn size_hint(&self) -> SizeHint {
        // The HTTP client also asks before there is a connection.
        if self.state.load(Ordering::Acquire) == WITHDRAWN { SizeHint::with_exact(1) } else { self.body.size_hint() }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn watched() -> (Handover, reqwest::Body) {
        let mut body = None;
        let handover = Handover::watch(&mut body, false);
        (handover, body.unwrap())
    }

    #[test]
    fn a_request_is_taken_when_a_connection_asks_for_its_body() {
        let (handover, body) = watched();
        // The HTTP client asks for the size before it has a connection.
        assert_eq!(body.size_hint().exact(), Some(0));
        assert!(!handover.close());
        let (handover, body) = watched();
        assert!(body.is_end_stream());
        assert!(handover.close());
    }

    #[test]
    fn a_withdrawn_request_is_not_sent() {
        let (handover, mut body) = watched();
        assert!(!handover.close());
        // Even a request without a body fails, so that its head is not written either.
        assert!(!body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(1));
        let frame = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(frame, Poll::Ready(Some(Err(_)))));
        assert!(!handover.close());
    }
}
