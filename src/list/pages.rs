//! [`PageStream`]: the pages of a list, fetched ahead.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::page::ListPage;
use super::place::Place;
use super::reader::{Reader, Taken};
use super::record;
use super::source::Source;
use crate::send::{ResponseFuture, typed};
use crate::wire::page::Page;
use campfire_transport::outcome::error::Error;
use campfire_transport::outcome::response::Response;

/// Returns how many records match a list of which one page was requested.
pub(crate) async fn count<P>(page: ResponseFuture<P>, count: fn(&P) -> Option<i64>) -> Result<Option<i64>, Error>
where
    ResponseFuture<P>: Future<Output = Result<Response<P>, Error>>,
{
    Ok(count(&*page.await?).filter(|count| *count >= 0))
}

/// The pages of a list, one after the other.
///
/// A [`Stream`]; [`PageStream::try_next`] works without importing the trait. The next page is fetched while you work on the
/// current one; nothing is fetched before the first page is requested. Records that were returned before, because others
/// change the list meanwhile, are left out of later pages. The stream ends after an error. Dropping it cancels requests in
/// flight.
#[must_use = "streams do nothing unless polled"]
pub struct PageStream<T> {
    reader: Box<Reader>,
    record: PhantomData<fn() -> T>,
}

impl<T: Send + 'static> PageStream<T> {
    /// The decoder of the list returns pages of this type.
    pub(crate) fn new(list: Source) -> Self {
        Self { reader: Box::new(Reader::new(list)), record: PhantomData }
    }

    /// Returns the next page, or `None` after the last.
    ///
    /// # Errors
    /// If the page cannot be fetched; the stream ends there.
    pub async fn try_next(&mut self) -> Result<Option<Response<ListPage<T>>>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

impl<T: 'static> PageStream<T> {
    pub(super) fn poll_fetched(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Fetched<T>, Error>>> {
        self.reader.poll(context).map(|taken| taken.map(|taken| taken.and_then(Fetched::new)))
    }
}

impl<T: 'static> Stream for PageStream<T> {
    type Item = Result<Response<ListPage<T>>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_fetched(context).map(|next| next.map(|fetched| fetched.map(Fetched::into_list_page)))
    }
}

impl<T> fmt::Debug for PageStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream").finish_non_exhaustive()
    }
}

/// A page, and what is needed to stop within it.
pub(super) struct Fetched<T> {
    pub(super) page: Response<Page<T>>,
    pub(super) place: Place,
    drifted: bool,
}

impl<T: 'static> Fetched<T> {
    /// Gives a page its type back, and removes the records that the list leaves out.
    fn new(taken: Taken) -> Result<Self, Error> {
        let Taken { page, marks, place, drifted, .. } = taken;
        let mut page: Response<Page<T>> = typed(Response::map(page, |page| page.page))?;
        if let Some(marks) = marks {
            record::keep(&mut page, &marks);
        }
        Ok(Self { page, place, drifted })
    }

    fn into_list_page(self) -> Response<ListPage<T>> {
        let Self { page, place, drifted } = self;
        Response::map(page, |page| ListPage::new(page, drifted, place.after))
    }
}
