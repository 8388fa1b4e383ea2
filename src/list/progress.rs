//! [`Progress`]: how far a list was read.

use std::fmt;
use std::sync::Arc;

/// How far a list was read: told to `on_progress` after each page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The rows that were handed out, those that do not decode among them.
    pub rows: u64,
    /// The pages that were handed out.
    pub pages: u64,
    /// The bytes of their bodies, decompressed.
    pub bytes: u64,
    /// How many rows there are in all, as the server said with the last page. `None` where it does not say.
    pub expected: Option<u64>,
}

/// Whoever wants to know.
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
