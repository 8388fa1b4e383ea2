//! Requests per second: what is more gets a 429 with `Retry-After`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A bucket that fills at a steady rate and holds one second's worth.
#[derive(Debug)]
pub(crate) struct Throttle {
    per_second: f64,
    state: Mutex<(Instant, f64)>,
}

impl Throttle {
    pub(crate) fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second.max(1));
        Throttle { per_second, state: Mutex::new((Instant::now(), per_second)) }
    }

    /// Lets a request through, or says how long to wait. `ahead` is by how much the sandbox's clock was moved.
    pub(crate) fn admit(&self, ahead: Duration) -> Result<(), Duration> {
        let now = Instant::now() + ahead;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, tokens) = *state;
        let elapsed = now.saturating_duration_since(last).as_secs_f64();
        let tokens = (tokens + elapsed * self.per_second).min(self.per_second);
        let admitted = tokens >= 1.0;
        *state = (now.max(last), if admitted { tokens - 1.0 } else { tokens });
        if admitted { Ok(()) } else { Err(Duration::from_secs_f64((1.0 - tokens) / self.per_second)) }
    }
}
