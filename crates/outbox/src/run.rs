//! The loop of a worker: claims intents, sends and looks, records what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use campfire::Client;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};

use crate::call::{self, Sent};
use crate::error::Error;
use crate::intent::{Claim, Outcome, Turn};
use crate::look;
use crate::machine::{Event, Millis, NEVER, Rules, Task};
use crate::progress::{Progress, Reason, Wait};
use crate::settings::RunOptions;
use crate::store::Store;

/// How many intents are looked up at once: reading a list once serves them all.
const LOOKS: usize = 10_000;
/// How often the store is asked, and progress reported, while nothing else happens.
const POLL: Duration = Duration::from_secs(1);
/// After this many failures in a row, the API counts as unreachable.
const TROUBLES: usize = 20;

/// What a task reports.
struct Done {
    outcomes: Vec<Outcome>,
    trouble: Option<campfire::Error>,
    was_look: bool,
}

/// A worker.
struct Worker<'a, S> {
    client: &'a Client,
    store: &'a S,
    options: &'a RunOptions,
    rules: Rules,
    places: Arc<Semaphore>,
    tasks: JoinSet<Done>,
    sends: usize,
    looking: bool,
    /// Failures since the last success.
    troubles: usize,
    trouble: Option<campfire::Error>,
    /// When the list lacks the records of the last look for certain.
    conclusive: Millis,
    reported: Option<Instant>,
}

/// Works until nothing is left to do, or a stop is asked for.
pub(crate) async fn run<S: Store>(client: &Client, store: &S, options: &RunOptions) -> Result<(), Error> {
    let worker = Worker {
        client,
        store,
        options,
        rules: options.rules()?,
        places: Arc::new(Semaphore::new(options.in_flight)),
        tasks: JoinSet::new(),
        sends: 0,
        looking: false,
        troubles: 0,
        trouble: None,
        conclusive: NEVER,
        reported: None,
    };
    worker.run().await
}

impl<S: Store> Worker<'_, S> {
    async fn run(mut self) -> Result<(), Error> {
        let mut outcomes = Vec::new();
        loop {
            // The lease is counted from before the claim, so it never ends later than the store thinks.
            let claimed_at = Instant::now();
            let (sends, looks) = self.wanted();
            let turn = self.store.turn(std::mem::take(&mut outcomes), sends, looks, self.rules).await?;
            let (now, due_in) = (turn.now, due_in(&turn));
            self.start(turn, claimed_at);
            self.progress(now, due_in).await?;
            if !self.tasks.is_empty() {
                // A long list must not keep progress, or what has become due, waiting.
                outcomes = tokio::time::timeout(POLL, self.finished()).await.unwrap_or_default();
            } else if self.is_stopping() {
                break;
            } else if let Some(due_in) = due_in {
                tokio::time::sleep(due_in.clamp(Duration::from_millis(5), POLL)).await;
            } else {
                break;
            }
        }
        match self.trouble {
            Some(trouble) if self.troubles >= TROUBLES => Err(Error::Api(Box::new(trouble))),
            _ => Ok(()),
        }
    }

    fn is_stopping(&self) -> bool {
        self.options.stop.is_asked() || self.troubles >= TROUBLES
    }

    /// How many claims to ask for. As many as are in flight wait behind them, so that no place is idle during a turn.
    fn wanted(&self) -> (usize, usize) {
        if self.is_stopping() {
            return (0, 0);
        }
        let sends = (self.options.in_flight * 2).saturating_sub(self.sends);
        (sends, if self.looking { 0 } else { LOOKS })
    }

    fn start(&mut self, turn: Turn, claimed_at: Instant) {
        let (sends, looks): (Vec<Claim>, Vec<Claim>) =
            turn.claims.into_iter().partition(|claim| claim.task == Task::Send);
        for claim in sends {
            self.sends += 1;
            self.send(claim, claimed_at);
        }
        if !looks.is_empty() {
            self.looking = true;
            self.look(looks, turn.now);
        }
    }

    fn send(&mut self, claim: Claim, claimed_at: Instant) {
        let (client, places, limit) = (self.client.clone(), self.places.clone(), self.options.timeout);
        // Past this moment, the request could outlive the lease.
        let latest = claimed_at + self.options.lease() - limit * 2;
        self.tasks.spawn(async move {
            let place = places.acquire().await;
            let Sent { event, trouble } = if Instant::now() > latest {
                Event::Unsent("the lease ended before the request could be sent".to_owned()).into()
            } else {
                call::send(&client, &claim, limit).await
            };
            drop(place);
            Done { outcomes: vec![claim.outcome(event)], trouble, was_look: false }
        });
    }

    fn look(&mut self, claims: Vec<Claim>, now: Millis) {
        let sent = claims.iter().map(|claim| claim.intent.state.dead).filter(|dead| *dead != NEVER);
        self.conclusive = sent.max().map_or(NEVER, |dead| dead.saturating_add(self.rules.settle));
        let client = self.client.clone();
        self.tasks.spawn(async move {
            let (outcomes, trouble) = look::look(&client, claims, now).await;
            Done { outcomes, trouble, was_look: true }
        });
    }

    /// Waits for a task, and returns the outcomes of all that have finished.
    async fn finished(&mut self) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        let mut next = self.tasks.join_next().await;
        while let Some(done) = next {
            match done.map_err(JoinError::try_into_panic) {
                Ok(done) => outcomes.extend(self.note(done)),
                Err(Ok(panic)) => std::panic::resume_unwind(panic),
                // Nobody aborts tasks, so the runtime is shutting down.
                Err(Err(_)) => break,
            }
            next = self.tasks.try_join_next();
        }
        outcomes
    }

    fn note(&mut self, done: Done) -> Vec<Outcome> {
        if done.was_look {
            self.looking = false;
        } else {
            self.sends -= 1;
        }
        match done.trouble {
            Some(trouble) => {
                let is_final = !trouble.is_retryable();
                self.troubles = if is_final { TROUBLES } else { self.troubles + 1 };
                self.trouble = Some(trouble);
            }
            None if self.troubles < TROUBLES => self.troubles = 0,
            None => {}
        }
        done.outcomes
    }

    async fn progress(&mut self, now: Millis, due_in: Option<Duration>) -> Result<(), Error> {
        let Some(call) = &self.options.on_progress else { return Ok(()) };
        if self.reported.is_none_or(|reported| reported.elapsed() >= POLL) {
            let counts = self.store.counts().await?;
            let wait = due_in.filter(|_| self.tasks.is_empty()).map(|due_in| self.waits_for(now, due_in));
            call(&Progress { counts, wait });
            self.reported = Some(Instant::now());
        }
        Ok(())
    }

    /// Returns what the run waits for if the next intent is due in this time.
    fn waits_for(&self, now: Millis, due_in: Duration) -> Wait {
        match &self.trouble {
            Some(trouble) if self.troubles > 0 => Wait { left: due_in, reason: Reason::Trouble(trouble.to_string()) },
            _ if self.conclusive > now => Wait { left: duration(self.conclusive - now), reason: Reason::LostRecord },
            _ => Wait { left: due_in, reason: Reason::OtherWorker },
        }
    }
}

/// Returns when the next intent is due, if any is pending.
fn due_in(turn: &Turn) -> Option<Duration> {
    Some(duration(turn.next_due?.saturating_sub(turn.now)))
}

fn duration(millis: Millis) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}
