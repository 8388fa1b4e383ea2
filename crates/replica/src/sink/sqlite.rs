//! [`Sqlite`]: a copy in a SQLite database.
//!
//! Each list is a table with the fields of its records as columns, and three more: `_parent` (the id of the parent of a child
//! record), `_extra` (fields that no column holds, as JSON), and `_checksum`. SQLite has no exact decimal type, so amounts are
//! TEXT with every digit that the API sent: cast them for display, and sum them in a program. Dates and times are TEXT in ISO
//! 8601, which sorts, and lists and objects are JSON. The table `_campfire_state` has the progress of each table.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use campfire::{Json, Timestamp};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::copy::ReadCopy;
use crate::error::Error;
use crate::layout::{Column, ColumnType, FieldOrder, Layout, Row, Value};
use crate::sink::{Batch, RowChange, RowKey, Sink};
use crate::state::State;

const STATE: &str = "SELECT state FROM _campfire_state WHERE name = ?1";

/// A copy in a SQLite database. Clones share the connection.
#[derive(Clone)]
pub struct Sqlite {
    connection: Arc<Mutex<Connection>>,
}

impl Sqlite {
    /// Opens a database, or creates it.
    ///
    /// # Errors
    /// If the file cannot be opened or is not a SQLite database.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let opened = Connection::open(path).and_then(Self::prepare);
        opened.map_err(|error| Error::storage(format!("open the database {}", path.display()), error))
    }

    /// Creates a database in memory.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn in_memory() -> Result<Self, Error> {
        let opened = Connection::open_in_memory().and_then(Self::prepare);
        opened.map_err(|error| Error::storage("create a database in memory", error))
    }

    fn prepare(connection: Connection) -> rusqlite::Result<Self> {
        connection.busy_timeout(std::time::Duration::from_secs(30))?;
        // With a write-ahead log, a commit survives the end of the process without a sync of the disk, and readers do not wait.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
             CREATE TABLE IF NOT EXISTS _campfire_state (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;",
        )?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs work on a thread that may block.
    async fn with<T: Send + 'static>(
        &self,
        action: String,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let connection = self.connection.clone();
        let done = tokio::task::spawn_blocking(move || {
            // A transaction is rolled back when a panic unwinds, so the connection is good.
            work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner))
        });
        match done.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(Error::storage(action, error)),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Err(Error::storage(action, error)),
            },
        }
    }
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite").finish_non_exhaustive()
    }
}

impl Sink for Sqlite {
    async fn open(&self, layout: &Layout) -> Result<Option<String>, Error> {
        let layout = layout.clone();
        let action = format!("prepare the table `{}`", layout.table());
        self.with(action, move |connection| {
            let transaction = connection.transaction()?;
            create(&transaction, &layout)?;
            let state = transaction.query_row(STATE, [layout.table()], |row| row.get(0)).optional()?;
            transaction.commit()?;
            Ok(state)
        })
        .await
    }

    async fn write(&self, layout: &Layout, batch: Batch) -> Result<(), Error> {
        let layout = layout.clone();
        self.with(format!("write to the table `{}`", layout.table()), move |connection| {
            let transaction = connection.transaction()?;
            {
                let mut write = transaction.prepare(&upsert(&layout))?;
                let delete = format!("DELETE FROM {} WHERE \"id\" = ?1", quoted(layout.table()));
                let mut delete = transaction.prepare(&delete)?;
                let mut order = FieldOrder::default();
                for change in &batch.changes {
                    match change {
                        RowChange::Write(record) => {
                            write.execute(params_from_iter(parameters(&layout.row(record, &mut order))))?
                        }
                        RowChange::Delete(id) => delete.execute([id])?,
                    };
                }
                let save = "INSERT OR REPLACE INTO _campfire_state (name, state) VALUES (?1, ?2)";
                transaction.execute(save, [layout.table(), &batch.state])?;
            }
            transaction.commit()
        })
        .await
    }

    async fn keys(&self, layout: &Layout) -> Result<Vec<RowKey>, Error> {
        let table = layout.table().to_owned();
        self.with(format!("read the table `{table}`"), move |connection| {
            let select = format!("SELECT \"id\", _parent, _checksum FROM {} ORDER BY \"id\"", quoted(&table));
            let mut select = connection.prepare(&select)?;
            let key =
                |row: &rusqlite::Row<'_>| Ok(RowKey { id: row.get(0)?, parent: row.get(1)?, checksum: row.get(2)? });
            select.query_map([], key)?.collect()
        })
        .await
    }
}

impl ReadCopy for Sqlite {
    async fn tables(&self) -> Result<Vec<String>, Error> {
        let select = "SELECT name FROM _campfire_state ORDER BY name";
        self.with("list the tables".to_owned(), |connection| {
            connection.prepare(select)?.query_map([], |row| row.get(0))?.collect()
        })
        .await
    }

    async fn records(&self, table: &str, after: Option<i64>, limit: usize) -> Result<Vec<Json>, Error> {
        let known = campfire::tables::get(table);
        let layout = Layout::of(known.ok_or_else(|| Error::copy(format!("there is no table `{table}`")))?);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.with(format!("read the table `{table}`"), move |connection| {
            let columns: Vec<String> = layout.columns().iter().map(|column| quoted(&column.name)).collect();
            let select = format!(
                "SELECT {}, _parent, _extra FROM {} WHERE ?1 IS NULL OR \"id\" > ?1 ORDER BY \"id\" LIMIT ?2",
                columns.join(", "),
                quoted(layout.table())
            );
            let mut select = connection.prepare(&select)?;
            select.query_map((after, limit), |row| read(&layout, row))?.collect()
        })
        .await
    }

    async fn copied_at(&self, table: &str) -> Result<Option<Timestamp>, Error> {
        let name = table.to_owned();
        let saved: Option<String> = self
            .with(format!("read the state of `{table}`"), move |connection| {
                connection.query_row(STATE, [name], |row| row.get(0)).optional()
            })
            .await?;
        Ok(State::read(table, saved.as_deref())?.copied_at)
    }
}

/// Creates a table, or adds the columns that it lacks.
fn create(connection: &Connection, layout: &Layout) -> rusqlite::Result<()> {
    let table = quoted(layout.table());
    let others = layout.columns().iter().filter(|column| column.name != "id");
    let others: Vec<String> = others.map(|column| format!(", {}", definition(column))).collect();
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {table} (\"id\" INTEGER PRIMARY KEY{}, _parent INTEGER, _extra TEXT, _checksum INTEGER \
         NOT NULL)",
        others.concat()
    ))?;
    let mut info = connection.prepare(&format!("PRAGMA table_info({table})"))?;
    let present: Vec<String> = info.query_map([], |row| row.get("name"))?.collect::<rusqlite::Result<_>>()?;
    for column in layout.columns().iter().filter(|column| !present.contains(&column.name)) {
        connection.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {}", definition(column)))?;
    }
    Ok(())
}

fn definition(column: &Column) -> String {
    // A column without an affinity for numbers leaves text alone.
    let ty = match column.ty {
        ColumnType::Boolean | ColumnType::Integer => "INTEGER",
        ColumnType::Text | ColumnType::Decimal | ColumnType::Date | ColumnType::Timestamp | ColumnType::Json => "TEXT",
    };
    format!("{} {ty}", quoted(&column.name))
}

fn upsert(layout: &Layout) -> String {
    let columns: Vec<String> = layout.columns().iter().map(|column| quoted(&column.name)).collect();
    let places = vec!["?"; columns.len() + 3];
    format!(
        "INSERT OR REPLACE INTO {} ({}, _parent, _extra, _checksum) VALUES ({})",
        quoted(layout.table()),
        columns.join(", "),
        places.join(", ")
    )
}

/// Returns the values of a row, in the order of [`upsert`].
fn parameters<'a>(row: &'a Row<'_>) -> impl Iterator<Item = Parameter<'a>> {
    let last =
        [Parameter::Integer(row.parent), Parameter::Text(row.extra.as_deref()), Parameter::Integer(Some(row.checksum))];
    row.values.iter().map(Parameter::Value).chain(last)
}

enum Parameter<'a> {
    Value(&'a Value<'a>),
    Integer(Option<i64>),
    Text(Option<&'a str>),
}

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let borrowed = match self {
            Self::Integer(value) => value.map_or(ValueRef::Null, ValueRef::Integer),
            Self::Text(text) => text.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
            Self::Value(value) => match value {
                Value::Null => ValueRef::Null,
                Value::Boolean(value) => ValueRef::Integer(i64::from(*value)),
                Value::Integer(value) => ValueRef::Integer(*value),
                Value::Text(text) | Value::Json(text) => ValueRef::Text(text.as_bytes()),
                Value::Decimal(value) => return Ok(value.to_string().into()),
                Value::Date(date) => return Ok(date.to_string().into()),
                Value::Timestamp(at) => return Ok(at.to_string().into()),
            },
        };
        Ok(ToSqlOutput::Borrowed(borrowed))
    }
}

/// Reads a record: its columns, its parent, and the rest.
fn read(layout: &Layout, row: &rusqlite::Row<'_>) -> rusqlite::Result<Json> {
    let width = layout.columns().len();
    let columns = layout.columns().iter().enumerate();
    let values = columns.map(|(index, column)| value(row, index, column.ty)).collect::<rusqlite::Result<Vec<_>>>()?;
    let id = row.get("id")?;
    Ok(layout.record(Row { id, parent: row.get(width)?, checksum: 0, values, extra: row.get(width + 1)? }))
}

fn value(row: &rusqlite::Row<'_>, index: usize, ty: ColumnType) -> rusqlite::Result<Value<'static>> {
    if row.get_ref(index)? == ValueRef::Null {
        return Ok(Value::Null);
    }
    let parsed = |error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, error)
    };
    Ok(match ty {
        ColumnType::Boolean => Value::Boolean(row.get(index)?),
        ColumnType::Integer => Value::Integer(row.get(index)?),
        ColumnType::Text => Value::Text(row.get::<_, String>(index)?.into()),
        ColumnType::Json => Value::Json(row.get::<_, String>(index)?.into()),
        ColumnType::Decimal => {
            Value::Decimal(row.get::<_, String>(index)?.parse().map_err(|error| parsed(Box::new(error)))?)
        }
        ColumnType::Date => Value::Date(row.get::<_, String>(index)?.parse().map_err(|error| parsed(Box::new(error)))?),
        ColumnType::Timestamp => {
            Value::Timestamp(row.get::<_, String>(index)?.parse().map_err(|error| parsed(Box::new(error)))?)
        }
    })
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
