//! [`RecordStream`]: the records of a list, across all its pages.

use std::fmt;
use std::iter::Peekable;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use http::StatusCode;

use super::pages::{Fetched, PageStream};
use super::place::Place;
use super::source::Source;
use super::token::PageToken;
use crate::wire::page::Page;
use campfire_transport::outcome::error::{Error, RecordError, RequestError};
use campfire_transport::outcome::operation::Operation;
use campfire_transport::outcome::rejected::RejectedRecord;
use campfire_transport::outcome::response::Response;

/// The records of a list, one after the other, across all its pages.
///
/// A [`Stream`]; [`RecordStream::try_next`] works without importing the trait. A record that cannot be decoded is an error
/// in its place, and the records after it follow. A page that cannot be fetched ends the stream.
#[must_use = "streams do nothing unless polled"]
pub struct RecordStream<T> {
    operation: &'static Operation,
    pages: PageStream<T>,
    ready: Option<InOrder<T>>,
    /// The page that the records in `ready` belong to, and how many of its records were taken.
    place: Option<Place>,
    taken: usize,
    /// The token until the first page arrives.
    begin: PageToken,
}

impl<T: Send + 'static> RecordStream<T> {
    /// The decoder of the list returns pages of this type.
    pub(crate) fn new(list: Source) -> Self {
        let (operation, begin) = (list.operation(), list.begin());
        Self { operation, pages: PageStream::new(list), ready: None, place: None, taken: 0, begin }
    }

    /// Returns the next record, or `None` after the last.
    ///
    /// # Errors
    /// If the record cannot be decoded (the next call continues after it), or its page cannot be fetched.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error>
    where
        T: Unpin,
    {
        // Not by `poll_next`: the record would move through one more form of the result.
        loop {
            if let Some(record) = self.next_ready() {
                return record.map(Some);
            }
            match std::future::poll_fn(|context| self.pages.poll_fetched(context)).await.transpose()? {
                None => return Ok(None),
                Some(page) => self.begin_page(page),
            }
        }
    }
}

impl<T> RecordStream<T> {
    /// Returns the position after the last record that was taken: `list().resume(&token)`. `None` if nothing is left.
    ///
    /// Tokens are cheap, but saving one per page is often enough.
    pub fn token(&self) -> Option<PageToken> {
        match &self.place {
            None => Some(self.begin.clone()),
            Some(place) => place.token(self.taken),
        }
    }

    /// Returns the next record of the present page.
    #[inline]
    fn next_ready(&mut self) -> Option<Result<T, Error>> {
        let record = self.ready.as_mut()?.next()?;
        self.taken += 1;
        Some(record)
    }

    fn begin_page(&mut self, Fetched { page, place, .. }: Fetched<T>) {
        self.place = Some(place);
        self.taken = 0;
        self.ready = Some(InOrder::new(page));
    }
}

impl<T: Send + Unpin + 'static> RecordStream<T> {
    /// Collects the remaining records, if there are at most `limit`.
    ///
    /// # Errors
    /// If a record cannot be decoded, a page cannot be fetched, or there are more records.
    pub async fn collect_up_to(mut self, limit: usize) -> Result<Vec<T>, Error> {
        let mut records = Vec::new();
        while let Some(record) = self.try_next().await? {
            if records.len() == limit {
                let message = format!(
                    "the list has more than {limit} records; raise the limit with `all_up_to`, or read them one by one \
                     with `stream`"
                );
                return Err(RequestError::new(self.operation, message).into());
            }
            records.push(record);
        }
        Ok(records)
    }
}

impl<T: Unpin + 'static> Stream for RecordStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(record) = self.next_ready() {
                return Poll::Ready(Some(record));
            }
            match self.pages.poll_fetched(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(page))) => self.begin_page(page),
            }
        }
    }
}

/// The decoded and rejected records of a page, in the order of the response.
pub(super) struct InOrder<T> {
    operation: &'static Operation,
    status: StatusCode,
    request_id: Option<String>,
    decoded: std::vec::IntoIter<T>,
    rejected: Peekable<std::vec::IntoIter<RejectedRecord>>,
    index: usize,
}

impl<T> InOrder<T> {
    pub(super) fn new(page: Response<Page<T>>) -> Self {
        let (operation, status, request_id) = (page.operation(), page.status(), page.request_id().map(str::to_owned));
        let Page { results, rejected, .. } = page.into_inner();
        let (decoded, rejected) = (results.into_iter(), rejected.into_iter().peekable());
        Self { operation, status, request_id, decoded, rejected, index: 0 }
    }
}

impl<T> Iterator for InOrder<T> {
    type Item = Result<T, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let index = self.index;
        self.index += 1;
        match self.rejected.next_if(|rejected| rejected.index == index) {
            Some(rejected) => {
                let request_id = self.request_id.clone();
                Some(Err(RecordError::new(self.operation, self.status, rejected, request_id).into()))
            }
            None => self.decoded.next().map(Ok),
        }
    }
}

impl<T> fmt::Debug for RecordStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordStream").field("taken", &self.taken).finish_non_exhaustive()
    }
}
