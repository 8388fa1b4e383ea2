//! Requests per second: each takes the next free slot, over all clones of a client.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Slots at a steady interval; what was not used in the last second may be caught up, so that short bursts pass.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    /// When the next slot would be if all before it had been used.
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new(per_second: f64) -> Option<Self> {
        let interval = Duration::try_from_secs_f64(1.0 / per_second).ok()?;
        Some(Pace { interval, next: Mutex::new(None) })
    }

    /// Waits for a slot. One that is given up while waiting stays unused.
    pub(crate) async fn slot(&self) {
        const BURST: Duration = Duration::from_secs(1);
        let slot = {
            let now = Instant::now();
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            // A burst is at most one second's worth of slots, and at least one.
            let earliest = now.checked_sub(BURST.saturating_sub(self.interval)).unwrap_or(now);
            let slot = next.map_or(earliest, |next| next.max(earliest));
            *next = slot.checked_add(self.interval).or(Some(slot));
            slot
        };
        tokio::time::sleep_until(slot).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_seconds_worth_at_once_and_then_at_a_steady_pace() {
        let pace = Pace::new(5.0).unwrap();
        let begun = Instant::now();
        let mut times = Vec::new();
        for _ in 0..15 {
            pace.slot().await;
            times.push(begun.elapsed().as_millis());
        }
        assert_eq!(&times[..5], [0, 0, 0, 0, 0]);
        assert_eq!(&times[5..], [200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000]);
    }

    #[tokio::test(start_paused = true)]
    async fn less_than_one_a_second_is_a_pace_too() {
        let pace = Pace::new(0.5).unwrap();
        let begun = Instant::now();
        for _ in 0..3 {
            pace.slot().await;
        }
        assert_eq!(begun.elapsed(), Duration::from_secs(4));
        assert!(Pace::new(0.0).is_none() && Pace::new(-1.0).is_none() && Pace::new(f64::NAN).is_none());
    }
}
