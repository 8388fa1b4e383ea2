//! [`Outbox`]: the entry point.

use std::collections::HashMap;

use campfire::Client;
use campfire::operations::PreparedRequest;

use crate::call;
use crate::create::Create;
use crate::error::{Error, PlanError};
use crate::intent::{Added, Counts, Intent, NewIntent, Request};
use crate::machine::{Decision, State, Status};
use crate::report::Report;
use crate::run;
use crate::settings::RunOptions;
use crate::store::Store;

/// How many intents are read at once.
const BATCH: usize = 500;

/// Creates that were checked, ready to be added to a log.
#[derive(Clone, Debug, Default)]
#[must_use = "add it to an outbox"]
pub struct Plan(pub(crate) Vec<NewIntent>);

/// A log of creates, and the client that carries them out. See the [crate](crate) for an example.
#[derive(Clone, Debug)]
pub struct Outbox<S> {
    client: Client,
    store: S,
}

/// A create that would be sent.
#[derive(Debug)]
#[non_exhaustive]
pub struct DryRun {
    /// The key.
    pub key: String,
    /// The request, or the reason why it would be refused before anything is sent.
    pub request: Result<PreparedRequest, String>,
}

impl<S: Store> Outbox<S> {
    /// Takes the client and the log. The client's retries, pace and limits apply.
    pub fn new(client: &Client, store: S) -> Self {
        Self { client: client.clone(), store }
    }

    /// Returns the store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Checks creates, so that they can be added in a transaction of your own.
    ///
    /// # Errors
    /// If one of them cannot be planned: an unknown operation, a key or id that cannot be used, or a key that another create
    /// of the plan has.
    pub fn plan(&self, creates: impl IntoIterator<Item = Create>) -> Result<Plan, Error> {
        let plan = creates.into_iter().map(|create| create.plan(&self.client)).collect::<Result<Vec<_>, _>>()?;
        let mut requests: HashMap<&str, &Request> = HashMap::new();
        for intent in &plan {
            // The same create twice is one. Of two different ones, the log could keep one only.
            if requests.insert(&intent.key, &intent.request).is_some_and(|other| *other != intent.request) {
                return Err(PlanError::new(&intent.key, "another create of the plan has this key").into());
            }
        }
        Ok(Plan(plan))
    }

    /// Adds creates to the log, all or none. Those that it has already, with the same request, are left alone, so the same
    /// plan may be added any number of times.
    ///
    /// # Errors
    /// If one of them cannot be planned, or the store fails.
    pub async fn add(&self, creates: impl IntoIterator<Item = Create>) -> Result<Added, Error> {
        let Plan(intents) = self.plan(creates)?;
        self.store.add(intents).await
    }

    /// Returns the requests that would be sent, each checked against the documented limits, without sending anything.
    ///
    /// Creates that refer to records that do not exist yet cannot be prepared; the reason says so.
    ///
    /// # Errors
    /// If one of them cannot be planned.
    pub async fn dry_run(&self, creates: impl IntoIterator<Item = Create>) -> Result<Vec<DryRun>, Error> {
        let mut requests = Vec::new();
        for NewIntent { key, request, .. } in self.plan(creates)?.0 {
            let intent = Intent { sequence: 0, key, request, state: State::planned() };
            requests.push(self.prepare(intent).await);
        }
        Ok(requests)
    }

    async fn prepare(&self, intent: Intent) -> DryRun {
        let request = match call::prepare(&self.client, &intent, &[]) {
            Ok(call) => call.prepare().await.map_err(|error| call::rejection(&error)),
            Err(why) => Err(why),
        };
        DryRun { key: intent.key, request }
    }

    /// Works until every create has ended or needs a decision, a stop is asked for, or the API cannot be reached.
    ///
    /// Several processes may run on one log at once. Dropping the future is like a crash: what was in flight is looked up by
    /// the next run.
    ///
    /// # Errors
    /// If the store fails, or the API refuses all calls or cannot be reached. The log is as good as before: run again.
    pub async fn run(&self, options: &RunOptions) -> Result<Report, Error> {
        let before = self.counts().await?;
        run::run(&self.client, &self.store, options).await?;
        let earlier = Some(before.of(Status::Created) + before.of(Status::Found));
        Ok(Report { earlier, ..self.report().await? })
    }

    /// Returns what became of all creates of the log.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn report(&self) -> Result<Report, Error> {
        let counts = self.counts().await?;
        let refused = self.all(&[Status::Refused]).await?;
        let open = self.all(&[Status::Held, Status::Open, Status::Sending]).await?;
        Ok(Report { counts, refused, open, earlier: None })
    }

    /// Counts the creates by stage.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn counts(&self) -> Result<Counts, Error> {
        self.store.counts().await
    }

    /// Returns all intents in one of these stages, in the order of the log.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn all(&self, statuses: &[Status]) -> Result<Vec<Intent>, Error> {
        let mut all: Vec<Intent> = Vec::new();
        loop {
            let after = all.last().map_or(0, |intent| intent.sequence);
            let batch = self.store.intents(statuses.to_vec(), after, BATCH).await?;
            let is_last = batch.len() < BATCH;
            all.extend(batch);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Decides about a create that is held.
    ///
    /// # Errors
    /// If there is no create with this key that is held, or the store fails.
    pub async fn decide(&self, key: &str, decision: Decision) -> Result<(), Error> {
        match self.store.decide(key.to_owned(), decision).await? {
            true => Ok(()),
            false => Err(Error::NoSuchIntent(key.to_owned())),
        }
    }

    /// Reads the lists again for all creates that are held, in the next run. Returns how many there are.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn look_again(&self) -> Result<u64, Error> {
        self.store.decide_all(Status::Held, Decision::LookAgain).await
    }

    /// Cancels all creates that were not sent. Returns how many there were. What is in flight goes on.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn cancel(&self) -> Result<u64, Error> {
        self.store.decide_all(Status::Planned, Decision::Cancel).await
    }
}
