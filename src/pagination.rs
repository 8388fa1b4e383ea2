//! Lists: from one page to all of them.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::error::{DecodeError, Error, RecordError, RequestError};
use crate::{Page, Response};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Where in a list a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// The request as it is.
    Start,
    /// After so many rows.
    Offset(u64),
    /// At an opaque cursor.
    Cursor(String),
}

/// How a list is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// By `limit` and `offset`.
    Offset,
    /// By an opaque cursor that the `next` link carries.
    Cursor,
    /// All rows come at once.
    Whole,
}

/// A request builder that gives pages.
pub(crate) trait List: Clone + Send + 'static {
    /// The type of a row.
    type Row: Send + 'static;
    /// How it is paged.
    const PAGING: Paging;

    /// The request for the page at a position.
    fn at(&self, position: &Position) -> Self;
    /// The offset that the user has asked to begin at.
    fn offset(&self) -> u64;
    /// Fetches the page.
    fn fetch(self) -> BoxFuture<Result<Response<Page<Self::Row>>, Error>>;
}

/// The pages of a list, one after the other.
///
/// A [`Stream`]; [`Pages::try_next`] needs no import. After an error it ends.
#[must_use = "streams do nothing unless polled"]
pub struct Pages<T> {
    state: State<T>,
}

enum State<T> {
    Waiting(BoxFuture<Step<T>>),
    Done,
}

/// What the fetch of one page gives: the page and, if there may be more, the fetch of the next.
struct Step<T> {
    page: Result<Response<Page<T>>, Error>,
    next: Option<BoxFuture<Step<T>>>,
}

impl<T: Send + 'static> Pages<T> {
    pub(crate) fn new<L: List<Row = T>>(list: L) -> Self {
        let begin = match L::PAGING {
            // The first call opts in with an empty cursor.
            Paging::Cursor => Position::Cursor(String::new()),
            Paging::Offset | Paging::Whole => Position::Start,
        };
        let offset = list.offset();
        Self { state: State::Waiting(step(list, begin, offset, HashSet::new())) }
    }

    /// The next page, or `None` after the last.
    ///
    /// # Errors
    /// When the page cannot be had; the pages end there.
    pub async fn try_next(&mut self) -> Result<Option<Response<Page<T>>>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

/// Boxed, because the fetch of a page holds that of the next.
///
/// `seen` holds a checksum of each place that the server has sent to: none comes twice in a list that ends.
fn step<L: List>(list: L, position: Position, offset: u64, mut seen: HashSet<u64>) -> BoxFuture<Step<L::Row>> {
    Box::pin(async move {
        let page = match list.at(&position).fetch().await {
            Ok(page) => page,
            Err(error) => return Step { page: Err(error), next: None },
        };
        let next = match following::<L>(&page, &position, offset, &mut seen) {
            Ok(Some((position, offset))) => Some(step(list, position, offset, seen)),
            Ok(None) => None,
            // The rows of this page are good; the error comes in place of the next one.
            Err(error) => {
                let broken: BoxFuture<Step<L::Row>> = Box::pin(async { Step { page: Err(error), next: None } });
                Some(broken)
            }
        };
        Step { page: Ok(page), next }
    })
}

/// Where the page after this one begins, if there is one.
///
/// A server that says that there is more and gives no way to it is an error: to stop there would lose rows in silence.
fn following<L: List>(
    page: &Response<Page<L::Row>>,
    position: &Position,
    offset: u64,
    seen: &mut HashSet<u64>,
) -> Result<Option<(Position, u64)>, Error> {
    /// How many rows more than it has announced a server may send, before it is taken to never end.
    const UNANNOUNCED: u64 = 100_000;
    let received = (page.results.len() + page.rejected.len()) as u64;
    let Some(next) = page.next.as_deref().filter(|next| !next.is_empty()) else { return Ok(None) };
    let broken = |reason: &str| {
        Err(Error::Decode(Box::new(DecodeError {
            operation: page.operation.id,
            status: page.status(),
            path: "next".to_owned(),
            reason: reason.to_owned(),
            excerpt: crate::decode::cut(next.as_bytes(), 0),
            took_effect: false,
            request_id: page.request_id().map(str::to_owned),
        })))
    };
    // The link is read for its query and never followed: it could lead elsewhere, with the key.
    let query = |wanted: &str| {
        let url = url::Url::parse(next)
            .or_else(|_| url::Url::parse("http://localhost/").and_then(|base| base.join(next)))
            .ok()?;
        url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    let mut hasher = DefaultHasher::new();
    next.hash(&mut hasher);
    let again = !seen.insert(hasher.finish());
    match L::PAGING {
        Paging::Whole => broken("the list comes as a whole by its description, and the server announces more rows"),
        Paging::Offset if again => broken("the server sends to the same page again, which would never end"),
        Paging::Offset => {
            let announced = page.count.and_then(|count| u64::try_from(count).ok());
            if announced.is_some_and(|count| offset + received > count.saturating_mul(2).saturating_add(UNANNOUNCED)) {
                return broken("the server has sent many more rows than it counts, and announces more");
            }
            // By rows received: the server may honour a smaller limit than was asked for. Behind an empty page only the
            // server knows where it goes on.
            let following = match received {
                0 => query("offset").and_then(|offset| offset.parse().ok()).unwrap_or(offset),
                received => offset + received,
            };
            if following <= offset {
                return broken("the server announces more rows and sends an empty page");
            }
            Ok(Some((Position::Offset(following), following)))
        }
        Paging::Cursor => match query("cursor") {
            Some(cursor) if again || Position::Cursor(cursor.clone()) == *position => {
                broken("the server sends to the same cursor again, which would never end")
            }
            Some(cursor) => Ok(Some((Position::Cursor(cursor), offset + received))),
            None => broken("the link to the next page has no cursor"),
        },
    }
}

impl<T> Stream for Pages<T> {
    type Item = Result<Response<Page<T>>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let State::Waiting(future) = &mut self.state else { return Poll::Ready(None) };
        match future.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Step { page, next }) => {
                self.state = next.map_or(State::Done, State::Waiting);
                Poll::Ready(Some(page))
            }
        }
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

/// The rows of a list, one after the other, over all its pages.
///
/// A [`Stream`]; [`Rows::try_next`] needs no import. A row that does not decode is an error in its place, and the
/// rows after it follow; a page that cannot be had ends the stream.
#[must_use = "streams do nothing unless polled"]
pub struct Rows<T> {
    operation: &'static str,
    pages: Pages<T>,
    ready: VecDeque<Result<T, Error>>,
}

impl<T: Send + 'static> Rows<T> {
    pub(crate) fn new(operation: &'static str, pages: Pages<T>) -> Self {
        Self { operation, pages, ready: VecDeque::new() }
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
                return Poll::Ready(Some(row));
            }
            match Pin::new(&mut self.pages).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(page))) => self.ready = in_order(page),
            }
        }
    }
}

/// Good and bad rows in the order in which they came.
fn in_order<T>(page: Response<Page<T>>) -> VecDeque<Result<T, Error>> {
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

/// Writes what every list builder has.
macro_rules! list {
    ($builder:ident => $row:ty, $kind:ident) => {
        crate::pagination::list_setters!($builder, $kind);

        impl $builder {
            /// What a row that does not decode does to the rows around it. Default: it is reported, and they go on.
            pub fn on_bad_record(mut self, policy: crate::BadRecord) -> Self {
                self.call.on_bad_record(policy);
                self
            }

            /// All pages, fetched one after the other as they are asked for.
            pub fn pages(self) -> crate::Pages<$row> {
                crate::Pages::new(self)
            }

            /// All rows of all pages, fetched as they are asked for.
            pub fn stream(self) -> crate::Rows<$row> {
                crate::Rows::new(self.call.operation().id, self.pages())
            }

            /// All rows of all pages, fetched as they are asked for, waiting on this thread.
            #[cfg(feature = "blocking")]
            pub fn rows(self) -> crate::blocking::Rows<$row> {
                crate::blocking::Rows::new(self.stream())
            }

            /// All rows at once, if they are at most 10,000.
            ///
            /// # Errors
            /// As every call, and when there are more rows: [`all_up_to`](Self::all_up_to) raises the limit.
            pub async fn all(self) -> ::std::result::Result<::std::vec::Vec<$row>, crate::Error> {
                self.all_up_to(10_000).await
            }

            /// All rows at once, if they are at most `limit`.
            ///
            /// # Errors
            /// As every call, when a row does not decode, and when there are more rows.
            pub async fn all_up_to(
                self,
                limit: usize,
            ) -> ::std::result::Result<::std::vec::Vec<$row>, crate::Error> {
                self.stream().collect_up_to(limit).await
            }
        }

        impl crate::pagination::List for $builder {
            type Row = $row;
            const PAGING: crate::pagination::Paging = crate::pagination::list_paging!($kind);

            fn at(&self, position: &crate::pagination::Position) -> Self {
                crate::pagination::list_at!($kind self position)
            }

            fn offset(&self) -> u64 {
                crate::pagination::list_offset!($kind self)
            }

            fn fetch(
                self,
            ) -> ::std::pin::Pin<
                ::std::boxed::Box<
                    dyn ::std::future::Future<
                            Output = ::std::result::Result<crate::Response<crate::Page<$row>>, crate::Error>,
                        > + Send,
                >,
            > {
                ::std::boxed::Box::pin(self.send())
            }
        }
    };
}

macro_rules! list_setters {
    ($builder:ident, whole) => {};
    ($builder:ident, $kind:ident) => {
        impl $builder {
            /// How many rows to ask for at a time. The server may honour less.
            pub fn page_size(mut self, rows: u32) -> Self {
                self.query_limit = Some(rows.to_string());
                self
            }

            /// How many rows match, as the server says; `None` where it does not say, or says less than zero.
            ///
            /// # Errors
            /// See [`Error`](crate::Error).
            pub async fn count(self) -> ::std::result::Result<::std::option::Option<i64>, crate::Error> {
                ::std::result::Result::Ok(self.page_size(1).send().await?.count.filter(|count| *count >= 0))
            }
        }
    };
}

macro_rules! list_paging {
    (offset) => {
        crate::pagination::Paging::Offset
    };
    (cursor) => {
        crate::pagination::Paging::Cursor
    };
    (whole) => {
        crate::pagination::Paging::Whole
    };
}

macro_rules! list_at {
    (offset $this:ident $position:ident) => {{
        let mut list = $this.clone();
        if let crate::pagination::Position::Offset(offset) = $position {
            list.query_offset = Some(offset.to_string());
        }
        list
    }};
    (cursor $this:ident $position:ident) => {{
        let mut list = $this.clone();
        if let crate::pagination::Position::Cursor(cursor) = $position {
            list.query_cursor = Some(cursor.clone());
        }
        list
    }};
    (whole $this:ident $position:ident) => {{
        let _ = $position;
        $this.clone()
    }};
}

macro_rules! list_offset {
    (offset $this:ident) => {
        $this.query_offset.as_deref().and_then(|offset| offset.parse().ok()).unwrap_or(0)
    };
    ($kind:ident $this:ident) => {
        0
    };
}

pub(crate) use {list, list_at, list_offset, list_paging, list_setters};
