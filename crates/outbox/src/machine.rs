//! The life of an intent, as pure code: no clock, no store, no client. `tests/model.rs` checks every interleaving of it.
//!
//! Two rules make a record exist at most once:
//!
//! 1. [`claim`] makes an intent [`Sending`](Status::Sending) *before* its request is sent. From then on the request may have
//!    been processed, whatever happens to the sender.
//! 2. An intent that may have been sent is sent again only after a list, read when no request could be on its way and no
//!    record could still be invisible, did not contain it ([`Event::Absent`]).
//!
//! Each claim has a lease and a fence. A worker whose lease has ended must not send, and what it reports is ignored
//! ([`Stale`]), because another worker may have taken over.

use std::fmt;

/// Milliseconds since 1970, by the clock of the store.
pub type Millis = i64;

/// The `dead` time of an intent that was never sent.
pub const NEVER: Millis = i64::MIN;

/// The `due` time of an intent that waits for the records of others.
pub const BLOCKED: Millis = i64::MAX;

/// The stage of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Status {
    /// Not sent, or certainly not processed.
    Planned,
    /// A worker has claimed it: its request may be sent at any moment, and may have been.
    Sending,
    /// The outcome is unknown; the list of the records has to tell.
    Open,
    /// The outcome cannot be told with certainty. A person has to decide.
    Held,
    /// The server confirmed the record.
    Created,
    /// The record was found in the list.
    Found,
    /// The server, or a documented limit, rejected it.
    Refused,
    /// Canceled before it was sent, or given up by decision.
    Canceled,
}

impl Status {
    /// All stages.
    pub const ALL: [Self; 8] = [
        Self::Planned,
        Self::Sending,
        Self::Open,
        Self::Held,
        Self::Created,
        Self::Found,
        Self::Refused,
        Self::Canceled,
    ];

    /// Returns the name, as the stores write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Open => "open",
            Self::Held => "held",
            Self::Created => "created",
            Self::Found => "found",
            Self::Refused => "refused",
            Self::Canceled => "canceled",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Returns `true` if a run still has something to do.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Planned | Self::Sending | Self::Open)
    }

    /// Returns `true` if the record exists.
    pub const fn exists(self) -> bool {
        matches!(self, Self::Created | Self::Found)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the log knows of an intent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The stage.
    pub status: Status,
    /// The number of claims so far. A worker that reports an older one is stale.
    pub fence: i64,
    /// When the intent may be claimed: the end of a lease, or of a wait.
    pub due: Millis,
    /// When the last request was certainly over on the sender's side; [`NEVER`] if none was sent.
    pub dead: Millis,
    /// How often it was claimed for sending.
    pub attempts: i64,
    /// The id of the record.
    pub record: Option<String>,
    /// Why it is where it is: rejected fields, or the last error.
    pub detail: Option<String>,
}

impl State {
    /// An intent that was never sent.
    pub const fn planned() -> Self {
        Self { status: Status::Planned, fence: 0, due: 0, dead: NEVER, attempts: 0, record: None, detail: None }
    }

    /// An intent whose record may exist already: the list is read before anything is sent.
    pub fn unknown() -> Self {
        Self { status: Status::Open, ..Self::planned() }
    }
}

/// What to do with an intent that the list does not contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a claim lasts. Requests must end before it does.
    pub lease: Millis,
    /// How long after the end of the last request a list that lacks the record is conclusive.
    pub settle: Millis,
    /// `true` to send again what a conclusive list lacks, `false` to hold it for a decision.
    pub resend: bool,
    /// The wait before an intent is tried again that could not be sent or looked up.
    pub wait: Millis,
}

/// What the worker that claimed an intent has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Task {
    /// Send the request.
    Send,
    /// Read the list.
    Look,
}

/// What happened to a claimed intent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// The server returned the record.
    Created(Option<String>),
    /// The request was rejected for good.
    Refused(String),
    /// The request was certainly not processed.
    Unsent(String),
    /// The request may have been processed.
    Lost(String),
    /// The list contains the record.
    Seen(Option<String>),
    /// A list whose reading began at this time does not contain the record.
    Absent(Millis),
    /// The server recognizes the request by its `Idempotency-Key`, so it may be sent again.
    Repeatable,
    /// The list could not be read.
    Unread(String),
    /// No list can tell: nothing to match by, or several records match.
    Undecidable(String),
}

/// Another worker has taken over, or the intent has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale;

/// Claims an intent for a worker. Returns `None` if there is nothing to do now.
pub fn claim(state: &mut State, now: Millis, rules: &Rules) -> Option<Task> {
    if state.due > now {
        return None;
    }
    let task = match state.status {
        Status::Planned => {
            state.status = Status::Sending;
            state.dead = now.saturating_add(rules.lease);
            state.attempts += 1;
            Task::Send
        }
        // The lease has ended without a report: the worker crashed, before or after it sent the request.
        Status::Sending => {
            state.status = Status::Open;
            Task::Look
        }
        Status::Open => Task::Look,
        _ => return None,
    };
    let lease = if task == Task::Look { look_lease(state, rules) } else { rules.lease };
    state.fence += 1;
    state.due = now.saturating_add(lease);
    Some(task)
}

/// How long a claim for a look lasts: a long list may take longer than a request, so each further look has twice the time of
/// the one before, up to eight times that of a request. Otherwise workers could take an intent from each other forever.
fn look_lease(state: &State, rules: &Rules) -> Millis {
    let looks_before = (state.fence - state.attempts).clamp(0, 3);
    rules.lease.saturating_mul(1 << looks_before)
}

/// Records what happened to an intent that was claimed with `fence`.
///
/// # Errors
/// [`Stale`] if the claim is not the last one, or if the event does not fit the stage. The state is unchanged.
pub fn record(state: &mut State, fence: i64, event: Event, now: Millis, rules: &Rules) -> Result<(), Stale> {
    if state.fence != fence {
        return Err(Stale);
    }
    match state.status {
        Status::Sending => sent(state, event, now, rules),
        Status::Open => looked(state, event, now, rules),
        _ => Err(Stale),
    }
}

fn sent(state: &mut State, event: Event, now: Millis, rules: &Rules) -> Result<(), Stale> {
    match event {
        Event::Created(record) => end(state, Status::Created, record, None),
        Event::Refused(why) => end(state, Status::Refused, None, Some(why)),
        Event::Unsent(why) => wait(state, Status::Planned, now.saturating_add(rules.wait), why),
        Event::Lost(why) => {
            state.dead = now;
            wait(state, Status::Open, now, why);
        }
        _ => return Err(Stale),
    }
    Ok(())
}

fn looked(state: &mut State, event: Event, now: Millis, rules: &Rules) -> Result<(), Stale> {
    match event {
        Event::Seen(record) => end(state, Status::Found, record, None),
        Event::Undecidable(why) => end(state, Status::Held, None, Some(why)),
        Event::Unread(why) => wait(state, Status::Open, now.saturating_add(rules.wait), why),
        Event::Repeatable => *state = State { status: Status::Planned, due: now, ..state.clone() },
        Event::Absent(read_at) => absent(state, read_at, now, rules),
        _ => return Err(Stale),
    }
    Ok(())
}

fn absent(state: &mut State, read_at: Millis, now: Millis, rules: &Rules) {
    let conclusive = state.dead.saturating_add(rules.settle);
    let never_sent = state.dead == NEVER;
    if !never_sent && read_at < conclusive {
        state.due = conclusive.min(now.saturating_add(rules.wait));
    } else if never_sent || rules.resend {
        state.status = Status::Planned;
        state.due = now;
    } else {
        let why = "the list does not contain the record; it may lag, or the request was not processed";
        end(state, Status::Held, None, Some(why.to_owned()));
    }
}

fn end(state: &mut State, status: Status, record: Option<String>, detail: Option<String>) {
    *state = State { status, record, detail, ..state.clone() };
}

fn wait(state: &mut State, status: Status, due: Millis, why: String) {
    *state = State { status, due, detail: Some(why), ..state.clone() };
}

/// What a person decides about an intent whose outcome cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The record does not exist: send the request again.
    SendAgain,
    /// Read the list again.
    LookAgain,
    /// The record exists, under this id.
    Exists(String),
    /// Give up.
    Cancel,
}

/// Applies a decision. A decision raises the fence, so that no worker can overrule it.
///
/// # Errors
/// [`Stale`] if the intent is not held. Only a planned intent can be canceled without being held.
pub fn decide(state: &mut State, decision: Decision, now: Millis) -> Result<(), Stale> {
    match (state.status, decision) {
        (Status::Held, Decision::SendAgain) => {
            *state = State { status: Status::Planned, due: now, detail: None, ..state.clone() };
        }
        (Status::Held, Decision::LookAgain) => {
            *state = State { status: Status::Open, due: now, ..state.clone() };
        }
        (Status::Held, Decision::Exists(record)) => end(state, Status::Found, Some(record), None),
        (Status::Held | Status::Planned, Decision::Cancel) => end(state, Status::Canceled, None, None),
        _ => return Err(Stale),
    }
    state.fence += 1;
    Ok(())
}
