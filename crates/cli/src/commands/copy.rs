//! `campfire copy`: a copy of the company in a database or a folder, which every run brings up to date.

use std::io::{self, Write};

use campfire::operations::Type;
use campfire::tables::{self, Table};
use campfire::{Client, Json, JsonObject};
use campfire_operation_table::suggest;
use campfire_replica::error::Error;
use campfire_replica::replica::Replica;
use campfire_replica::report::{Report, TableReport};
use campfire_replica::sink::Sink;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::failure::{self, Failure, exit};
use crate::globals::Globals;
use crate::output::format::Format;
use crate::output::records::Records;
use crate::place::{self, Place, Store};
use crate::session::Session;
use crate::{account, prose};

/// The columns of the report.
const COLUMNS: [&str; 8] =
    ["table", "read_by", "written", "deleted", "unchanged", "is_current", "warnings", "failures"];

const EXAMPLES: &str = "\
Examples:
  campfire copy --to company.sqlite
  campfire copy --to copy/ --tables transactions,accounts
  PGPASSWORD=… campfire copy --to postgres://me@db.example.com/books";

pub(crate) fn command() -> Command {
    let to = Arg::new("to").long("to").value_name("PLACE").required(true);
    let tables = Arg::new("tables").long("tables").value_name("NAME,…").value_delimiter(',').action(ArgAction::Append);
    Command::new("copy")
        .about("Copies the company into a database or a folder, or brings the copy up to date")
        .arg(to.help(place::HELP))
        .arg(tables.help("Copy these lists only, and those that they are below"))
        .after_help(EXAMPLES)
}

pub(crate) async fn run(matches: &ArgMatches, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let place = Place::parse(matches.get_one::<String>("to").map(String::as_str).unwrap_or_default())?;
    matches.get_many::<String>("tables").into_iter().flatten().try_for_each(|table| known(table))?;
    let client = account::client(session, globals.profile.as_deref())?;
    let report = match place.open(session).await? {
        Store::Sqlite(sink) => copy(client, sink, matches, session).await,
        #[cfg(feature = "parquet")]
        Store::Parquet(sink) => copy(client, sink, matches, session).await,
        #[cfg(feature = "postgres")]
        Store::Postgres(sink) => copy(client, sink, matches, session).await,
    }?;
    if globals.format == Format::Table {
        write!(session.out, "{report}")?;
    } else {
        write_records(&report, globals, session)?;
    }
    finish(&report)
}

/// Checks the name of a table, before a database is created for it.
fn known(table: &str) -> Result<(), Failure> {
    if tables::get(table).is_some() {
        return Ok(());
    }
    let names = || tables::all().iter().map(Table::name);
    let hint = match suggest::similar(table, names())[..] {
        [] => format!("; there are {}", names().collect::<Vec<_>>().join(", ")),
        ref similar => suggest::hint(similar),
    };
    Err(Failure::usage(format!("there is no table `{table}`{hint}")))
}

async fn copy<S: Sink>(
    client: Client,
    sink: S,
    matches: &ArgMatches,
    session: &mut Session,
) -> Result<Report, Failure> {
    let mut replica = Replica::new(client, sink);
    if let Some(tables) = matches.get_many::<String>("tables") {
        replica = replica.tables(tables);
    }
    if session.err_is_terminal {
        replica = replica.on_progress(|table, progress| {
            let of = progress.expected.map(|expected| format!(" of {expected}")).unwrap_or_default();
            // Progress that cannot be shown is no reason to stop.
            drop(write!(io::stderr(), "\r\x1b[K{table}: {}{of}", progress.records));
        });
    }
    let report = replica.run().await;
    session.clear_line();
    Ok(report?)
}

/// Writes a record for each table, for programs.
fn write_records(report: &Report, globals: &Globals, session: &mut Session) -> io::Result<()> {
    let mut records = Records::new(&Type::Json, &globals.with_csv_columns(COLUMNS));
    for table in &report.tables {
        records.write(record(table), session)?;
    }
    records.finish(session).map(drop)
}

fn record(table: &TableReport) -> Json {
    let count = |count: u64| Json::from(i64::try_from(count).unwrap_or(i64::MAX));
    let texts = |texts: Vec<String>| Json::from(texts.into_iter().map(Json::from).collect::<Vec<_>>());
    let failures = table.failures.iter().map(|failure| match failure.parent {
        Some(parent) => format!("records below {parent}: {}", failure.error),
        None => failure.error.to_string(),
    });
    let values = [
        Json::from(table.table),
        table.method.to_string().into(),
        count(table.written),
        count(table.deleted),
        count(table.unchanged),
        table.is_complete().into(),
        texts(table.warnings.clone()),
        texts(failures.collect()),
    ];
    COLUMNS.into_iter().map(str::to_owned).zip(values).collect::<JsonObject>().into()
}

/// Fails unless all tables are current, with the exit code of the first failure.
fn finish(report: &Report) -> Result<(), Failure> {
    let failed = report.tables.iter().filter(|table| !table.is_complete()).count();
    let Some(first) = report.tables.iter().flat_map(|table| &table.failures).next() else { return Ok(()) };
    let code = match &first.error {
        Error::Api(error) => failure::code_of(error),
        _ => exit::OTHER,
    };
    let tables = prose::counted(failed, "table is", "tables are");
    Err(Failure::Coded(format!("{tables} not current: run the command again"), code))
}
