//! How the program is stopped.

use anyhow::Result;

/// Ctrl-C or, on Unix, SIGTERM, with which containers are stopped.
pub(crate) struct Stop {
    #[cfg(unix)]
    terminated: tokio::signal::unix::Signal,
}

impl Stop {
    /// Listens for signals from now on.
    ///
    /// # Errors
    /// If that is not possible.
    pub(crate) fn new() -> Result<Self> {
        Ok(Stop {
            #[cfg(unix)]
            terminated: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    /// Waits until the program is to stop.
    ///
    /// # Errors
    /// If signals cannot be received.
    pub(crate) async fn requested(&mut self) -> Result<()> {
        #[cfg(unix)]
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = self.terminated.recv() => {}
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await?;
        Ok(())
    }
}
