//! [`Session`]: what the tools share.

use std::sync::Arc;

use campfire::Client;
use tokio::sync::RwLock;

use crate::confirmations::Confirmations;
use crate::cursors::Cursors;
use crate::options::Options;

/// What the tools share.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) options: Options,
    pub(crate) confirmations: Confirmations,
    pub(crate) cursors: Cursors,
    /// Shared by the writes in flight, so that the server can wait for them before it ends.
    pub(crate) writes: Arc<RwLock<()>>,
}

impl Session {
    pub(crate) fn new(client: Client, options: Options) -> Self {
        let (confirmations, cursors) = (Confirmations::default(), Cursors::default());
        Self { client, options, confirmations, cursors, writes: Arc::default() }
    }
}
