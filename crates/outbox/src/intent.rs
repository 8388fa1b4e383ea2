//! What the log holds: intents, and how many are in which stage.

use crate::machine::{BLOCKED, Event, Millis, State, Status, Task};

/// An intent of the log: one record that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Intent {
    /// The position in the log.
    pub sequence: i64,
    /// The key, unique in the log.
    pub key: String,
    /// What is to be created.
    pub request: Request,
    /// What became of it so far.
    pub state: State,
}

/// The request of an intent, as planned: references to other records are not filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The operation, such as `contracts.usage.create`.
    pub operation: String,
    /// The ids in the path, as a JSON array.
    pub ids: String,
    /// The body, as JSON.
    pub body: String,
}

/// An intent that is to be added to the log.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewIntent {
    /// The key, unique in the log.
    pub key: String,
    /// What is to be created.
    pub request: Request,
    /// The keys of the intents whose records it refers to.
    pub needs: Vec<String>,
    /// `true` if the list has to be read before anything is sent.
    pub look_first: bool,
}

impl NewIntent {
    /// Returns the stage in which it starts.
    pub fn state(&self) -> State {
        let start = if self.look_first { State::unknown() } else { State::planned() };
        if self.needs.is_empty() { start } else { State { due: BLOCKED, ..start } }
    }
}

/// What adding intents did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Added {
    /// Intents that are new.
    pub new: usize,
    /// Intents that the log has already, with the same request.
    pub known: usize,
    /// Intents that were refused, canceled or not yet sent, and have a new request now.
    pub replaced: usize,
    /// The keys of intents that may have been sent with another request. They were left as they are.
    pub conflicts: Vec<String>,
}

/// An intent that this worker has claimed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Claim {
    /// The intent.
    pub intent: Intent,
    /// What to do.
    pub task: Task,
    /// The ids of the records that the request refers to, by key.
    pub records: Vec<(String, String)>,
}

impl Claim {
    /// Returns what happened, as a report about this claim.
    pub(crate) fn outcome(&self, event: Event) -> Outcome {
        Outcome { sequence: self.intent.sequence, fence: self.intent.state.fence, event }
    }
}

/// What a worker has to report about a claim.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The position of the intent.
    pub sequence: i64,
    /// The fence of the claim.
    pub fence: i64,
    /// What happened.
    pub event: Event,
}

/// What a turn of a worker returns: see [`Store::turn`](crate::store::Store::turn).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Turn {
    /// The time of the turn.
    pub now: Millis,
    /// The new claims.
    pub claims: Vec<Claim>,
    /// When the next intent is due, if any is pending.
    pub next_due: Option<Millis>,
}

/// How many intents are in which stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub(crate) Vec<(Status, u64)>);

impl Counts {
    /// Returns the number of intents in a stage.
    pub fn of(&self, status: Status) -> u64 {
        self.0.iter().filter(|(found, _)| *found == status).map(|(_, count)| count).sum()
    }

    /// Returns the number of all intents.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }
}
