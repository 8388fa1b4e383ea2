//! The retry budget of a client: an outage must not be answered with a storm.

use std::sync::atomic::{AtomicU32, Ordering};

/// What a full budget holds: ten retries.
const FULL: u32 = 100;
/// What a retry costs.
const RETRY: u32 = 10;
/// What a success gives back: retries settle at a tenth of the traffic.
const SUCCESS: u32 = 1;

/// Tokens that retries take and successes give back.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(FULL))
    }
}

impl Budget {
    /// Pays for a retry, if it can be paid for.
    pub(crate) fn take(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| tokens.checked_sub(RETRY)).is_ok()
    }

    pub(crate) fn refund(&self) {
        // Nearly always: what nobody has to write, all cores may keep.
        if self.0.load(Ordering::Relaxed) == FULL {
            return;
        }
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| Some((tokens + SUCCESS).min(FULL)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_retries_and_then_a_tenth_of_the_successes() {
        let budget = Budget::default();
        assert_eq!((0..100).filter(|_| budget.take()).count(), 10);
        for _ in 0..9 {
            budget.refund();
        }
        assert!(!budget.take());
        budget.refund();
        assert!(budget.take());
    }
}
