//! [`Postgres`]: a copy in a Postgres database.
//!
//! Each list is a table with the fields of its records as columns, and three more: `_parent` (the id of the parent of a child
//! record), `_extra` (fields that no column holds) and `_checksum`. The table `_campfire_state` has the progress of each table.
//!
//! | field | column |
//! | --- | --- |
//! | integer | `bigint` |
//! | decimal | `numeric`, with every digit |
//! | boolean | `boolean` |
//! | string | `text` |
//! | date | `date` |
//! | time | `timestamptz` |
//! | list, object, any JSON | `jsonb` |
//!
//! What Postgres cannot store is null in its column and part of `_extra`, which is `json` for this reason: strings with a NUL,
//! times between two microseconds, and years outside 1 to 9999.

use std::sync::Arc;

use campfire::{Date, Json, Timestamp};
use tokio::sync::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Transaction};

use crate::copy::ReadCopy;
use crate::error::Error;
use crate::layout::{Column, ColumnType, FieldOrder, Layout, Row, Value};
use crate::sink::{Batch, RowChange, RowKey, Sink};
use crate::state::State;

/// Runs that create tables at the same time wait for each other. The number is arbitrary, and that of no other lock.
const LOCK: &str = "SELECT pg_advisory_xact_lock(72610020)";

const STATE: &str = "CREATE TABLE IF NOT EXISTS _campfire_state (name text PRIMARY KEY, state text NOT NULL)";

const SELECT_STATE: &str = "SELECT state FROM _campfire_state WHERE name = $1";

/// The longest name that Postgres does not cut off.
const LONGEST_NAME: usize = 63;

/// What a statement returns, or the error of the database.
type Result<T> = std::result::Result<T, tokio_postgres::Error>;

/// A copy in a Postgres database, through a connection of yours. The tables are in the first schema of its search path. Clones
/// share the connection.
#[derive(Clone)]
pub struct Postgres {
    client: Arc<Mutex<Client>>,
}

impl Postgres {
    /// Takes a connection.
    ///
    /// ```no_run
    /// use campfire_replica::sink::postgres::Postgres;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let (client, connection) = tokio_postgres::connect("host=localhost dbname=copy", tokio_postgres::NoTls).await?;
    /// tokio::spawn(connection);
    /// let sink = Postgres::new(client);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(client: Client) -> Self {
        Self { client: Arc::new(Mutex::new(client)) }
    }
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Sink for Postgres {
    async fn open(&self, layout: &Layout) -> std::result::Result<Option<String>, Error> {
        if let Some(long) = layout.columns().iter().find(|column| column.name.len() > LONGEST_NAME) {
            return Err(Error::copy(format!("the name `{}` is too long for Postgres", long.name)));
        }
        let mut client = self.client.lock().await;
        let opened = create(&mut client, layout).await;
        opened.map_err(|error| Error::storage(format!("prepare the table `{}`", layout.table()), error))
    }

    async fn write(&self, layout: &Layout, batch: Batch) -> std::result::Result<(), Error> {
        let mut client = self.client.lock().await;
        let written = write(&mut client, layout, batch).await;
        written.map_err(|error| Error::storage(format!("write to the table `{}`", layout.table()), error))
    }

    async fn keys(&self, layout: &Layout) -> std::result::Result<Vec<RowKey>, Error> {
        let client = self.client.lock().await;
        let read = keys(&client, layout.table()).await;
        read.map_err(|error| Error::storage(format!("read the table `{}`", layout.table()), error))
    }
}

impl ReadCopy for Postgres {
    async fn tables(&self) -> std::result::Result<Vec<String>, Error> {
        let client = self.client.lock().await;
        let rows = client.query("SELECT name FROM _campfire_state ORDER BY name COLLATE \"C\"", &[]).await;
        let names = rows.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect());
        names.map_err(|error| Error::storage("list the tables", error))
    }

    async fn records(&self, table: &str, after: Option<i64>, limit: usize) -> std::result::Result<Vec<Json>, Error> {
        let known = campfire::tables::get(table);
        let layout = Layout::of(known.ok_or_else(|| Error::copy(format!("there is no table `{table}`")))?);
        let client = self.client.lock().await;
        let action = || format!("read the table `{table}`");
        let rows = read(&client, &layout, after, limit).await.map_err(|error| Error::storage(action(), error))?;
        let records = rows.iter().map(|row| record(&layout, row));
        records.collect::<std::result::Result<_, _>>().map_err(|error| Error::storage(action(), error))
    }

    async fn copied_at(&self, table: &str) -> std::result::Result<Option<Timestamp>, Error> {
        let client = self.client.lock().await;
        let state = client.query_opt(SELECT_STATE, &[&table]).await;
        let saved: Result<Option<String>> = state.and_then(|row| row.map(|row| row.try_get(0)).transpose());
        let saved = saved.map_err(|error| Error::storage(format!("read the state of `{table}`"), error))?;
        Ok(State::read(table, saved.as_deref())?.copied_at)
    }
}

/// Creates a table, or adds the columns that it lacks. Returns its state.
async fn create(client: &mut Client, layout: &Layout) -> Result<Option<String>> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    transaction.batch_execute(STATE).await?;
    let table = quoted(layout.table());
    let others = "\"id\" bigint PRIMARY KEY, _parent bigint, _extra json, _checksum bigint NOT NULL";
    transaction.batch_execute(&format!("CREATE TABLE IF NOT EXISTS {table} ({others})")).await?;
    let present =
        "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
    let present = transaction.query(present, &[&table]).await?;
    let present: Vec<String> = present.iter().map(|row| row.try_get(0)).collect::<Result<_>>()?;
    let missing = layout.columns().iter().filter(|column| !present.contains(&column.name));
    let missing: Vec<String> =
        missing.map(|column| format!("ADD COLUMN {} {}", quoted(&column.name), sql_type(column.ty))).collect();
    if !missing.is_empty() {
        transaction.batch_execute(&format!("ALTER TABLE {table} {}", missing.join(", "))).await?;
    }
    let state = transaction.query_opt(SELECT_STATE, &[&layout.table()]).await?;
    let state = state.map(|row| row.try_get(0)).transpose()?;
    transaction.commit().await?;
    Ok(state)
}

async fn write(client: &mut Client, layout: &Layout, batch: Batch) -> Result<()> {
    let transaction = client.transaction().await?;
    let changes = last_of_each(batch.changes);
    let (mut rows, mut deleted, mut order) = (Vec::new(), Vec::new(), FieldOrder::default());
    for change in &changes {
        match change {
            RowChange::Write(record) => {
                let mut row = layout.row(record, &mut order);
                layout.set_aside(&mut row, can_store);
                rows.push(row);
            }
            RowChange::Delete(id) => deleted.push(*id),
        }
    }
    if !rows.is_empty() {
        upsert(&transaction, layout, &rows).await?;
    }
    if !deleted.is_empty() {
        let delete = format!("DELETE FROM {} WHERE \"id\" = ANY($1)", quoted(layout.table()));
        transaction.execute(&delete, &[&deleted]).await?;
    }
    let save = "INSERT INTO _campfire_state (name, state) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET state = $2";
    transaction.execute(save, &[&layout.table(), &batch.state]).await?;
    transaction.commit().await
}

/// Returns the last change of each record: a statement cannot write a row twice.
fn last_of_each(mut changes: Vec<RowChange>) -> Vec<RowChange> {
    let id = |change: &RowChange| match change {
        RowChange::Write(record) => record.id,
        RowChange::Delete(id) => *id,
    };
    changes.reverse();
    // Stable: the last change of a record comes first.
    changes.sort_by_key(id);
    changes.dedup_by_key(|change| id(change));
    changes
}

/// Writes rows in one statement. Values travel as text, an array per column, so that no type in between can change them.
async fn upsert(transaction: &Transaction<'_>, layout: &Layout, rows: &[Row<'_>]) -> Result<()> {
    let columns = layout.columns();
    let mut texts: Vec<Vec<Option<String>>> =
        (0..columns.len()).map(|index| rows.iter().map(|row| text(&row.values[index])).collect()).collect();
    texts.push(rows.iter().map(|row| row.extra.clone()).collect());
    let parents: Vec<Option<i64>> = rows.iter().map(|row| row.parent).collect();
    let checksums: Vec<i64> = rows.iter().map(|row| row.checksum).collect();
    let mut values: Vec<&(dyn ToSql + Sync)> = texts.iter().map(|text| text as &(dyn ToSql + Sync)).collect();
    values.push(&parents);
    values.push(&checksums);
    transaction.execute(&upsert_statement(layout), &values).await?;
    Ok(())
}

fn upsert_statement(layout: &Layout) -> String {
    let names: Vec<String> = layout.columns().iter().map(|column| quoted(&column.name)).collect();
    let casts = layout.columns().iter().enumerate().map(|(index, column)| format!("c{index}::{}", sql_type(column.ty)));
    let casts: Vec<String> = casts.collect();
    let count = names.len();
    let arrays: Vec<String> = (1..=count + 1).map(|place| format!("${place}::text[]")).collect();
    let aliases: Vec<String> = (0..count).map(|index| format!("c{index}")).collect();
    let updates: Vec<String> = names
        .iter()
        .map(String::as_str)
        .filter(|name| *name != "\"id\"")
        .chain(["_extra", "_parent", "_checksum"])
        .map(|name| format!("{name} = EXCLUDED.{name}"))
        .collect();
    format!(
        "INSERT INTO {table} ({names}, _extra, _parent, _checksum) SELECT {casts}, extra::json, parent, checksum \
         FROM unnest({arrays}, ${parents}::bigint[], ${checksums}::bigint[]) AS r ({aliases}, extra, parent, checksum) \
         ON CONFLICT (\"id\") DO UPDATE SET {updates}",
        table = quoted(layout.table()),
        names = names.join(", "),
        casts = casts.join(", "),
        arrays = arrays.join(", "),
        parents = count + 2,
        checksums = count + 3,
        aliases = aliases.join(", "),
        updates = updates.join(", "),
    )
}

/// Returns `true` if Postgres can store a value exactly.
fn can_store(value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => !text.contains('\0'),
        // JSON text escapes a NUL, which `jsonb` cannot hold.
        Value::Json(text) => !text.contains("\\u0000"),
        Value::Date(date) => is_common_year(*date),
        Value::Timestamp(at) => at.subsec_nanos().is_multiple_of(1_000) && is_common_year(at.utc_date()),
        _ => true,
    }
}

/// Postgres writes other years in another form.
fn is_common_year(date: Date) -> bool {
    let text = date.to_string();
    text.len() == 10 && !text.starts_with("0000")
}

/// Returns a value as Postgres reads it.
fn text(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Text(text) | Value::Json(text) => text.clone().into_owned(),
        Value::Decimal(value) => value.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Timestamp(at) => at.to_string(),
    })
}

async fn keys(client: &Client, table: &str) -> Result<Vec<RowKey>> {
    let select = format!("SELECT \"id\", _parent, _checksum FROM {} ORDER BY \"id\"", quoted(table));
    let rows = client.query(&select, &[]).await?;
    let key = |row: &tokio_postgres::Row| {
        Ok(RowKey { id: row.try_get(0)?, parent: row.try_get(1)?, checksum: row.try_get(2)? })
    };
    rows.iter().map(key).collect()
}

/// Reads rows. Their values are text in a form that does not depend on the settings of the connection.
async fn read(client: &Client, layout: &Layout, after: Option<i64>, limit: usize) -> Result<Vec<tokio_postgres::Row>> {
    let columns = layout.columns().iter().map(|column| match column.ty {
        ColumnType::Date => format!("to_json({})#>>'{{}}'", quoted(&column.name)),
        ColumnType::Timestamp => format!("to_json({} AT TIME ZONE 'UTC')#>>'{{}}' || 'Z'", quoted(&column.name)),
        _ => format!("{}::text", quoted(&column.name)),
    });
    let select = format!(
        "SELECT {}, _extra::text, _parent, r.\"id\" FROM {} r WHERE $1::bigint IS NULL OR r.\"id\" > $1 ORDER BY r.\"id\" LIMIT $2",
        columns.collect::<Vec<_>>().join(", "),
        quoted(layout.table())
    );
    client.query(&select, &[&after, &i64::try_from(limit).unwrap_or(i64::MAX)]).await
}

/// Reads a record: its columns, its parent, and the rest.
fn record(
    layout: &Layout,
    row: &tokio_postgres::Row,
) -> std::result::Result<Json, Box<dyn std::error::Error + Send + Sync>> {
    let width = layout.columns().len();
    let columns = layout.columns().iter().enumerate();
    let values =
        columns.map(|(index, column)| value(column, row.try_get(index)?)).collect::<std::result::Result<_, _>>()?;
    let (extra, parent, id) = (row.try_get(width)?, row.try_get(width + 1)?, row.try_get(width + 2)?);
    Ok(layout.record(Row { id, parent, checksum: 0, values, extra }))
}

fn value(
    column: &Column,
    text: Option<String>,
) -> std::result::Result<Value<'static>, Box<dyn std::error::Error + Send + Sync>> {
    let Some(text) = text else { return Ok(Value::Null) };
    Ok(match column.ty {
        ColumnType::Boolean => Value::Boolean(text.parse()?),
        ColumnType::Integer => Value::Integer(text.parse()?),
        ColumnType::Text => Value::Text(text.into()),
        ColumnType::Json => Value::Json(text.into()),
        ColumnType::Decimal => Value::Decimal(text.parse()?),
        ColumnType::Date => Value::Date(text.parse()?),
        ColumnType::Timestamp => Value::Timestamp(text.parse()?),
    })
}

fn sql_type(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Boolean => "boolean",
        ColumnType::Integer => "bigint",
        ColumnType::Text => "text",
        ColumnType::Decimal => "numeric",
        ColumnType::Date => "date",
        ColumnType::Timestamp => "timestamptz",
        ColumnType::Json => "jsonb",
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
