//! `campfire import`: creates a record for each row of a CSV file, exactly once.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use campfire::Json;
use campfire::operations::{self, Operation};
use campfire_outbox::machine::Status;
use campfire_outbox::sqlite::SqliteStore;
use campfire_outbox::{Absence, Create, Outbox, Report, RunOptions};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::failure::{Failure, exit};
use crate::globals::Globals;
use crate::session::Session;
use crate::{account, confirm, path};

/// Short names of operations.
const SHORT: [(&str, &str); 1] = [("usage", "contracts.usage.create")];
/// How long a record may take to appear in its list.
const SETTLE: Duration = Duration::from_secs(120);

pub(crate) fn command() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let operation = Arg::new("operation").value_name("OPERATION").required(true);
    let file = Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf));
    let resend = option("resend-after", "SECONDS", "Send a lost create again if its list lacks the record this long")
        .value_parser(value_parser!(u64));
    Command::new("import")
        .about("Creates a record for each row of a CSV file, once, through crashes and lost responses")
        .long_about(
            "Creates a record for each row of a CSV file, once, through crashes and lost responses.\n\n\
             The titles of the columns are the names of fields (or paths such as lines[0].amount) and of the ids in the \
             path; empty cells are left out. Each row is known by its key, which becomes part of the record: run the \
             command again after a crash, and no record is created twice. The state is kept in a log next to the file, \
             so do not rename or delete either before the import is complete.",
        )
        .arg(operation.help("The operation, such as contracts.usage.create, or `usage` for short"))
        .arg(file.help("The CSV file"))
        .arg(option("key", "COLUMN", "The column that identifies a row for good").default_value("key"))
        .arg(option("name", "NAME", "The name of the import, which is part of each key; the name of the file if absent"))
        .arg(option("log", "FILE", "The log; FILE.outbox if absent").value_parser(value_parser!(PathBuf)))
        .arg(resend)
        .arg(Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Check all rows, and send nothing"))
}

pub(crate) async fn run(matches: &ArgMatches, globals: &Globals, session: &mut Session) -> Result<(), Failure> {
    let operation = operation(matches)?;
    let Some(file) = matches.get_one::<PathBuf>("file") else { return Ok(()) };
    let creates = rows(&operation, file, matches)?;
    let client = account::client(session, globals.profile.as_deref())?;
    if client.operation(operation.id)?.client_key().is_none() {
        let message = "has no field for a key of yours, so a record whose response was lost could not be found again";
        return Err(Failure::usage(format!("`{}` {message}", operation.id)));
    }
    let count = creates.len();
    let log = matches.get_one::<PathBuf>("log").cloned().unwrap_or_else(|| beside(file));
    let is_dry = matches.get_flag("dry-run");
    // A dry run leaves no log behind.
    let store = SqliteStore::open(if is_dry { Path::new(":memory:") } else { log.as_path() });
    let outbox = Outbox::new(&client, store.map_err(Failure::other)?);
    let wrong: Vec<String> = outbox
        .dry_run(creates.clone())
        .await
        .map_err(Failure::other)?
        .into_iter()
        .filter_map(|shown| shown.request.err().map(|error| format!("{}: {error}", shown.key)))
        .collect();
    if !wrong.is_empty() {
        let (shown, more) = (wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n  "), wrong.len());
        return Err(Failure::usage(format!("{more} of {count} rows are wrong; nothing was sent:\n  {shown}")));
    }
    if is_dry {
        return Ok(writeln!(session.out, "{count} rows are right. Nothing was sent.")?);
    }
    confirm::changes(&format!("{} for each of {count} rows.", operation.summary), "", &client, globals, session)?;
    let added = outbox.add(creates).await.map_err(Failure::other)?;
    if !added.conflicts.is_empty() {
        let keys = added.conflicts.join(", ");
        return Err(Failure::usage(format!("the log has other contents for these keys; nothing was sent: {keys}")));
    }
    writeln!(session.out, "{} new rows, {} known", added.new, added.known)?;
    let report = outbox.run(&options(matches, session)).await.map_err(Failure::other)?;
    finish(&report, session)
}

fn operation(matches: &ArgMatches) -> Result<Operation<'static>, Failure> {
    let name = matches.get_one::<String>("operation").map(String::as_str).unwrap_or_default();
    let id = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, id)| *id);
    operations::get(id)
        .ok_or_else(|| Failure::usage(format!("there is no operation `{id:.80}`: see `campfire search create`")))
}

/// Returns the path of the log of a file.
fn beside(file: &Path) -> PathBuf {
    let mut log = file.as_os_str().to_owned();
    log.push(".outbox");
    log.into()
}

fn options(matches: &ArgMatches, session: &Session) -> RunOptions {
    let absence = match matches.get_one::<u64>("resend-after") {
        Some(seconds) => Absence::SendAgainAfter(Duration::from_secs(*seconds)),
        None => Absence::AskAfter(SETTLE),
    };
    let options = RunOptions::new(absence);
    if !session.err_is_terminal {
        return options;
    }
    options.on_progress(|counts| {
        let done = counts.of(Status::Created) + counts.of(Status::Found);
        drop(write!(io::stderr(), "\r{done} of {} rows", counts.total()));
    })
}

/// Reads the rows of the file. All of them must be readable.
fn rows(operation: &Operation<'static>, file: &Path, matches: &ArgMatches) -> Result<Vec<Create>, Failure> {
    let unreadable = |error: csv::Error| Failure::usage(format!("{}: {error}", file.display()));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(file).map_err(unreadable)?;
    let titles: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    let key = matches.get_one::<String>("key").map(String::as_str).unwrap_or("key");
    if !titles.iter().any(|title| title == key) {
        let message =
            format!("{} has no column `{key}`: name the one that identifies a row with --key", file.display());
        return Err(Failure::usage(message));
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = matches.get_one::<String>("name").cloned().unwrap_or(stem);
    let mut creates = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Vec<(&str, &str)> =
            titles.iter().map(String::as_str).zip(record.iter()).filter(|(_, cell)| !cell.is_empty()).collect();
        let create = create(operation, &name, key, &cells);
        creates.push(create.map_err(|error| Failure::usage(format!("{}, line {line}: {error}", file.display())))?);
    }
    Ok(creates)
}

/// Returns the create of a row.
fn create(operation: &Operation<'static>, name: &str, key: &str, cells: &[(&str, &str)]) -> Result<Create, String> {
    let cell = |title: &str| cells.iter().find(|(found, _)| *found == title).map(|(_, cell)| *cell);
    let own = cell(key).ok_or_else(|| format!("the column `{key}` is empty"))?;
    let mut create = Create::new(format!("{name}/{own}"), operation.id);
    let mut taken = vec![key];
    for parameter in &operation.path_parameters {
        let shown = parameter.shown_name();
        let id = cell(shown).or_else(|| cell(shown.trim_end_matches("_id")));
        let id = id.ok_or_else(|| format!("a column `{shown}` is required"))?;
        let id: i64 = id.parse().map_err(|_| format!("`{id}` is not an id"))?;
        create = create.id(id);
        taken.push(shown);
    }
    let mut body = Json::Object(campfire::JsonObject::new());
    if let Some(description) = &operation.body {
        for (title, cell) in cells.iter().filter(|(title, _)| !taken.contains(title)) {
            path::assign(&mut body, &description.ty, &format!("{title}={cell}"))?;
        }
    }
    Ok(create.body(&body))
}

/// Prints what became of the rows.
fn finish(report: &Report, session: &mut Session) -> Result<(), Failure> {
    if session.err_is_terminal {
        session.note("");
    }
    writeln!(session.out, "{report}")?;
    match (report.open.is_empty(), report.refused.is_empty()) {
        _ if report.is_complete() => Ok(()),
        (false, _) => {
            Err(Failure::Coded("some outcomes are unknown: run the command again".to_owned(), exit::OUTCOME_UNKNOWN))
        }
        (true, false) => Err(Failure::Coded("some rows were refused".to_owned(), exit::REFUSED)),
        (true, true) => {
            Err(Failure::Coded("the import is not complete: run the command again".to_owned(), exit::UNAVAILABLE))
        }
    }
}
