//! [`Pools`]: the HTTP clients of a client, each with connections of its own.
//!
//! A connection is driven by the runtime that opened it: in another runtime, a request on it would wait for ever while the
//! first one is idle. And the longer a connection was idle, the more likely the server is about to close it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use tokio::runtime::{Handle, Id};

use crate::defaults::{POOL_IDLE_TIMEOUT, POOLS};
use crate::outcome::error::ConfigurationError;
use crate::outcome::operation::Retry;

static KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// Builds an HTTP client that keeps idle connections for this long.
type Build = dyn Fn(Duration) -> Result<reqwest::Client, ConfigurationError> + Send + Sync;

/// HTTP clients, by runtime and by how long they keep idle connections.
pub struct Pools {
    build: Box<Build>,
    state: Mutex<State>,
}

struct State {
    /// How long idle connections are kept: as configured, or shorter because the server closes them earlier.
    idle: Duration,
    /// The pool that was used last is the last one.
    pools: Vec<Pool>,
}

struct Pool {
    /// `None` until a runtime uses it.
    runtime: Option<Id>,
    idle: Duration,
    client: reqwest::Client,
}

impl Pools {
    /// Builds the first HTTP client. Connections are kept for `idle` at most.
    pub fn new(
        idle: Duration,
        build: impl Fn(Duration) -> Result<reqwest::Client, ConfigurationError> + Send + Sync + 'static,
    ) -> Result<Self, ConfigurationError> {
        let first = Pool { runtime: None, idle, client: build(idle)? };
        Ok(Self { build: Box::new(build), state: Mutex::new(State { idle, pools: vec![first] }) })
    }

    /// Returns the HTTP client of this runtime. What must not be sent twice never gets a connection that was idle for more
    /// than a few seconds, however long others may be kept.
    pub fn client(&self, retry: Retry) -> Result<reqwest::Client, ConfigurationError> {
        let runtime = Handle::try_current().ok().map(|handle| handle.id());
        let mut state = self.state();
        let idle = if retry == Retry::Never { state.idle.min(POOL_IDLE_TIMEOUT) } else { state.idle };
        let fits = |pool: &Pool| pool.idle == idle && (pool.runtime == runtime || pool.runtime.is_none());
        // A program has one runtime, and most of its calls are of one kind.
        if let Some(last) = state.pools.last_mut().filter(|last| fits(last)) {
            last.runtime = runtime;
            return Ok(last.client.clone());
        }
        let pool = match state.pools.iter().position(fits) {
            Some(index) => Pool { runtime, ..state.pools.remove(index) },
            None => Pool { runtime, idle, client: (self.build)(idle)? },
        };
        let client = pool.client.clone();
        if state.pools.len() == POOLS {
            state.pools.remove(0);
        }
        state.pools.push(pool);
        Ok(client)
    }

    /// Keeps idle connections for a shorter time if the server says that it closes them earlier (`Keep-Alive: timeout=5`).
    pub fn observe(&self, headers: &HeaderMap) {
        let Some(kept) = headers.get(&KEEP_ALIVE).and_then(|value| kept(value.to_str().ok()?)) else { return };
        // A request must be there before the server closes.
        let idle = kept.saturating_sub(Duration::from_secs(1)).max(kept / 2);
        let mut state = self.state();
        if idle < state.idle {
            state.idle = idle;
            state.pools.retain(|pool| pool.idle <= idle);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads how long the server keeps an idle connection.
fn kept(keep_alive: &str) -> Option<Duration> {
    let seconds = keep_alive.split(',').find_map(|part| part.trim().strip_prefix("timeout="))?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_the_server_keeps_connections_is_read() {
        for (text, seconds) in [
            ("timeout=5", Some(5)),
            ("timeout=5, max=1000", Some(5)),
            ("max=1000,timeout= 5 ", Some(5)),
            ("max=1000", None),
            ("timeout=soon", None),
        ] {
            assert_eq!(kept(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
