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

/// A request builder that returns pages. The macro [`list`](super::macros::list) implements it. Users see it as
/// [`List`](super::any::List), which it seals: they cannot name it.
pub trait ListBuilder: Send + Sized + 'static {
    /// The type of the records.
    type Record: Record;

    #[doc(hidden)]
    fn into_source(self) -> Source;
    #[doc(hidden)]
    fn call_mut(&mut self) -> &mut Call;
    #[doc(hidden)]
    fn options_mut(&mut self) -> &mut ListOptions;
}

/// A request builder whose list can select records by the time of their last change. The macro
/// [`sync`](super::macros::sync) implements it.
pub trait SyncBuilder: ListBuilder {
    #[doc(hidden)]
    /// `true` if the records are sorted by the time of their last change.
    const ORDERED: bool;
}

/// What a list is read from: a request, how it is paged, and how its pages are decoded.
#[derive(Clone)]
pub struct Source {
    pub(crate) call: Call,
    pub(crate) options: ListOptions,
    pub(crate) paging: Paging,
    pub(crate) decoder: Decoder<ErasedPage>,
}

/// The parameters that say where in a list a page starts, and not which list it is.
pub(super) const LIMIT: &str = "limit";
pub(super) const OFFSET: &str = "offset";
const CURSOR: &str = "cursor";

/// The filters that select records by the time of their last change.
pub(super) const CHANGED_FROM: &str = "last_modified_at_gte";
pub(super) const CHANGED_UNTIL: &str = "last_modified_at_lte";

/// The filters that widen a list.
pub(super) const ALL_TIME: &str = "all_time";
pub(super) const INCLUDE_DELETED: &str = "include_deleted";

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
        self.call.set(CHANGED_FROM, time.to_string());
        self
    }

    /// Selects only deleted records, if the list has such a filter.
    pub(super) fn deleted(mut self) -> Option<Self> {
        self.switch_on(INCLUDE_DELETED).then_some(self)
    }

    /// Removes the time window that the server applies by default, if the list has one.
    pub(super) fn all_time(mut self) -> Self {
        self.switch_on(ALL_TIME);
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
