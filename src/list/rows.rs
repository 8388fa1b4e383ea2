//! [`Rows`]: the rows of a list, over all its pages.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::pages::{Fetched, Place};
use super::token::PageToken;
use crate::error::{Error, RecordError, RequestError};
use crate::{Page, Pages, Response};

/// The rows of a list, one after the other, over all its pages.
///
/// A [`Stream`]; [`Rows::try_next`] needs no import. A row that does not decode is an error in its place, and the
/// rows after it follow; a page that cannot be had ends the stream.
#[must_use = "streams do nothing unless polled"]
pub struct Rows<T> {
    operation: &'static str,
    pages: Pages<T>,
    ready: VecDeque<Result<T, Error>>,
    /// The page that `ready` is left of, and how many of its rows are taken.
    place: Option<Place>,
    taken: usize,
    /// Where the list goes on as long as no page is there.
    begin: Option<PageToken>,
}

impl<T: Send + 'static> Rows<T> {
    pub(crate) fn new(operation: &'static str, pages: Pages<T>, begin: PageToken) -> Self {
        Self { operation, pages, ready: VecDeque::new(), place: None, taken: 0, begin: Some(begin) }
    }

    /// The next row, or `None` after the last.
    ///
    /// # Errors
    /// When the row does not decode (the next call goes on behind it), or its page cannot be had.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error>
    where
        T: Unpin,
    {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

impl<T> Rows<T> {
    /// Where to go on, behind the last row that was taken: `list().resume(&token)`. `None` when nothing is left.
    ///
    /// It costs little, but saving it once per page is often enough.
    pub fn token(&self) -> Option<PageToken> {
        match &self.place {
            None => self.begin.clone(),
            Some(place) => place.token(self.taken),
        }
    }
}

impl<T: Send + Unpin + 'static> Rows<T> {
    /// All rows that are left, if they are at most `limit`.
    ///
    /// # Errors
    /// When a row does not decode, a page cannot be had, or there are more rows.
    pub async fn collect_up_to(mut self, limit: usize) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        while let Some(row) = self.try_next().await? {
            if rows.len() == limit {
                return Err(Error::Request(RequestError {
                    operation: self.operation,
                    message: format!(
                        "the list has more than {limit} rows; raise the limit on purpose (`all_up_to`), or take them one \
                         by one (`stream`)"
                    ),
                    fields: Vec::new(),
                }));
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

impl<T: Unpin> Stream for Rows<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                self.taken += 1;
                return Poll::Ready(Some(row));
            }
            match self.pages.poll_fetched(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(Fetched { page, place }))) => {
                    self.place = Some(place);
                    self.taken = 0;
                    self.ready = in_order(page);
                }
            }
        }
    }
}

/// Good and bad rows in the order in which they came.
pub(super) fn in_order<T>(page: Response<Page<T>>) -> VecDeque<Result<T, Error>> {
    let (operation, status) = (page.operation.id, page.status());
    let request_id = page.request_id().map(str::to_owned);
    let page = page.into_inner();
    let total = page.results.len() + page.rejected.len();
    let mut good = page.results.into_iter();
    let mut bad = page.rejected.into_iter().peekable();
    let mut rows = VecDeque::with_capacity(total);
    for index in 0..total {
        match bad.next_if(|rejected| rejected.index == index) {
            Some(rejected) => {
                rows.push_back(Err(Error::Record(Box::new(RecordError {
                    operation,
                    status,
                    rejected,
                    request_id: request_id.clone(),
                }))));
            }
            None => rows.extend(good.next().map(Ok)),
        }
    }
    rows
}

impl<T> fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}
