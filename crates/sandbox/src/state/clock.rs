//! The clock of a tenant, which tests set, freeze, and move.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};

/// 9999-12-31T23:59:59Z, the last time that can be written.
const END: i64 = 253_402_300_799;

/// A clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    /// The difference to the clock of this machine.
    offset: TimeDelta,
    /// The time at which the clock stands.
    frozen: Option<DateTime<Utc>>,
    /// The time by which tests have moved the clock forward, which limits per second count as passed.
    advanced: Duration,
}

impl Clock {
    /// Returns a clock with this difference to that of this machine, in seconds, standing at a time if there is one.
    pub(crate) fn restored(offset: i64, frozen: Option<i64>) -> Self {
        let mut clock = Clock { frozen: frozen.map(time), ..Clock::default() };
        if frozen.is_none() {
            clock.offset = TimeDelta::try_seconds(offset).unwrap_or_default();
            clock.set(clock.now());
        }
        clock
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        let now = || machine().checked_add_signed(self.offset).unwrap_or_else(|| time(END));
        self.frozen.unwrap_or_else(now).clamp(time(0), time(END))
    }

    /// Sets the time, between 1970 and 9999. A frozen clock stays frozen.
    pub(crate) fn set(&mut self, now: DateTime<Utc>) {
        let now = now.clamp(time(0), time(END));
        self.offset = now - machine();
        self.frozen = self.frozen.map(|_| now);
    }

    /// Stops the clock, or lets it run on from where it stands.
    pub(crate) fn freeze(&mut self, frozen: bool) {
        let now = self.now();
        self.frozen = None;
        self.set(now);
        self.frozen = frozen.then_some(now);
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// Moves the clock forward, at most to the end of the year 9999.
    pub(crate) fn advance(&mut self, time: Duration) {
        let time = time.min(self.farthest_advance());
        self.advanced = self.advanced.saturating_add(time);
        let now = self.now() + TimeDelta::from_std(time).unwrap_or_default();
        self.set(now);
    }

    /// Returns the time by which the clock can be moved.
    pub(crate) fn farthest_advance(&self) -> Duration {
        (time(END) - self.now()).to_std().unwrap_or_default()
    }

    /// Returns the time by which tests have moved the clock forward so far.
    pub(crate) fn advanced(&self) -> Duration {
        self.advanced
    }

    /// Returns the difference to the clock of this machine in seconds. A clock that stands has none that lasts.
    pub(crate) fn offset_seconds(&self) -> Option<i64> {
        self.frozen.is_none().then(|| self.offset.num_seconds())
    }
}

fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

/// Returns the time by the clock of this machine.
fn machine() -> DateTime<Utc> {
    SystemTime::now().into()
}
