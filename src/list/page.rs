//! [`ListPage`]: a page within a list that is being read.

use campfire_values::JsonObject;

use super::token::PageToken;
use crate::wire::page::{Page, iterate_over_results};
use campfire_transport::outcome::rejected::RejectedRecord;

/// A page within a list that is being read: its records, and where the list resumes after it.
///
/// Records that were returned before, because others change the list meanwhile, are left out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ListPage<T> {
    /// The number of records in the whole list, as the server counts. `None` if it does not say.
    pub count: Option<i64>,
    /// The records.
    pub results: Vec<T>,
    /// The records that could not be decoded, each with its reason. The other records are not affected.
    pub rejected: Vec<RejectedRecord>,
    /// Fields of the page that the description does not list.
    pub extra: JsonObject,
    /// The list changed since the previous page, because others write meanwhile. Records are returned once, and none that
    /// keeps its place in the order of the list is missed; one whose place changes may be.
    pub drifted: bool,
    /// The position after this page: `list().resume(&token)`. `None` after the last page.
    pub token: Option<PageToken>,
}

impl<T> ListPage<T> {
    pub(super) fn new(page: Page<T>, drifted: bool, token: Option<PageToken>) -> Self {
        let Page { count, results, rejected, extra, .. } = page;
        Self { count, results, rejected, extra, drifted, token }
    }
}

iterate_over_results!(ListPage);
