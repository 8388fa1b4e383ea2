//! The pause after a 429: it applies to the whole client, not to one task. It ends with a single probe, after which the
//! requests that have waited are sent in growing numbers.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::defaults::PROBE_PATIENCE;

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
    /// No request is sent before this time. It stays set until all that waited may be sent.
    until: Option<Instant>,
    /// Counts pauses, so that what was sent before one does not count after it.
    pause: u64,
    /// How many requests may be sent: the probe, and two for each success.
    credit: usize,
    has_succeeded: bool,
    /// The time of the last request.
    last: Option<Instant>,
    waiting: usize,
}

impl State {
    /// Lets a request through, or returns the time at which to ask again.
    fn admit(&mut self) -> Result<Admission, Instant> {
        let Some(until) = self.until else { return Ok(Admission::Free) };
        let now = Instant::now();
        if until > now {
            return Err(until);
        }
        match (self.credit.checked_sub(1), self.last.map(|last| last + PROBE_PATIENCE)) {
            (Some(rest), _) => self.credit = rest,
            (None, Some(next)) if next > now => return Err(next),
            // The requests that are out are silent: another one shows if the server accepts any.
            (None, _) => {}
        }
        self.last = Some(now);
        Ok(Admission::Counted { pause: self.pause, is_probe: !self.has_succeeded })
    }
}

impl Pause {
    /// Lets a request through, if there is no pause.
    pub(crate) fn pass_now(&self) -> Option<Pass<'_>> {
        let is_off = !self.is_on.load(Ordering::Acquire);
        is_off.then(|| Pass { pause: self, admission: Admission::Free })
    }

    /// Waits until a request may be sent.
    pub(crate) async fn pass(&self) -> Pass<'_> {
        if let Some(pass) = self.pass_now() {
            return pass;
        }
        let _waiting = Waiting::new(self);
        loop {
            // Registered before the state is read, so that no change in between is missed.
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            let admission = self.state().admit();
            match admission {
                Ok(admission) => return Pass { pause: self, admission },
                Err(time) => drop(timeout_at(time, changed).await),
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that waits to be sent.
struct Waiting<'a>(&'a Pause);

impl<'a> Waiting<'a> {
    fn new(pause: &'a Pause) -> Self {
        pause.state().waiting += 1;
        Self(pause)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

#[derive(Clone, Copy, Debug)]
enum Admission {
    /// There was no pause, or its outcome is known.
    Free,
    /// Sent after a pause: its outcome decides how many requests follow.
    Counted { pause: u64, is_probe: bool },
}

/// Permission to send one request. [`Pass::done`] or [`Pass::stop`] reports its outcome. A pass that is dropped without
/// either was cancelled and tells nothing: another request goes in its place.
#[derive(Debug)]
#[must_use]
pub(crate) struct Pass<'a> {
    pause: &'a Pause,
    admission: Admission,
}

impl<'a> Pass<'a> {
    /// Returns `true` for a request that shows if the pause is over.
    pub(crate) fn is_probe(&self) -> bool {
        matches!(self.admission, Admission::Counted { is_probe: true, .. })
    }

    /// Returns `true` if the request may still be sent: a pause may have begun while it waited for something else.
    pub(crate) fn holds(&self) -> bool {
        match self.admission {
            Admission::Free => !self.pause.is_on.load(Ordering::Acquire),
            Admission::Counted { pause, .. } => self.pause.state().pause == pause,
        }
    }

    /// Reports that the server accepts requests: two more may be sent, and all if no more than that wait.
    pub(crate) fn done(&mut self) {
        let Some(mut state) = self.settle() else { return };
        state.has_succeeded = true;
        state.credit += 2;
        if state.credit < state.waiting {
            drop(state);
            self.pause.changed.notify_one();
            self.pause.changed.notify_one();
        } else {
            state.until = None;
            self.pause.is_on.store(false, Ordering::Release);
            drop(state);
            self.pause.changed.notify_waiters();
        }
    }

    /// Starts or extends the pause: the server rejected the request with 429.
    pub(crate) fn stop(&mut self, wait: Duration) {
        self.admission = Admission::Free;
        let now = Instant::now();
        // A wait of years is effectively endless.
        let until = now.checked_add(wait).unwrap_or(now + Duration::from_secs(1 << 30));
        let mut state = self.pause.state();
        // Late responses to requests from before the pause must not shorten it.
        state.until = Some(state.until.map_or(until, |known| known.max(until)));
        state.pause += 1;
        state.credit = 1;
        state.has_succeeded = false;
        self.pause.is_on.store(true, Ordering::Release);
        drop(state);
        // Some wait for the outcome of what was sent before.
        self.pause.changed.notify_waiters();
    }

    /// Returns the state if the outcome of this request still counts. It counts once, and not for a later pause.
    fn settle(&mut self) -> Option<MutexGuard<'a, State>> {
        let Admission::Counted { pause, .. } = std::mem::replace(&mut self.admission, Admission::Free) else {
            return None;
        };
        Some(self.pause.state()).filter(|state| state.pause == pause && state.until.is_some())
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(mut state) = self.settle() {
            state.credit += 1;
            drop(state);
            self.pause.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    /// Starts tasks that wait for a pass, and returns the passes that they got, in this order.
    fn wait_for_passes(pause: &Arc<Pause>, tasks: usize) -> UnboundedReceiver<Pass<'static>> {
        let (sender, receiver) = unbounded_channel();
        // Lives as long as the test.
        let pause: &'static Pause = Box::leak(Box::new(pause.clone()));
        for _ in 0..tasks {
            let sender = sender.clone();
            tokio::spawn(async move { sender.send(pause.pass().await) });
        }
        receiver
    }

    /// Returns the passes that are there by now.
    async fn passes(receiver: &mut UnboundedReceiver<Pass<'static>>) -> Vec<Pass<'static>> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let mut passes = Vec::new();
        while let Ok(pass) = receiver.try_recv() {
            passes.push(pass);
        }
        passes
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_with_one_probe_and_twice_as_many_with_each_success() {
        let pause = Arc::new(Pause::default());
        pause.pass().await.stop(Duration::from_secs(3));
        let mut receiver = wait_for_passes(&pause, 100);
        assert!(passes(&mut receiver).await.is_empty());
        tokio::time::sleep(Duration::from_secs(3)).await;
        let mut numbers = Vec::new();
        loop {
            let mut round = passes(&mut receiver).await;
            numbers.push(round.len());
            if round.is_empty() {
                break;
            }
            assert_eq!(round[0].is_probe(), numbers.len() == 1);
            round.iter_mut().for_each(Pass::done);
        }
        assert_eq!(numbers, [1, 2, 4, 8, 16, 32, 37, 0]);
        assert!(!pause.is_on.load(Ordering::Relaxed));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_probe_lets_another_go_after_a_while() {
        let pause = Arc::new(Pause::default());
        pause.pass().await.stop(Duration::from_secs(3));
        let mut receiver = wait_for_passes(&pause, 10);
        let begun = Instant::now();
        let silent = receiver.recv().await.unwrap();
        let mut second = receiver.recv().await.unwrap();
        assert_eq!(begun.elapsed(), Duration::from_secs(3) + PROBE_PATIENCE);
        assert!(second.is_probe());
        second.done();
        let ramp = passes(&mut receiver).await;
        assert_eq!(ramp.len(), 2);
        // The silent one was cancelled, and another goes in its place.
        drop(silent);
        assert_eq!(passes(&mut receiver).await.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_429_within_the_ramp_holds_all_again() {
        let pause = Arc::new(Pause::default());
        pause.pass().await.stop(Duration::from_secs(1));
        let mut receiver = wait_for_passes(&pause, 10);
        receiver.recv().await.unwrap().done();
        let [mut first, mut second] = <[_; 2]>::try_from(passes(&mut receiver).await).unwrap();
        first.stop(Duration::from_secs(1));
        // Sent before the pause that it does not know.
        second.done();
        assert!(!second.holds() && passes(&mut receiver).await.is_empty());
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(passes(&mut receiver).await.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_probe_lets_another_probe() {
        let pause = Pause::default();
        pause.pass().await.stop(Duration::from_secs(1));
        drop(pause.pass().await);
        let next = pause.pass().await;
        assert!(next.is_probe(), "nobody knows yet whether the server takes requests again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_does_not_end_a_pause_that_began_after_it() {
        let pause = Pause::default();
        let (mut first, mut late) = (pause.pass().await, pause.pass().await);
        first.stop(Duration::from_secs(1));
        let mut probe = pause.pass().await;
        let begun = Instant::now();
        late.stop(Duration::from_secs(30));
        probe.done();
        pause.pass().await.done();
        assert_eq!(begun.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_does_not_shorten_the_pause() {
        let pause = Pause::default();
        let (mut early, mut late) = (pause.pass().await, pause.pass().await);
        early.stop(Duration::from_secs(10));
        late.stop(Duration::from_secs(1));
        let begun = Instant::now();
        pause.pass().await.done();
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
    }
}
