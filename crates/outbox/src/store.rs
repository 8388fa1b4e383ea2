//! [`Store`]: where the log is kept.

use std::future::Future;

use crate::error::Error;
use crate::intent::{Added, Counts, Intent, NewIntent, Outcome, Turn};
use crate::machine::{Decision, Rules, State, Status};

/// Where the log is kept. Each method is one transaction that is durable when it returns, and transactions of several
/// processes run as if one after the other. All transitions are those of [`crate::machine`].
pub trait Store: Clone + Send + Sync + 'static {
    /// Adds intents, all or none.
    ///
    /// # Errors
    /// If the store fails.
    fn add(&self, intents: Vec<NewIntent>) -> impl Future<Output = Result<Added, Error>> + Send;

    /// Records outcomes, then claims up to `sends` intents to send and up to `looks` intents to look up.
    ///
    /// # Errors
    /// If the store fails.
    fn turn(
        &self,
        outcomes: Vec<Outcome>,
        sends: usize,
        looks: usize,
        rules: Rules,
    ) -> impl Future<Output = Result<Turn, Error>> + Send;

    /// Applies a decision to the intent of this key. Returns `false` if there is none in a stage that allows it.
    ///
    /// # Errors
    /// If the store fails.
    fn decide(&self, key: String, decision: Decision) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Applies a decision to all intents in a stage. Returns how many there were.
    ///
    /// # Errors
    /// If the store fails.
    fn decide_all(&self, status: Status, decision: Decision) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Returns intents in one of these stages, after a position, in order.
    ///
    /// # Errors
    /// If the store fails.
    fn intents(
        &self,
        statuses: Vec<Status>,
        after: i64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Intent>, Error>> + Send;

    /// Counts the intents by stage.
    ///
    /// # Errors
    /// If the store fails.
    fn counts(&self) -> impl Future<Output = Result<Counts, Error>> + Send;
}

/// Returns what to do with an intent that the log has already, under the same key.
pub(crate) fn on_known(state: &State, same: bool) -> Known {
    match state.status {
        _ if same => Known::Keep,
        Status::Refused | Status::Canceled => Known::Replace,
        // Never sent: the list is yet to be read, or has the key with a record of somebody else's.
        Status::Planned | Status::Open | Status::Held if state.attempts == 0 => Known::Replace,
        _ => Known::Conflict,
    }
}

/// See [`on_known`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Keep,
    Replace,
    Conflict,
}
