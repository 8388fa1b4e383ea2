//! The limit on requests per second.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A token bucket that refills at a steady rate and holds the tokens of one second.
#[derive(Debug)]
pub(crate) struct Throttle {
    per_second: f64,
    /// The time of the last request, and the tokens that were left.
    state: Mutex<(Instant, f64)>,
}

impl Throttle {
    pub(crate) fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second.max(1));
        Throttle { per_second, state: Mutex::new((Instant::now(), per_second)) }
    }

    /// Admits a request, or returns the time to wait. `advanced` is the time by which tests have moved the clock.
    pub(crate) fn admit(&self, advanced: Duration) -> Result<(), Duration> {
        let now = Instant::now() + advanced;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, tokens) = *state;
        let elapsed = now.saturating_duration_since(last).as_secs_f64();
        let tokens = (tokens + elapsed * self.per_second).min(self.per_second);
        let is_admitted = tokens >= 1.0;
        *state = (now.max(last), if is_admitted { tokens - 1.0 } else { tokens });
        if is_admitted { Ok(()) } else { Err(Duration::from_secs_f64((1.0 - tokens) / self.per_second)) }
    }
}
