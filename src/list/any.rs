//! [`List`] and [`Syncable`]: the traits of all list builders, for code that works on any list.

use std::future::Future;

use super::changes::ChangeStream;
use super::pages::PageStream;
use super::position::Paging;
use super::records::RecordStream;
use super::source::{LIMIT, ListBuilder, SyncBuilder};
use super::token::PageToken;
use super::watermark::Watermark;
use campfire_transport::outcome::error::Error;

/// A request builder of a list, for code that works on any list. Only this crate implements it.
///
/// ```
/// use campfire::{Error, List, Record};
///
/// async fn ids<L: List>(list: L) -> Result<Vec<i64>, Error> {
///     let mut records = list.page_size(500).stream();
///     let mut ids = Vec::new();
///     while let Some(record) = records.try_next().await? {
///         ids.extend(record.id());
///     }
///     Ok(ids)
/// }
/// ```
pub trait List: ListBuilder {
    /// Sets how many records a page has; has no effect on lists that are not paged.
    #[must_use]
    fn page_size(mut self, records: u32) -> Self {
        self.call_mut().set_if_optional(LIMIT, records);
        self
    }

    /// Resumes from a token of this list, with the same filters and path parameters.
    #[must_use]
    fn resume(mut self, token: &PageToken) -> Self {
        self.options_mut().resume = Some(token.clone());
        self
    }

    /// Streams the pages.
    fn pages(self) -> PageStream<Self::Record> {
        PageStream::new(self.into_source())
    }

    /// Streams the records of all pages.
    fn stream(self) -> RecordStream<Self::Record> {
        RecordStream::new(self.into_source())
    }

    /// Returns how many records match, as the server counts; `None` if it does not say.
    ///
    /// # Errors
    /// See [`Error`].
    fn count(self) -> impl Future<Output = Result<Option<u64>, Error>> + Send {
        let source = List::page_size(self, 1).into_source();
        async move {
            if source.paging == Paging::Whole {
                return Ok(None);
            }
            let page = PageStream::<Self::Record>::new(source).try_next().await?;
            Ok(page.and_then(|page| page.count).and_then(|count| u64::try_from(count).ok()))
        }
    }
}

/// A list that can return what has changed since an earlier run. Only this crate implements it.
pub trait Syncable: List + SyncBuilder {
    /// Streams what has changed since an earlier run, or everything: see [`ChangeStream`].
    fn sync(self, since: impl Into<Option<Watermark>>) -> ChangeStream<Self::Record> {
        ChangeStream::new(self.into_source(), Self::ORDERED, since.into())
    }
}

impl<B: ListBuilder> List for B {}

impl<B: SyncBuilder> Syncable for B {}
