//! [`ListOptions`]: how a list is read, beyond its filters.

use super::progress::Listener;
use super::token::PageToken;

/// How a list is read: the options that its builder collects beyond filters.
#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    pub(crate) max_items: Option<u64>,
    /// The number of pages that are fetched at the same time; 0 means one.
    pub(crate) concurrency: usize,
    /// The most bytes of pages that have arrived or are expected, apart from those that are being decoded. The page that is needed
    /// next is fetched in any case.
    pub(crate) bytes_ahead: Option<usize>,
    pub(crate) resume: Option<PageToken>,
    /// Records may be returned again, so the list starts over if the place where it would resume can no longer be found.
    pub(crate) may_restart: bool,
    pub(crate) on_progress: Option<Listener>,
    /// A record may appear again if it changed while a feed was read.
    pub(crate) repeats: bool,
}
