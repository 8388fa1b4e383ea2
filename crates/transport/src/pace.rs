//! Requests per second, over all clones of a client: each request takes the next free slot.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::defaults::BURST;

/// Slots at a steady interval. Slots that were not used in the last second may be caught up, so that short bursts pass.
#[derive(Debug)]
pub struct Pace {
    interval: Duration,
    /// The time of the next slot if all before it had been used.
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub fn new(per_second: f64) -> Option<Self> {
        let interval = Duration::try_from_secs_f64(1.0 / per_second).ok()?;
        Some(Pace { interval, next: Mutex::new(None) })
    }

    /// Waits for a slot. If the wait is cancelled, the slot stays unused.
    pub async fn slot(&self) {
        let slot = {
            let now = Instant::now();
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            // A burst is at least one slot.
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
