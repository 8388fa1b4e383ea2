//! [`Stop`]: how a command that runs for long is ended.

use crate::failure::Failure;

/// Ctrl-C or, on Unix, SIGTERM, with which containers are stopped.
pub(crate) struct Stop {
    #[cfg(unix)]
    terminated: tokio::signal::unix::Signal,
}

impl Stop {
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Stop {
            #[cfg(unix)]
            terminated: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .map_err(Failure::other)?,
        })
    }

    pub(crate) async fn requested(&mut self) -> Result<(), Failure> {
        #[cfg(unix)]
        let stopped = tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = self.terminated.recv() => Ok(()),
        };
        #[cfg(not(unix))]
        let stopped = tokio::signal::ctrl_c().await;
        stopped.map_err(Failure::other)
    }
}
