//! The retry budget of a client: it keeps an outage from causing a storm of retries.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::defaults::{BUDGET, RETRY_COST, SUCCESS_REFUND};

/// Tokens that retries spend and successes return.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(BUDGET))
    }
}

impl Budget {
    /// Pays for a retry. Returns `false` if the tokens do not suffice.
    pub(crate) fn take(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| tokens.checked_sub(RETRY_COST)).is_ok()
    }

    pub(crate) fn refund(&self) {
        // Nearly always full: a value that nobody writes stays in the cache of every core.
        if self.0.load(Ordering::Relaxed) == BUDGET {
            return;
        }
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| Some((tokens + SUCCESS_REFUND).min(BUDGET)));
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
