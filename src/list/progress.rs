//! [`Progress`]: how much of a list has been read.

use std::fmt;
use std::sync::Arc;

/// How much of a list has been read: passed to `on_progress` after each page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The number of records returned so far, including those that could not be decoded.
    pub records: u64,
    /// The number of pages returned so far.
    pub pages: u64,
    /// The size of their decompressed bodies in bytes.
    pub bytes: u64,
    /// The number of records in the whole list, as the server said with the last page. `None` if it does not say.
    pub expected: Option<u64>,
}

/// The listener of `on_progress`.
#[derive(Clone)]
pub(crate) struct Listener(Arc<dyn Fn(&Progress) + Send + Sync>);

impl Listener {
    pub(crate) fn new(listener: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    pub(crate) fn call(&self, progress: &Progress) {
        (self.0)(progress);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
