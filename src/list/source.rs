//! [`Source`]: what a list is read from.

use campfire_values::Timestamp;

use super::erased::ErasedPage;
use super::options::ListOptions;
use super::position::{Paging, Position};
use super::record::Record;
use super::token::{Binding, PageToken};
use crate::call::Call;
use crate::send::Decoder;
use campfire_transport::outcome::operation::Operation;

/// A request builder that returns pages. The macro [`list`](super::macros::list) implements it.
pub(crate) trait List: Send + 'static {
    /// The type of the records.
    type Record: Record + Send + Unpin + 'static;

    fn into_source(self) -> Source;
    fn options_mut(&mut self) -> &mut ListOptions;
}

/// What a list is read from: a request, how it is paged, and how its pages are decoded.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) call: Call,
    pub(crate) options: ListOptions,
    pub(crate) paging: Paging,
    pub(crate) decoder: Decoder<ErasedPage>,
}

/// The parameters that say where in a list a page starts, and not which list it is.
const LIMIT: &str = "limit";
const OFFSET: &str = "offset";
const CURSOR: &str = "cursor";

impl Source {
    pub(super) fn operation(&self) -> &'static Operation {
        self.call.operation()
    }

    /// Returns the request for the page at a position.
    pub(super) fn at(&self, position: &Position) -> Call {
        let mut call = self.call.clone();
        match (self.paging, position) {
            (Paging::Offset, Position::Offset(offset)) => call.set(OFFSET, offset.to_string()),
            (Paging::Cursor, Position::Cursor(cursor)) => call.set(CURSOR, cursor.clone()),
            _ => {}
        }
        call
    }

    /// Returns the offset that the user chose as the start.
    pub(super) fn offset(&self) -> u64 {
        match self.paging {
            Paging::Offset => self.call.text(OFFSET).and_then(|offset| offset.parse().ok()).unwrap_or(0),
            Paging::Cursor | Paging::Whole => 0,
        }
    }

    /// Returns what tokens of this list are bound to: the operation, and the path and the filters as they are sent.
    pub(super) fn binding(&self) -> Binding {
        let (path, mut query) = self.call.target();
        query.retain(|(name, _)| ![LIMIT, OFFSET, CURSOR].contains(&name.as_str()));
        Binding::new(self.operation(), &path, query)
    }

    /// Returns the token of the list's start, or of the place that it resumes from.
    pub(super) fn begin(&self) -> PageToken {
        let first = if self.paging == Paging::Cursor { Position::Cursor(String::new()) } else { Position::Start };
        self.options.resume.clone().unwrap_or_else(|| PageToken::new(&self.binding(), first, Vec::new(), 0))
    }

    /// Selects what changed at this time or later.
    pub(super) fn since(mut self, time: Timestamp) -> Self {
        self.call.set("last_modified_at_gte", time.to_string());
        self
    }

    /// Selects only deleted records, if the list has such a filter.
    pub(super) fn deleted(mut self) -> Option<Self> {
        self.switch_on("include_deleted").then_some(self)
    }

    /// Removes the time window that the server applies by default, if the list has one.
    pub(super) fn all_time(mut self) -> Self {
        self.switch_on("all_time");
        self
    }

    /// Sets a filter to true. Returns `false` if the list has no such filter.
    fn switch_on(&mut self, filter: &'static str) -> bool {
        let has_filter = self.call.has_optional(filter);
        if has_filter {
            self.call.set(filter, "true".to_owned());
        }
        has_filter
    }
}
