//! [`ErasedPage`]: a page without the type of its records, and [`Head`], which is known before the page is decoded.

use super::record::{Record, identities};
use crate::outcome::error::Error;
use crate::outcome::rejected::RejectedRecords;
use crate::send::{Erased, body};
use crate::transport::received::Received;
use crate::wire::decode::Decode;
use crate::wire::page::Page;

/// What a page says about its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The number of records in the whole list. `None` if the server does not say.
    pub(super) count: Option<i64>,
    /// The link to the next page, or `None` at the end.
    pub(super) next: Option<String>,
}

impl Head {
    fn new(count: Option<i64>, next: Option<String>) -> Self {
        Self { count: count.filter(|count| *count >= 0), next: next.filter(|next| !next.is_empty()) }
    }
}

/// A page without the type of its records: what reading a list needs to know of it.
pub(crate) struct ErasedPage {
    pub(super) head: Head,
    /// The IDs of the records in the order of the response, including those of rejected records.
    pub(super) ids: Vec<Option<i64>>,
    /// The `Page` itself.
    pub(super) page: Erased,
}

/// Decodes a page, and forgets the type of its records.
pub(crate) fn erased_page<T: Record>(received: Received, rejected_records: RejectedRecords) -> Result<ErasedPage, Error>
where
    Page<T>: Decode,
{
    let page = Page::<T>::decode(&body(&received, rejected_records))?;
    let head = Head::new(page.count, page.next.clone());
    Ok(ErasedPage { head, ids: identities(&page), page: Box::new(page) })
}
