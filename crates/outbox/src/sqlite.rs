//! [`SqliteStore`]: the log in a SQLite file.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::error::Error;
use crate::intent::{Added, Claim, Counts, Intent, NewIntent, Outcome, Request, Turn};
use crate::machine::{self, BLOCKED, Decision, Millis, Rules, State, Status};
use crate::store::{self, Known, Store};

/// How long a transaction waits for those of other processes.
const BUSY: Duration = Duration::from_secs(30);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS campfire_outbox (
        sequence INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        operation TEXT NOT NULL,
        ids TEXT NOT NULL,
        body TEXT NOT NULL,
        status TEXT NOT NULL,
        fence INTEGER NOT NULL,
        due INTEGER NOT NULL,
        dead INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        record TEXT,
        detail TEXT
    );
    CREATE INDEX IF NOT EXISTS campfire_outbox_due ON campfire_outbox (status, due, sequence);
    CREATE TABLE IF NOT EXISTS campfire_outbox_needs (
        sequence INTEGER NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (key, sequence)
    );
    CREATE INDEX IF NOT EXISTS campfire_outbox_needs_sequence ON campfire_outbox_needs (sequence);
";

const COLUMNS: &str = "sequence, key, operation, ids, body, status, fence, due, dead, attempts, record, detail";

/// The log in a SQLite file. Processes on the same machine may work on one file; a network file system does not do.
///
/// Each transaction is synced to disk before it counts (`synchronous = FULL`).
#[derive(Clone, Debug)]
pub struct SqliteStore {
    connection: Arc<Mutex<Connection>>,
}

impl SqliteStore {
    /// Opens a file, and creates it if there is none.
    ///
    /// # Errors
    /// If it cannot be opened or is no database.
    pub fn open(file: impl AsRef<Path>) -> Result<Self, Error> {
        let connection = Connection::open(file).map_err(Error::store)?;
        connection.busy_timeout(BUSY).map_err(Error::store)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(Error::store)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(Error::store)?;
        Self::migrate(&connection)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Creates the tables in a database of your own, for [`add_in`](Self::add_in).
    ///
    /// # Errors
    /// If the database fails.
    pub fn migrate(connection: &Connection) -> Result<(), Error> {
        connection.execute_batch(SCHEMA).map_err(Error::store)
    }

    /// Adds a plan in a transaction of yours, together with whatever else it changes.
    ///
    /// # Errors
    /// If the database fails.
    pub fn add_in(transaction: &Transaction<'_>, plan: crate::Plan) -> Result<Added, Error> {
        add(transaction, &plan.0).map_err(Error::store)
    }

    /// Runs a transaction on a thread that may block. It holds the write lock from its beginning.
    async fn transact<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<R, Error> {
        let connection = self.connection.clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok::<R, rusqlite::Error>(result)
        });
        task.await.map_err(Error::store)?.map_err(Error::store)
    }
}

impl Store for SqliteStore {
    async fn add(&self, intents: Vec<NewIntent>) -> Result<Added, Error> {
        self.transact(move |transaction| add(transaction, &intents)).await
    }

    async fn turn(&self, outcomes: Vec<Outcome>, sends: usize, looks: usize, rules: Rules) -> Result<Turn, Error> {
        self.transact(move |transaction| turn(transaction, outcomes, sends, looks, rules)).await
    }

    async fn decide(&self, key: String, decision: Decision) -> Result<bool, Error> {
        self.transact(move |transaction| {
            let Some(intent) = find(transaction, &key)? else { return Ok(false) };
            decide(transaction, intent, decision)
        })
        .await
    }

    async fn decide_all(&self, status: Status, decision: Decision) -> Result<u64, Error> {
        self.transact(move |transaction| {
            let mut decided = 0;
            for intent in select(transaction, "status = ?1 ORDER BY sequence", params![status.as_str()])? {
                decided += u64::from(decide(transaction, intent, decision.clone())?);
            }
            Ok(decided)
        })
        .await
    }

    async fn intents(&self, statuses: Vec<Status>, after: i64, limit: usize) -> Result<Vec<Intent>, Error> {
        self.transact(move |transaction| {
            let names: Vec<String> = statuses.iter().map(|status| format!("'{status}'")).collect();
            let which = format!("status IN ({}) AND sequence > ?1 ORDER BY sequence LIMIT ?2", names.join(", "));
            select(transaction, &which, params![after, limit_of(limit)])
        })
        .await
    }

    async fn counts(&self) -> Result<Counts, Error> {
        self.transact(|transaction| {
            let mut statement =
                transaction.prepare_cached("SELECT status, count(*) FROM campfire_outbox GROUP BY status")?;
            let rows = statement.query_map([], |row| Ok((status(row, 0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
            rows.collect::<rusqlite::Result<_>>().map(Counts)
        })
        .await
    }
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn status(row: &Row<'_>, column: usize) -> rusqlite::Result<Status> {
    let name: String = row.get(column)?;
    Status::parse(&name).ok_or_else(|| {
        let message = format!("unknown status `{name}`: written by a later version?");
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, message.into())
    })
}

fn intent(row: &Row<'_>) -> rusqlite::Result<Intent> {
    Ok(Intent {
        sequence: row.get(0)?,
        key: row.get(1)?,
        request: Request { operation: row.get(2)?, ids: row.get(3)?, body: row.get(4)? },
        state: State {
            status: status(row, 5)?,
            fence: row.get(6)?,
            due: row.get(7)?,
            dead: row.get(8)?,
            attempts: row.get(9)?,
            record: row.get(10)?,
            detail: row.get(11)?,
        },
    })
}

fn select(connection: &Connection, which: &str, values: impl rusqlite::Params) -> rusqlite::Result<Vec<Intent>> {
    let query = format!("SELECT {COLUMNS} FROM campfire_outbox WHERE {which}");
    connection.prepare_cached(&query)?.query_map(values, intent)?.collect()
}

fn find(connection: &Connection, key: &str) -> rusqlite::Result<Option<Intent>> {
    let query = format!("SELECT {COLUMNS} FROM campfire_outbox WHERE key = ?1");
    connection.prepare_cached(&query)?.query_row([key], intent).optional()
}

fn save(connection: &Connection, sequence: i64, state: &State) -> rusqlite::Result<()> {
    let State { status, fence, due, dead, attempts, record, detail } = state;
    connection
        .prepare_cached(
            "UPDATE campfire_outbox SET status = ?2, fence = ?3, due = ?4, dead = ?5, attempts = ?6, record = ?7, \
             detail = ?8 WHERE sequence = ?1",
        )?
        .execute(params![sequence, status.as_str(), fence, due, dead, attempts, record, detail])?;
    Ok(())
}

fn add(connection: &Connection, intents: &[NewIntent]) -> rusqlite::Result<Added> {
    let mut added = Added::default();
    for new in intents {
        match find(connection, &new.key)? {
            None => {
                insert(connection, new)?;
                added.new += 1;
            }
            Some(known) => match store::on_known(&known.state, known.request == new.request) {
                Known::Keep => added.known += 1,
                Known::Conflict => added.conflicts.push(new.key.clone()),
                Known::Replace => {
                    replace(connection, &known, new)?;
                    added.replaced += 1;
                }
            },
        }
    }
    Ok(added)
}

fn insert(connection: &Connection, new: &NewIntent) -> rusqlite::Result<()> {
    let State { status, fence, due, dead, attempts, .. } = new.state();
    let Request { operation, ids, body } = &new.request;
    connection
        .prepare_cached(
            "INSERT INTO campfire_outbox (key, operation, ids, body, status, fence, due, dead, attempts) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![new.key, operation, ids, body, status.as_str(), fence, due, dead, attempts])?;
    need(connection, connection.last_insert_rowid(), new)
}

fn replace(connection: &Connection, known: &Intent, new: &NewIntent) -> rusqlite::Result<()> {
    let Request { operation, ids, body } = &new.request;
    connection
        .prepare_cached("UPDATE campfire_outbox SET operation = ?2, ids = ?3, body = ?4 WHERE sequence = ?1")?
        .execute(params![known.sequence, operation, ids, body])?;
    connection.execute("DELETE FROM campfire_outbox_needs WHERE sequence = ?1", [known.sequence])?;
    save(connection, known.sequence, &State { fence: known.state.fence + 1, ..new.state() })?;
    need(connection, known.sequence, new)
}

/// Records what an intent waits for, and lets it go if all of that exists.
fn need(connection: &Connection, sequence: i64, new: &NewIntent) -> rusqlite::Result<()> {
    for key in &new.needs {
        connection
            .prepare_cached("INSERT INTO campfire_outbox_needs (sequence, key) VALUES (?1, ?2)")?
            .execute(params![sequence, key])?;
    }
    if !new.needs.is_empty() && !lacks(connection, sequence)? {
        release(connection, sequence)?;
    }
    Ok(())
}

/// Returns `true` if a record that the intent refers to does not exist yet.
fn lacks(connection: &Connection, sequence: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM campfire_outbox_needs n LEFT JOIN campfire_outbox i ON i.key = n.key \
             WHERE n.sequence = ?1 AND i.record IS NULL)",
        )?
        .query_row([sequence], |row| row.get(0))
}

fn release(connection: &Connection, sequence: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE campfire_outbox SET due = 0 WHERE sequence = ?1 AND due = ?2")?
        .execute(params![sequence, BLOCKED])?;
    Ok(())
}

/// Lets the intents go that waited for this record, and for no other.
fn release_dependents(connection: &Connection, key: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT sequence FROM campfire_outbox_needs WHERE key = ?1")?;
    let dependents: Vec<i64> = statement.query_map([key], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for dependent in dependents {
        if !lacks(connection, dependent)? {
            release(connection, dependent)?;
        }
    }
    Ok(())
}

fn decide(connection: &Connection, mut intent: Intent, decision: Decision) -> rusqlite::Result<bool> {
    if machine::decide(&mut intent.state, decision, now()).is_err() {
        return Ok(false);
    }
    save(connection, intent.sequence, &intent.state)?;
    if intent.state.status.exists() {
        release_dependents(connection, &intent.key)?;
    }
    Ok(true)
}

fn turn(
    connection: &Connection,
    outcomes: Vec<Outcome>,
    sends: usize,
    looks: usize,
    rules: Rules,
) -> rusqlite::Result<Turn> {
    let now = now();
    for Outcome { sequence, fence, event } in outcomes {
        let Some(mut intent) = select(connection, "sequence = ?1", [sequence])?.pop() else { continue };
        // A stale report changes nothing: whoever took over finds out.
        if machine::record(&mut intent.state, fence, event, now, &rules).is_ok() {
            save(connection, sequence, &intent.state)?;
            if intent.state.status.exists() {
                release_dependents(connection, &intent.key)?;
            }
        }
    }
    let mut claims = Vec::new();
    for (status, limit) in [(Status::Planned, sends), (Status::Sending, looks), (Status::Open, looks)] {
        if limit > 0 {
            claim(connection, status, limit, now, &rules, &mut claims)?;
        }
    }
    let next_due = connection
        .prepare_cached(
            "SELECT min(due) FROM (SELECT min(due) AS due FROM campfire_outbox WHERE status = 'planned' AND due < ?1 \
             UNION ALL SELECT min(due) FROM campfire_outbox WHERE status = 'sending' \
             UNION ALL SELECT min(due) FROM campfire_outbox WHERE status = 'open')",
        )?
        .query_row([BLOCKED], |row| row.get(0))?;
    Ok(Turn { now, claims, next_due })
}

fn claim(
    connection: &Connection,
    status: Status,
    limit: usize,
    now: Millis,
    rules: &Rules,
    claims: &mut Vec<Claim>,
) -> rusqlite::Result<()> {
    let which = "status = ?1 AND due <= ?2 ORDER BY due, sequence LIMIT ?3";
    for mut intent in select(connection, which, params![status.as_str(), now, limit_of(limit)])? {
        let Some(task) = machine::claim(&mut intent.state, now, rules) else { continue };
        save(connection, intent.sequence, &intent.state)?;
        let records = records(connection, intent.sequence)?;
        claims.push(Claim { intent, task, records });
    }
    Ok(())
}

/// Returns the ids of the records that an intent refers to, by key.
fn records(connection: &Connection, sequence: i64) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare_cached(
        "SELECT n.key, i.record FROM campfire_outbox_needs n JOIN campfire_outbox i ON i.key = n.key \
         WHERE n.sequence = ?1 AND i.record IS NOT NULL",
    )?;
    let rows = statement.query_map([sequence], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect::<rusqlite::Result<HashMap<_, _>>>().map(|records| records.into_iter().collect())
}
