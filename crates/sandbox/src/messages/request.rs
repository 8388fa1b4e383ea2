//! Requests.

use crate::messages::origin::Origin;

/// A request whose body has been read.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) origin: Origin<'a>,
    pub(crate) body: &'a [u8],
}
