//! [`Iter`]: a stream as an iterator.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;

use super::runtime::wait;
use campfire_transport::outcome::error::Error;

/// A stream as an iterator that blocks this thread: records, changes, child records.
#[derive(Debug)]
pub struct Iter<S>(Option<S>);

impl<S> Iter<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self(Some(stream))
    }

    /// Returns the stream, to get its token or watermark. `None` if the background runtime is gone.
    pub fn stream(&self) -> Option<&S> {
        self.0.as_ref()
    }
}

impl<S: Stream<Item = Result<T, E>> + Send + Unpin + 'static, T: Send + 'static, E: From<Error> + Send + 'static>
    Iterator for Iter<S>
{
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        // The stream moves to the runtime and back. If it does not come back, there is nothing more to read.
        let mut stream = self.0.take()?;
        let next: Result<_, Error> = wait(async move {
            let item = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await;
            Ok((item, stream))
        });
        match next {
            Ok((item, stream)) => {
                self.0 = Some(stream);
                item
            }
            Err(error) => Some(Err(error.into())),
        }
    }
}
