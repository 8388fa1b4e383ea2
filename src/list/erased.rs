//! [`ErasedPage`]: a page without the type of its records.

use super::head::Head;
use super::record::{Record, identities};
use crate::send::{Erased, body};
use crate::wire::decode::Decode;
use crate::wire::page::Page;
use campfire_transport::outcome::error::Error;
use campfire_transport::outcome::rejected::RejectedRecords;
use campfire_transport::received::Received;

/// A page without the type of its records: what reading a list needs to know of it.
pub(crate) struct ErasedPage {
    pub(super) head: Head,
    /// The IDs of the records in the order of the response, including those of rejected records.
    pub(super) ids: Vec<Option<i64>>,
    /// The `Page` itself.
    pub(super) page: Erased,
}

/// Decodes a page, and forgets the type of its records.
pub(crate) fn erased_page<T: Record>(
    received: &mut Received,
    rejected_records: RejectedRecords,
) -> Result<ErasedPage, Error>
where
    Page<T>: Decode,
{
    let page = Page::<T>::decode(&body(received, rejected_records))?;
    let head = Head::new(page.count, page.next.clone());
    Ok(ErasedPage { head, ids: identities(&page), page: Box::new(page) })
}
