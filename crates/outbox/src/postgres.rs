//! [`PostgresStore`]: the log in a Postgres database.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_postgres::{Client, Row, Transaction};

use crate::error::Error;
use crate::intent::{Added, Claim, Counts, Intent, NewIntent, Outcome, Request, Turn};
use crate::machine::{self, BLOCKED, Decision, Millis, Rules, State, Status};
use crate::store::{self, Known, Store};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS campfire_outbox (
        sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        operation TEXT NOT NULL,
        ids TEXT NOT NULL,
        body TEXT NOT NULL,
        status TEXT NOT NULL,
        fence BIGINT NOT NULL,
        due BIGINT NOT NULL,
        dead BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        record TEXT,
        detail TEXT
    );
    CREATE INDEX IF NOT EXISTS campfire_outbox_due ON campfire_outbox (status, due, sequence);
    CREATE TABLE IF NOT EXISTS campfire_outbox_needs (
        sequence BIGINT NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (key, sequence)
    );
    CREATE INDEX IF NOT EXISTS campfire_outbox_needs_sequence ON campfire_outbox_needs (sequence);
";

const COLUMNS: &str = "sequence, key, operation, ids, body, status, fence, due, dead, attempts, record, detail";

/// Transactions on the log run one after the other. The number is arbitrary, and that of no other lock.
const LOCK: &str = "SELECT pg_advisory_xact_lock(72610019)";

/// What a statement returns, or the error of the database.
type Result<T> = std::result::Result<T, tokio_postgres::Error>;

/// The log in a Postgres database, through a connection of yours. All times are those of the database, so the clocks of the
/// machines need not agree.
#[derive(Clone)]
pub struct PostgresStore {
    client: Arc<Mutex<Client>>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Takes a connection, and creates the tables in its search path if there are none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn new(mut client: Client) -> std::result::Result<Self, Error> {
        let transaction = client.transaction().await.map_err(Error::store)?;
        Self::migrate(&transaction).await?;
        transaction.commit().await.map_err(Error::store)?;
        Ok(Self { client: Arc::new(Mutex::new(client)) })
    }

    /// Creates the tables, for [`add_in`](Self::add_in).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn migrate(transaction: &Transaction<'_>) -> std::result::Result<(), Error> {
        transaction.batch_execute(LOCK).await.map_err(Error::store)?;
        transaction.batch_execute(SCHEMA).await.map_err(Error::store)
    }

    /// Adds a plan in a transaction of yours, together with whatever else it changes. Workers wait until it ends.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_in(transaction: &Transaction<'_>, plan: crate::Plan) -> std::result::Result<Added, Error> {
        transaction.batch_execute(LOCK).await.map_err(Error::store)?;
        add(transaction, &plan.0).await.map_err(Error::store)
    }
}

/// Starts a transaction that holds the lock of the log.
async fn begin(client: &mut Client) -> Result<Transaction<'_>> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    Ok(transaction)
}

/// Runs statements as a transaction that holds the lock of the log.
macro_rules! transact {
    ($store:expr, |$transaction:ident| $work:expr) => {{
        let mut client = $store.client.lock().await;
        let $transaction = begin(&mut client).await.map_err(Error::store)?;
        let result = $work.await.map_err(Error::store)?;
        $transaction.commit().await.map_err(Error::store)?;
        Ok(result)
    }};
}

impl Store for PostgresStore {
    async fn add(&self, intents: Vec<NewIntent>) -> std::result::Result<Added, Error> {
        transact!(self, |transaction| add(&transaction, &intents))
    }

    async fn turn(
        &self,
        outcomes: Vec<Outcome>,
        sends: usize,
        looks: usize,
        rules: Rules,
    ) -> std::result::Result<Turn, Error> {
        transact!(self, |transaction| turn(&transaction, outcomes, sends, looks, rules))
    }

    async fn decide(&self, key: String, decision: Decision) -> std::result::Result<bool, Error> {
        let decided: std::result::Result<u64, Error> =
            transact!(self, |transaction| decide(&transaction, "key = $1", &key, decision));
        Ok(decided? > 0)
    }

    async fn decide_all(&self, status: Status, decision: Decision) -> std::result::Result<u64, Error> {
        transact!(self, |transaction| decide(&transaction, "status = $1", status.as_str(), decision))
    }

    async fn intents(
        &self,
        statuses: Vec<Status>,
        after: i64,
        limit: usize,
    ) -> std::result::Result<Vec<Intent>, Error> {
        let names: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
        let (which, limit) = ("status = ANY($1) AND sequence > $2 ORDER BY sequence LIMIT $3", limit_of(limit));
        transact!(self, |transaction| select(&transaction, which, &[&names, &after, &limit]))
    }

    async fn counts(&self) -> std::result::Result<Counts, Error> {
        transact!(self, |transaction| counts(&transaction))
    }
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

async fn now(transaction: &Transaction<'_>) -> Result<Millis> {
    let query = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    transaction.query_one(query, &[]).await?.try_get(0)
}

/// An unknown name was written by a later version. Held is the stage in which nothing happens by itself.
fn status(name: &str) -> Status {
    Status::parse(name).unwrap_or(Status::Held)
}

fn intent(row: &Row) -> Result<Intent> {
    Ok(Intent {
        sequence: row.try_get(0)?,
        key: row.try_get(1)?,
        request: Request { operation: row.try_get(2)?, ids: row.try_get(3)?, body: row.try_get(4)? },
        state: State {
            status: status(row.try_get(5)?),
            fence: row.try_get(6)?,
            due: row.try_get(7)?,
            dead: row.try_get(8)?,
            attempts: row.try_get(9)?,
            record: row.try_get(10)?,
            detail: row.try_get(11)?,
        },
    })
}

type Value<'a> = &'a (dyn tokio_postgres::types::ToSql + Sync);

async fn select(transaction: &Transaction<'_>, which: &str, values: &[Value<'_>]) -> Result<Vec<Intent>> {
    let query = format!("SELECT {COLUMNS} FROM campfire_outbox WHERE {which}");
    transaction.query(&query, values).await?.iter().map(intent).collect()
}

async fn counts(transaction: &Transaction<'_>) -> Result<Counts> {
    let rows = transaction.query("SELECT status, count(*) FROM campfire_outbox GROUP BY status", &[]).await?;
    let count = |row: &Row| Ok((status(row.try_get(0)?), row.try_get::<_, i64>(1)?.unsigned_abs()));
    rows.iter().map(count).collect::<Result<_>>().map(Counts)
}

/// Saves the stages of intents, in one statement.
async fn save(transaction: &Transaction<'_>, intents: &[Intent]) -> Result<()> {
    if intents.is_empty() {
        return Ok(());
    }
    let integers = |read: fn(&Intent) -> i64| intents.iter().map(read).collect::<Vec<_>>();
    let statuses: Vec<&str> = intents.iter().map(|intent| intent.state.status.as_str()).collect();
    let records: Vec<Option<&str>> = intents.iter().map(|intent| intent.state.record.as_deref()).collect();
    let details: Vec<Option<&str>> = intents.iter().map(|intent| intent.state.detail.as_deref()).collect();
    let query = "UPDATE campfire_outbox o SET status = n.status, fence = n.fence, due = n.due, dead = n.dead, \
                 attempts = n.attempts, record = n.record, detail = n.detail FROM unnest($1::bigint[], $2::text[], \
                 $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[]) \
                 AS n (sequence, status, fence, due, dead, attempts, record, detail) WHERE o.sequence = n.sequence";
    let values: [Value<'_>; 8] = [
        &integers(|intent| intent.sequence),
        &statuses,
        &integers(|intent| intent.state.fence),
        &integers(|intent| intent.state.due),
        &integers(|intent| intent.state.dead),
        &integers(|intent| intent.state.attempts),
        &records,
        &details,
    ];
    transaction.execute(query, &values).await?;
    let existing: Vec<&str> =
        intents.iter().filter(|intent| intent.state.status.exists()).map(|intent| intent.key.as_str()).collect();
    if existing.is_empty() { Ok(()) } else { release(transaction, &existing).await }
}

/// Lets the intents go that wait for these records, and for no other.
async fn release(transaction: &Transaction<'_>, keys: &[&str]) -> Result<()> {
    let query = "UPDATE campfire_outbox SET due = 0 WHERE due = $2 \
                 AND sequence IN (SELECT sequence FROM campfire_outbox_needs WHERE key = ANY($1)) \
                 AND NOT EXISTS (SELECT 1 FROM campfire_outbox_needs n LEFT JOIN campfire_outbox i ON i.key = n.key \
                 WHERE n.sequence = campfire_outbox.sequence AND i.record IS NULL)";
    transaction.execute(query, &[&keys, &BLOCKED]).await?;
    Ok(())
}

async fn add(transaction: &Transaction<'_>, intents: &[NewIntent]) -> Result<Added> {
    let mut added = Added::default();
    for new in intents {
        match select(transaction, "key = $1", &[&new.key]).await?.pop() {
            None => {
                insert(transaction, new).await?;
                added.new += 1;
            }
            Some(known) => match store::on_known(&known.state, known.request == new.request) {
                Known::Keep => added.known += 1,
                Known::Conflict => added.conflicts.push(new.key.clone()),
                Known::Replace => {
                    replace(transaction, known, new).await?;
                    added.replaced += 1;
                }
            },
        }
    }
    Ok(added)
}

async fn insert(transaction: &Transaction<'_>, new: &NewIntent) -> Result<()> {
    let State { status, fence, due, dead, attempts, .. } = new.state();
    let Request { operation, ids, body } = &new.request;
    let query = "INSERT INTO campfire_outbox (key, operation, ids, body, status, fence, due, dead, attempts) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING sequence";
    let status = status.as_str();
    let values: [Value<'_>; 9] = [&new.key, operation, ids, body, &status, &fence, &due, &dead, &attempts];
    let sequence = transaction.query_one(query, &values).await?.try_get(0)?;
    need(transaction, sequence, new).await
}

async fn replace(transaction: &Transaction<'_>, mut known: Intent, new: &NewIntent) -> Result<()> {
    let Request { operation, ids, body } = &new.request;
    let query = "UPDATE campfire_outbox SET operation = $2, ids = $3, body = $4 WHERE sequence = $1";
    transaction.execute(query, &[&known.sequence, operation, ids, body]).await?;
    transaction.execute("DELETE FROM campfire_outbox_needs WHERE sequence = $1", &[&known.sequence]).await?;
    known.state = State { fence: known.state.fence + 1, ..new.state() };
    let sequence = known.sequence;
    save(transaction, &[known]).await?;
    need(transaction, sequence, new).await
}

/// Records what an intent waits for, and lets it go if all of that exists.
async fn need(transaction: &Transaction<'_>, sequence: i64, new: &NewIntent) -> Result<()> {
    if new.needs.is_empty() {
        return Ok(());
    }
    let query = "INSERT INTO campfire_outbox_needs (sequence, key) SELECT $1, unnest($2::text[])";
    transaction.execute(query, &[&sequence, &new.needs]).await?;
    let keys: Vec<&str> = new.needs.iter().map(String::as_str).collect();
    release(transaction, &keys).await
}

async fn decide(transaction: &Transaction<'_>, which: &str, value: &str, decision: Decision) -> Result<u64> {
    let now = now(transaction).await?;
    let mut intents = select(transaction, which, &[&value]).await?;
    intents.retain_mut(|intent| machine::decide(&mut intent.state, decision.clone(), now).is_ok());
    save(transaction, &intents).await?;
    Ok(intents.len() as u64)
}

async fn turn(
    transaction: &Transaction<'_>,
    outcomes: Vec<Outcome>,
    sends: usize,
    looks: usize,
    rules: Rules,
) -> Result<Turn> {
    let now = now(transaction).await?;
    record(transaction, outcomes, now, &rules).await?;
    let mut claims = Vec::new();
    for (status, limit) in [(Status::Planned, sends), (Status::Sending, looks), (Status::Open, looks)] {
        if limit > 0 {
            claims.extend(claim(transaction, status, limit, now, &rules).await?);
        }
    }
    let query = "SELECT min(due) FROM campfire_outbox WHERE status IN ('planned', 'sending', 'open') AND due < $1";
    let next_due = transaction.query_one(query, &[&BLOCKED]).await?.try_get(0)?;
    Ok(Turn { now, claims, next_due })
}

/// Records outcomes. A stale one changes nothing: whoever took over finds out.
async fn record(transaction: &Transaction<'_>, outcomes: Vec<Outcome>, now: Millis, rules: &Rules) -> Result<()> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let sequences: Vec<i64> = outcomes.iter().map(|outcome| outcome.sequence).collect();
    let mut outcomes: HashMap<i64, Outcome> = outcomes.into_iter().map(|outcome| (outcome.sequence, outcome)).collect();
    let mut intents = select(transaction, "sequence = ANY($1)", &[&sequences]).await?;
    intents.retain_mut(|intent| {
        let Some(Outcome { fence, event, .. }) = outcomes.remove(&intent.sequence) else { return false };
        machine::record(&mut intent.state, fence, event, now, rules).is_ok()
    });
    save(transaction, &intents).await
}

async fn claim(
    transaction: &Transaction<'_>,
    status: Status,
    limit: usize,
    now: Millis,
    rules: &Rules,
) -> Result<Vec<Claim>> {
    let which = "status = $1 AND due <= $2 ORDER BY due, sequence LIMIT $3";
    let mut intents = select(transaction, which, &[&status.as_str(), &now, &limit_of(limit)]).await?;
    let mut tasks = Vec::new();
    intents.retain_mut(|intent| {
        let task = machine::claim(&mut intent.state, now, rules);
        tasks.extend(task);
        task.is_some()
    });
    save(transaction, &intents).await?;
    let mut records = records(transaction, &intents).await?;
    let claims = intents.into_iter().zip(tasks);
    Ok(claims
        .map(|(intent, task)| {
            let records = records.remove(&intent.sequence).unwrap_or_default();
            Claim { intent, task, records }
        })
        .collect())
}

/// Returns the ids of the records that intents refer to, by key.
async fn records(transaction: &Transaction<'_>, intents: &[Intent]) -> Result<HashMap<i64, Vec<(String, String)>>> {
    let sequences: Vec<i64> = intents.iter().map(|intent| intent.sequence).collect();
    let query = "SELECT n.sequence, n.key, i.record FROM campfire_outbox_needs n \
                 JOIN campfire_outbox i ON i.key = n.key WHERE n.sequence = ANY($1) AND i.record IS NOT NULL";
    let mut records: HashMap<i64, Vec<(String, String)>> = HashMap::new();
    for row in transaction.query(query, &[&sequences]).await? {
        records.entry(row.try_get(0)?).or_default().push((row.try_get(1)?, row.try_get(2)?));
    }
    Ok(records)
}
