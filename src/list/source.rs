//! [`List`]: a request builder that returns pages.

use std::future::Future;
use std::pin::Pin;

use super::options::ListOptions;
use super::position::{Paging, Position};
use super::record::Record;
use super::token::{Binding, PageToken};
use crate::outcome::error::Error;
use crate::outcome::operation::Operation;
use crate::outcome::response::Response;
use crate::wire::page::Page;

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A request builder that returns pages. The macro [`list`](super::macros::list) implements it.
pub(crate) trait List: Clone + Send + 'static {
    /// The type of the records.
    type Record: Record + Send + Unpin + 'static;
    /// How the list is paged.
    const PAGING: Paging;

    /// Returns the request for the page at a position.
    fn at(&self, position: &Position) -> Self;
    /// Returns the offset that the user chose as the start.
    fn offset(&self) -> u64;
    /// Returns the path parameters and the filters that are set, by name.
    fn filters(&self) -> Vec<(&'static str, String)>;
    fn operation(&self) -> &'static Operation;
    fn options(&self) -> &ListOptions;
    fn options_mut(&mut self) -> &mut ListOptions;
    /// Fetches the page.
    fn fetch(self) -> BoxFuture<Result<Response<Page<Self::Record>>, Error>>;

    /// Returns what tokens of this list are bound to.
    fn binding(&self) -> Binding {
        Binding::new(self.operation(), self.filters())
    }

    /// Returns the token of the list's start, or of the place that it resumes from.
    fn begin(&self) -> PageToken {
        let first = if Self::PAGING == Paging::Cursor { Position::Cursor(String::new()) } else { Position::Start };
        self.options().resume.clone().unwrap_or_else(|| PageToken::new(&self.binding(), first, Vec::new()))
    }
}

/// A list that can select records by the time of their last change.
pub(crate) trait Syncable: List {
    /// The reference says that the records come in the order of their changes.
    const ORDERED: bool;

    /// Selects what changed at this time or later.
    fn since(self, time: campfire_values::Timestamp) -> Self;
    /// Selects only deleted records, if the list has such a filter.
    fn deleted(self) -> Option<Self>;
    /// Removes the time window that the server applies by default, if the list has one.
    fn all_time(self) -> Option<Self>;
}
