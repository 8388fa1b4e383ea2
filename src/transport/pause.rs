//! The pause after a 429: it applies to the whole client, not to one task, and ends with a single probe.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Decides if requests may be sent.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    state: Mutex<State>,
    changed: Notify,
    /// Mirrors `state.until.is_some()`, so that the usual case (no pause) needs no lock.
    is_on: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// No request is sent before this time.
    until: Option<Instant>,
    /// A request is in flight that shows if the server accepts requests again.
    probing: bool,
}

impl Pause {
    /// Waits until a request may be sent.
    pub(crate) async fn pass(&self) -> Pass<'_> {
        if !self.is_on.load(Ordering::Acquire) {
            return Pass { pause: self, probe: false };
        }
        loop {
            // Registered before the state is read, so that no change in between is missed.
            let changed = self.changed.notified();
            let wait = {
                let mut state = self.state();
                match state.until {
                    None => return Pass { pause: self, probe: false },
                    Some(until) if until > Instant::now() => Some(until),
                    Some(_) if !state.probing => {
                        state.probing = true;
                        return Pass { pause: self, probe: true };
                    }
                    Some(_) => None,
                }
            };
            match wait {
                Some(until) => tokio::time::sleep_until(until).await,
                None => changed.await,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Permission to send one request, returned with [`Pass::done`] or [`Pass::stop`]. A probe that is dropped without either
/// was cancelled and tells nothing: another request becomes the probe.
#[derive(Debug)]
#[must_use]
pub(crate) struct Pass<'a> {
    pause: &'a Pause,
    probe: bool,
}

impl Pass<'_> {
    /// Returns `true` for the one request that shows if the pause is over.
    pub(crate) fn is_probe(&self) -> bool {
        self.probe
    }

    /// Returns `true` if the request may still be sent: a pause may have begun while it waited for something else.
    pub(crate) fn holds(&self) -> bool {
        self.probe || !self.pause.is_on.load(Ordering::Acquire)
    }

    /// Ends the pause if this is the probe: the server accepts requests. A pause that began after the probe was sent goes
    /// on.
    pub(crate) fn done(mut self) {
        if self.probe {
            let mut state = self.pause.state();
            state.probing = false;
            if state.until.is_none_or(|until| until <= Instant::now()) {
                state.until = None;
                self.pause.is_on.store(false, Ordering::Release);
            }
            drop(state);
            self.probe = false;
            self.pause.changed.notify_waiters();
        }
    }

    /// Starts or extends the pause: the server rejected the request with 429.
    pub(crate) fn stop(mut self, wait: Duration) {
        let now = Instant::now();
        // A wait of years is effectively endless.
        let until = now.checked_add(wait).unwrap_or(now + Duration::from_secs(1 << 30));
        let mut state = self.pause.state();
        // Late responses to requests from before the pause must not shorten it.
        state.until = Some(state.until.map_or(until, |known| known.max(until)));
        self.pause.is_on.store(true, Ordering::Release);
        if self.probe {
            state.probing = false;
        }
        drop(state);
        self.probe = false;
        self.pause.changed.notify_waiters();
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probe {
            self.pause.state().probing = false;
            self.pause.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_all_and_ends_with_one_probe() {
        let pause = std::sync::Arc::new(Pause::default());
        pause.pass().await.stop(Duration::from_secs(3));
        let begun = Instant::now();
        let probe = pause.pass().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
        let others: Vec<_> = (0..10)
            .map(|_| {
                let pause = pause.clone();
                tokio::spawn(async move { pause.pass().await.done() })
            })
            .collect();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(others.iter().all(|other| !other.is_finished()), "the probe is still out");
        probe.done();
        for other in others {
            other.await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_probe_lets_another_probe() {
        let pause = Pause::default();
        pause.pass().await.stop(Duration::from_secs(1));
        drop(pause.pass().await);
        let next = pause.pass().await;
        assert!(next.probe, "nobody knows yet whether the server takes requests again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_does_not_end_a_pause_that_began_after_it() {
        let pause = Pause::default();
        let (first, late) = (pause.pass().await, pause.pass().await);
        first.stop(Duration::from_secs(1));
        let probe = pause.pass().await;
        let begun = Instant::now();
        late.stop(Duration::from_secs(30));
        probe.done();
        pause.pass().await.done();
        assert_eq!(begun.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_does_not_shorten_the_pause() {
        let pause = Pause::default();
        let (early, late) = (pause.pass().await, pause.pass().await);
        early.stop(Duration::from_secs(10));
        late.stop(Duration::from_secs(1));
        let begun = Instant::now();
        pause.pass().await.done();
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
    }
}
