//! Lists: from one page to all of them, to the changes of an hour, and to what is below every parent.
//!
//! A request builder of a list implements [`List`] (through the macro `list!`). [`walk`] decides which request comes
//! next and what of its answer is new; [`pages`] sends, ahead of its user; [`rows`] takes pages apart; [`changes`] reads
//! only what has changed; [`fan_out`] reads the lists below the rows of another.

mod changes;
mod fan_out;
mod pages;
mod progress;
mod row;
mod rows;
mod task;
mod token;
mod walk;

use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

pub(crate) use changes::Syncable;
pub use changes::{Change, Changes, Deleted, Watermark};
pub use fan_out::{FanOut, FanOutError, FanOutRows};
pub use pages::Pages;
pub(crate) use progress::Listener;
pub use progress::Progress;
pub(crate) use row::{Row, extra_flag, extra_time};
pub use rows::Rows;
pub(crate) use token::Binding;
pub use token::PageToken;

use crate::call::Call;
use crate::error::Error;
use crate::{Page, Response};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Where in a list a page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Position {
    /// The request as it is.
    Start,
    /// After so many rows.
    Offset(u64),
    /// At an opaque cursor.
    Cursor(String),
}

impl Position {
    fn offset_or_start(offset: u64) -> Self {
        if offset == 0 { Self::Start } else { Self::Offset(offset) }
    }

    fn offset(&self) -> u64 {
        match self {
            Self::Offset(offset) => *offset,
            Self::Start | Self::Cursor(_) => 0,
        }
    }
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

/// How a list is read: what its builder collects beside filters.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListOptions {
    pub(crate) max_items: Option<u64>,
    /// How many pages are fetched at a time; 0 and 1 are one.
    pub(crate) concurrency: usize,
    pub(crate) resume: Option<PageToken>,
    pub(crate) on_progress: Option<Listener>,
    /// Whether a row may come again: when it has changed while a feed was read.
    pub(crate) repeats: bool,
}

impl ListOptions {
    pub(crate) const DEFAULT: Self =
        Self { max_items: None, concurrency: 0, resume: None, on_progress: None, repeats: false };
}

/// A request builder that gives pages.
pub(crate) trait List: Clone + Send + 'static {
    /// The type of a row.
    type Row: Row + Send + Unpin + 'static;
    /// How it is paged.
    const PAGING: Paging;

    /// The request for the page at a position.
    fn at(&self, position: &Position) -> Self;
    /// The offset that the user has asked to begin at.
    fn offset(&self) -> u64;
    /// The ids of the path and the filters that are set, by name.
    fn filters(&self) -> Vec<(&'static str, String)>;
    /// The call that is being prepared.
    fn call(&self) -> &Call;
    /// The call, to set options of.
    fn call_mut(&mut self) -> &mut Call;
    /// Fetches the page.
    fn fetch(self) -> BoxFuture<Result<Response<Page<Self::Row>>, Error>>;

    /// How it is read.
    fn options(&self) -> &ListOptions {
        self.call().list()
    }

    /// What tokens of it are good for.
    fn binding(&self) -> Binding {
        Binding::new(self.call().operation().id, self.filters())
    }

    /// The token of its beginning, or of where it goes on.
    fn begin(&self) -> PageToken {
        let first = if Self::PAGING == Paging::Cursor { Position::Cursor(String::new()) } else { Position::Start };
        self.options().resume.clone().unwrap_or_else(|| PageToken::new(&self.binding(), first, Vec::new()))
    }
}

/// Writes what every list builder has: its row, how it is paged, and the fields of the builder that say which list it is.
macro_rules! list {
    ($builder:ident => $row:ty, $kind:ident, [$($filter:ident)*]) => {
        crate::list::list_setters!($builder, $kind);

        impl $builder {
            /// What a row that does not decode does to the rows around it. Default: it is reported, and they go on.
            pub fn on_bad_record(mut self, policy: crate::BadRecord) -> Self {
                self.call.on_bad_record(policy);
                self
            }

            /// Ends `pages`, `stream` and `all` after so many rows.
            pub fn max_items(mut self, rows: u64) -> Self {
                self.call.list_mut().max_items = Some(rows);
                self
            }

            /// Goes on where a token was taken. Of use to `pages`, `stream` and `all`, which refuse a token of another
            /// list, or of this one with other filters or ids.
            pub fn resume(mut self, token: &crate::PageToken) -> Self {
                self.call.list_mut().resume = Some(token.clone());
                self
            }

            /// Is told after each page how far the list was read.
            pub fn on_progress(
                mut self,
                listener: impl Fn(&crate::Progress) + ::std::marker::Send + ::std::marker::Sync + 'static,
            ) -> Self {
                self.call.list_mut().on_progress = Some(crate::list::Listener::new(listener));
                self
            }

            /// All pages. The next one is fetched while you work on one.
            pub fn pages(self) -> crate::Pages<$row> {
                crate::Pages::new(self)
            }

            /// All rows of all pages. The next page is fetched while you work on the rows of one.
            pub fn stream(self) -> crate::Rows<$row> {
                let begin = crate::list::List::begin(&self);
                crate::Rows::new(self.call.operation().id, self.pages(), begin)
            }

            /// All rows of all pages, waiting on this thread.
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

        impl crate::list::List for $builder {
            type Row = $row;
            const PAGING: crate::list::Paging = crate::list::list_paging!($kind);

            fn at(&self, position: &crate::list::Position) -> Self {
                crate::list::list_at!($kind self position)
            }

            fn offset(&self) -> u64 {
                crate::list::list_offset!($kind self)
            }

            fn filters(&self) -> ::std::vec::Vec<(&'static str, ::std::string::String)> {
                let filters = [$((::std::stringify!($filter), ::std::format!("{:?}", self.$filter))),*];
                filters.into_iter().filter(|(_, value)| value != "None").collect()
            }

            fn call(&self) -> &crate::call::Call {
                &self.call
            }

            fn call_mut(&mut self) -> &mut crate::call::Call {
                &mut self.call
            }

            fn fetch(
                self,
            ) -> ::std::pin::Pin<
                ::std::boxed::Box<
                    dyn ::std::future::Future<
                            Output = ::std::result::Result<crate::Response<crate::Page<$row>>, crate::Error>,
                        > + ::std::marker::Send,
                >,
            > {
                ::std::boxed::Box::pin(self.send())
            }
        }
    };
}

macro_rules! list_setters {
    ($builder:ident, whole) => {};
    ($builder:ident, offset) => {
        crate::list::list_setters!($builder, cursor);

        impl $builder {
            /// Fetches so many pages at a time, once the first has told how many rows there are. They come in order all
            /// the same. Default: one, which is fetched while you work on the one before.
            pub fn concurrency(mut self, pages: usize) -> Self {
                self.call.list_mut().concurrency = pages;
                self
            }
        }
    };
    ($builder:ident, cursor) => {
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
        crate::list::Paging::Offset
    };
    (cursor) => {
        crate::list::Paging::Cursor
    };
    (whole) => {
        crate::list::Paging::Whole
    };
}

macro_rules! list_at {
    (offset $this:ident $position:ident) => {{
        let mut list = $this.clone();
        if let crate::list::Position::Offset(offset) = $position {
            list.query_offset = Some(offset.to_string());
        }
        list
    }};
    (cursor $this:ident $position:ident) => {{
        let mut list = $this.clone();
        if let crate::list::Position::Cursor(cursor) = $position {
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

/// Writes `sync` for a list that can tell what has changed.
///
/// `deletes` and `window` are the fields of the builder that ask for deleted rows and for all of time, where there are such.
macro_rules! sync {
    ($builder:ident => $row:ty, $ordered:literal, $since:ident, [$($deletes:ident)?], [$($window:ident)?]) => {
        impl $builder {
            /// What has changed since an earlier run, or everything: see [`Changes`](crate::Changes).
            pub fn sync(
                self,
                since: impl ::std::convert::Into<::std::option::Option<crate::Watermark>>,
            ) -> crate::Changes<$row> {
                crate::Changes::new(self, since.into())
            }
        }

        impl crate::list::Syncable for $builder {
            const ORDERED: bool = $ordered;

            fn since(mut self, moment: crate::Timestamp) -> Self {
                self.$since = Some(moment.to_string());
                self
            }

            fn deleted(self) -> ::std::option::Option<Self> {
                crate::list::switched_on!(self, $($deletes)?)
            }

            fn all_time(self) -> ::std::option::Option<Self> {
                crate::list::switched_on!(self, $($window)?)
            }
        }
    };
}

/// The list with a filter set to true, if it has that filter.
macro_rules! switched_on {
    ($list:ident,) => {
        ::std::option::Option::None
    };
    ($list:ident, $filter:ident) => {{
        let mut list = $list;
        list.$filter = Some("true".to_owned());
        ::std::option::Option::Some(list)
    }};
}

pub(crate) use {list, list_at, list_offset, list_paging, list_setters, switched_on, sync};
