//! [`Settings`]: how tables are read.

use std::sync::Arc;

use campfire::Progress;

/// How tables are read.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) page_size: u32,
    pub(crate) side_by_side: usize,
    pub(crate) listener: Option<Listener>,
}

/// Is called with the name of a table and its progress.
pub(crate) type Listener = Arc<dyn Fn(&str, &Progress) + Send + Sync>;
