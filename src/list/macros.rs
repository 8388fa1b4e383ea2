//! What every list builder has: the macros that implement [`ListBuilder`](super::source::ListBuilder) and add `sync`.
//!
//! None of the methods is an `async fn`: the compiler would check one state machine per list.

/// Adds what every list builder has.
macro_rules! list {
    ($builder:ident => $record:ty, $kind:ident) => {
        crate::list::macros::list_setters!($builder, $kind);

        impl $builder {
            /// Sets what happens to a page when one of its records cannot be decoded. Default: the record is collected,
            /// and the others are returned.
            #[inline]
            pub fn rejected_records(mut self, policy: crate::RejectedRecords) -> Self {
                self.call.rejected_records(policy);
                self
            }

            /// Ends `pages`, `stream` and `all` after this many records.
            #[inline]
            pub fn max_items(mut self, records: u64) -> Self {
                self.list.max_items = Some(records);
                self
            }

            /// Resumes from a token. `pages`, `stream` and `all` use it, and reject a token of another list, or of this
            /// list with other filters or path parameters.
            #[inline]
            pub fn resume(mut self, token: &crate::PageToken) -> Self {
                self.list.resume = Some(token.clone());
                self
            }

            /// Sets a listener that is called with the progress after each page.
            #[inline]
            pub fn on_progress(
                mut self,
                listener: impl Fn(&crate::Progress) + ::std::marker::Send + ::std::marker::Sync + 'static,
            ) -> Self {
                self.list.on_progress = Some(crate::list::progress::Listener::new(listener));
                self
            }

            /// Streams the pages. The next page is fetched while you work on the current one.
            #[inline]
            pub fn pages(self) -> crate::PageStream<$record> {
                crate::list::pages::PageStream::new(crate::list::source::ListBuilder::into_source(self))
            }

            /// Streams the records of all pages. The next page is fetched while you work on the records of the current
            /// one.
            #[inline]
            pub fn stream(self) -> crate::RecordStream<$record> {
                crate::list::records::RecordStream::new(crate::list::source::ListBuilder::into_source(self))
            }

            /// Iterates over the records of all pages, blocking this thread.
            #[cfg(feature = "blocking")]
            #[inline]
            pub fn records(self) -> crate::blocking::iter::Iter<crate::RecordStream<$record>> {
                crate::blocking::iter::Iter::new(self.stream())
            }

            /// Collects all records, if there are at most 10,000.
            ///
            /// # Errors
            /// If a page cannot be fetched, a record cannot be decoded, or there are more records:
            /// [`all_up_to`](Self::all_up_to) raises the limit.
            #[inline]
            pub fn all(
                self,
            ) -> impl ::std::future::Future<Output = ::std::result::Result<::std::vec::Vec<$record>, crate::Error>>
            + ::std::marker::Send {
                self.all_up_to(campfire_transport::defaults::ALL_RECORDS)
            }

            /// Collects all records, if there are at most `limit`.
            ///
            /// # Errors
            /// If a page cannot be fetched, a record cannot be decoded, or there are more records.
            #[inline]
            pub fn all_up_to(
                self,
                limit: usize,
            ) -> impl ::std::future::Future<Output = ::std::result::Result<::std::vec::Vec<$record>, crate::Error>>
            + ::std::marker::Send {
                self.stream().collect_up_to(limit)
            }
        }

        impl crate::list::source::ListBuilder for $builder {
            type Record = $record;

            #[inline]
            fn into_source(self) -> crate::list::source::Source {
                crate::list::source::Source {
                    call: self.call,
                    options: self.list,
                    paging: crate::list::macros::list_paging!($kind),
                    decoder: crate::list::erased::erased_page::<$record>,
                }
            }

            #[inline]
            fn call_mut(&mut self) -> &mut crate::call::Call {
                &mut self.call
            }

            #[inline]
            fn options_mut(&mut self) -> &mut crate::list::options::ListOptions {
                &mut self.list
            }
        }
    };
}

macro_rules! list_setters {
    ($builder:ident, whole) => {};
    ($builder:ident, offset) => {
        crate::list::macros::list_setters!($builder, cursor);

        impl $builder {
            /// Fetches this many pages at the same time, once the first page has told how many records there are. Pages are
            /// still returned in order. A large page counts until it begins to arrive. Default: one, which is fetched while you
            /// work on the page before.
            #[inline]
            pub fn concurrency(mut self, pages: usize) -> Self {
                self.list.concurrency = pages;
                self
            }
        }
    };
    ($builder:ident, cursor) => {
        impl $builder {
            /// Sets how many records a page has. The server may return fewer.
            #[inline]
            pub fn page_size(mut self, records: u32) -> Self {
                self.call.set("limit", records.to_string());
                self
            }

            /// Limits how many bytes of pages are held that were fetched ahead and not yet returned, as the pages before let expect.
            /// Pages that are being decoded, at most one for each core, do not count, and the page that is needed next is always
            /// fetched. Default: 32 MiB.
            #[inline]
            pub fn bytes_ahead(mut self, bytes: usize) -> Self {
                self.list.bytes_ahead = Some(bytes);
                self
            }

            /// Returns how many records match, as the server counts; `None` if it does not say.
            ///
            /// # Errors
            /// See [`Error`](crate::Error).
            #[inline]
            pub fn count(
                self,
            ) -> impl ::std::future::Future<Output = ::std::result::Result<::std::option::Option<i64>, crate::Error>>
            + ::std::marker::Send {
                crate::list::pages::count(self.page_size(1).send(), |page| page.count)
            }
        }
    };
}

macro_rules! list_paging {
    (offset) => {
        crate::list::position::Paging::Offset
    };
    (cursor) => {
        crate::list::position::Paging::Cursor
    };
    (whole) => {
        crate::list::position::Paging::Whole
    };
}

/// Adds `sync` to a list that can select records by the time of their last change. `$ordered` lists return their records in the
/// order of the changes.
macro_rules! sync {
    ($builder:ident => $record:ty, $ordered:literal) => {
        impl $builder {
            /// Streams what has changed since an earlier run, or everything: see [`ChangeStream`](crate::ChangeStream).
            #[inline]
            pub fn sync(
                self,
                since: impl ::std::convert::Into<::std::option::Option<crate::Watermark>>,
            ) -> crate::ChangeStream<$record> {
                let list = crate::list::source::ListBuilder::into_source(self);
                crate::list::changes::ChangeStream::new(list, $ordered, since.into())
            }
        }

        impl crate::list::source::SyncBuilder for $builder {
            const ORDERED: bool = $ordered;
        }
    };
}

pub(crate) use {list, list_paging, list_setters, sync};
