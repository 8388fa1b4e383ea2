//! The background runtime: runs calls for threads that wait for them.

use std::future::Future;
use std::sync::{OnceLock, mpsc};

use tokio::runtime::Runtime;

use campfire_transport::outcome::error::{ConfigurationError, Error};

/// Runs a call in the background, and blocks this thread until it ends.
pub(crate) fn wait<T: Send + 'static>(
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let runtime = runtime().ok_or_else(|| lost("the background runtime cannot be started"))?;
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        // If this fails, nobody waits any more.
        let _ = sender.send(call.await);
    });
    // Unlike `block_on`, waiting on a channel is allowed inside a runtime as well.
    receiver.recv().unwrap_or_else(|_| Err(lost("the background runtime ended before the call did")))
}

fn runtime() -> Option<&'static Runtime> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    let build = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("campfire-blocking").enable_all().build().ok()
    };
    RUNTIME.get_or_init(build).as_ref()
}

fn lost(message: &str) -> Error {
    ConfigurationError::new(message).into()
}
