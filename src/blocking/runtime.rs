//! The background runtime: runs calls for threads that wait for them.

use std::future::Future;
use std::sync::{OnceLock, mpsc};

use tokio::runtime::Runtime;

use campfire_transport::outcome::error::{ConfigurationError, Error};

/// Runs a future in the background, and blocks this thread until it ends: everything that has no blocking method of its own.
///
/// ```
/// # #[cfg(all(feature = "core-accounting", feature = "sandbox"))]
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use campfire::blocking::wait;
/// use campfire::sandbox::Sandbox;
///
/// let sandbox = wait(async { Sandbox::start().await.map_err(Box::<dyn std::error::Error + Send + Sync>::from) })?;
/// let campfire = sandbox.client()?;
/// let tags = wait(campfire.tags().list().all())?;
/// assert!(tags.is_empty());
/// # Ok(())
/// # }
/// # #[cfg(not(all(feature = "core-accounting", feature = "sandbox")))]
/// # fn main() {}
/// ```
///
/// # Errors
/// Those of the future, and [`Error::Configuration`] if the background runtime cannot be started or the future panics.
pub fn wait<T: Send + 'static, E: From<Error> + Send + 'static>(
    future: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    let runtime = runtime().ok_or_else(|| lost("the background runtime cannot be started"))?;
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        // If this fails, nobody waits any more.
        let _ = sender.send(future.await);
    });
    // Unlike `block_on`, waiting on a channel is allowed inside a runtime as well.
    receiver
        .recv()
        .unwrap_or_else(|_| Err(lost("the call panicked, or the background runtime ended before it did").into()))
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
